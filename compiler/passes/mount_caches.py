"""Mount the installer's cache where something is downloaded or built, so that no build does that twice.

What is downloaded fits anywhere, but what is built of a source fits the C library that it was built with, and neither
its name nor the cache tells which. So all builds on one release of one distribution share a cache; of a base that the
user names, nobody knows the release, and its name stands for it. Processors need no cache of their own: their names
are in those of wheels.

No cache where nothing is gained: a Python that uv brings is not kept in it, a wheel that is mounted is there already,
and what is compiled against one build of torch must not be taken for another one. These steps leave no cache either.
apt has none, because it would not pay (docs/performance.md).

>>> show(mount_caches(recipe(
...     BaseImage(image='python:3.11-slim-bookworm'),
...     BuildWheel(path='.', stage='wheel'),
...     InstallRequirements(path='requirements.txt'),
...     InstallWheel(path='.', stage='wheel'),
... )))
BaseImage(image='python:3.11-slim-bookworm')
BuildWheel(path='.', stage='wheel', caches=(CacheMount(id='caliban-uv-bookworm', target='/root/.cache/uv'),))
InstallRequirements(path='requirements.txt', caches=(CacheMount(id='caliban-uv-bookworm', target='/root/.cache/uv'),))
InstallWheel(stage='wheel', path='.')
"""

from msgspec.structs import replace

from caliban.compiler.facts.images import unmirrored
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.caches import CacheMount
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.cuda import PrepareToolkit
from caliban.compiler.ir.steps.locked import InstallPins
from caliban.compiler.ir.steps.project import BuildWheel, InstallEditable
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step

_UV_CACHE = "/root/.cache/uv"  # where uv looks by itself, as root


def mount_caches(recipe: Recipe) -> Recipe:
    """The recipe with the caches of its installing steps."""
    base = recipe.base
    assert isinstance(base, BaseImage), "mount_caches runs after choose_base"
    toolkits = {step.stage: _release(step.image) for step in recipe.steps if isinstance(step, PrepareToolkit)}
    return replace(recipe, steps=tuple(_with_caches(step, uv_cache(base), toolkits) for step in recipe.steps))


def uv_cache(base: BaseImage) -> CacheMount:
    """The cache of what is installed on a base."""
    return _uv_cache(_release(base.image) if base.own else unmirrored(base.origin, base.mirror))


def _with_caches(step: Step, of_base: CacheMount, toolkits: dict[str, str]) -> Step:
    match step:
        case InstallPins() if all(pin.is_mounted for pin in step.pins):
            return step
        case InstallPins() | InstallRequirements() | InstallWheelRequirements() | InstallEditable():
            return replace(step, caches=(of_base,))
        case BuildWheel():
            cache = of_base if step.toolkit is None else _uv_cache(toolkits[step.toolkit])
            return replace(step, caches=(cache,))
        case PrepareToolkit():
            return replace(step, caches=(_uv_cache(toolkits[step.stage]),))
        case _:
            return step


def _uv_cache(system: str) -> CacheMount:
    return CacheMount(id=f"caliban-uv-{system}", target=_UV_CACHE)


def _release(image: str) -> str:
    """'bookworm' of 'python:3.11-slim-bookworm', 'ubuntu22.04' of 'nvidia/cuda:12.8.1-devel-ubuntu22.04'."""
    return image.rpartition("-")[2]
