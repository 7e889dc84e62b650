"""Choose the build of torch: without CUDA in CPU mode, one that driver and card can run in GPU mode.

torch comes in a build per CUDA version, each on an index of its own. PyPI has one of them: gigabytes that a CPU image
never loads, and since torch 2.11 a CUDA that drivers before 580 refuse, at run time and not before.
uv's --torch-backend routes torch and its family only, wherever they stand in the dependency tree. `--torch_index` names
a mirror in place of PyTorch's index, or leaves torch to the machine's own one. If nobody says, CPU mode takes a CPU
build that lies in a wheel folder of the machine, where one serves.

Runs before `choose_base`: it reads the mode, driver and requirements from the Demand.

>>> packages = InstallRequirements(path='requirements.txt')
>>> show(choose_wheels(recipe(Demand(mode='cpu'), packages)))
InstallRequirements(path='requirements.txt', resolution=Resolution(torch_backend='cpu'))
>>> show(choose_wheels(recipe(Demand(mode='gpu', packages=('torch==2.11.0',), driver='550.54.15'), packages)))
Demand(mode='gpu', packages=('torch==2.11.0',), driver='550.54.15')
InstallRequirements(path='requirements.txt', resolution=Resolution(torch_backend='cu129'))
note: torch 2.11.0 is taken with CUDA 12.9: driver 550.54.15 cannot run the default, CUDA 13.0 (requirements.txt:1)
>>> at_hand = (HostWheel('torch', '2.13.0+cpu', 'torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl'),)
>>> show(choose_wheels(recipe(Demand(mode='cpu', packages=('torch',), torch_at_hand=at_hand), packages)))
Demand(packages=('torch',), torch_at_hand=(HostWheel(name='torch', version='2.13.0+cpu',
    file='torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl'),))
InstallRequirements(path='requirements.txt', resolution=Resolution(limits=('torch==2.13.0+cpu', 'torchvision<0',
    'torchaudio<0')))
"""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from caliban.compiler.facts.frameworks.torch import torch_build
from caliban.compiler.facts.frameworks.torch_at_hand import limits_at_hand
from caliban.compiler.facts.frameworks.torch_wants import (
    TORCH_FAMILY,
    named_cuda_tag,
    names_its_build,
    what_default_brings,
)
from caliban.compiler.ir.demand import Demand, Pin
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.resolution import Resolution
from caliban.compiler.ir.steps.locked import InstallPins
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements


def choose_wheels(recipe: Recipe) -> Recipe:
    """The recipe with the index of torch in every step that installs; raises Rejected where no build runs here."""
    demand = recipe.demand
    if demand.mode == "cpu":
        return _as_named(recipe, demand) if names_its_build(demand) else _for_the_cpu(recipe, demand)
    if recipe.base.named:  # it may bring a torch of its own
        return recipe
    build = torch_build(demand)
    notes = build.stack.notes if build.stack else ()
    if build.backend is not None and demand.torch_origin == "default":
        note = f"torch comes from your own index, as --torch_index says, and not with {build.backend} from PyTorch's"
        return replace(recipe, notes=(*recipe.notes, note))
    return replace(_with_backend(recipe, demand, build.backend), notes=recipe.notes + notes)


def _for_the_cpu(recipe: Recipe, demand: Demand) -> Recipe:
    locked = tuple(_locked(recipe))
    if demand.torch_origin == "default":
        note = f"torch comes from your own index, whatever build that has: {what_default_brings()}"
        named = any(pin.name in TORCH_FAMILY for pin in (*demand.packages, *locked))
        return replace(recipe, notes=(*recipe.notes, note)) if named else recipe
    looks = demand.torch_origin is None and demand.torch_at_hand
    limits = limits_at_hand(demand, locked, own_base=not recipe.base.named) if looks else ()
    if not limits:
        return _with_backend(recipe, demand, "cpu")
    return _with(recipe, lambda resolution: replace(resolution, limits=limits))


def _locked(recipe: Recipe) -> Iterator[Pin]:
    for step in recipe.steps:
        if isinstance(step, InstallPins):
            yield from (Pin(name=pin.name, text=pin.text, source=pin.source) for pin in step.pins)


def _as_named(recipe: Recipe, demand: Demand) -> Recipe:
    """The build that the project names, with a note where that brings what CPU mode is there to avoid."""
    tag = named_cuda_tag(demand)
    if tag is None:
        return recipe
    note = f"CPU mode keeps the build of torch that the project names, with CUDA ({tag}): gigabytes that nothing loads"
    return replace(recipe, notes=(*recipe.notes, note))


def _with_backend(recipe: Recipe, demand: Demand, backend: str | None) -> Recipe:
    mirrored = backend is not None and demand.torch_origin == "mirror"
    return _with(recipe, lambda resolution: replace(resolution, torch_backend=backend, torch_mirrored=mirrored))


def _with(recipe: Recipe, decide: Callable[[Resolution], Resolution]) -> Recipe:
    steps = tuple(
        replace(step, resolution=decide(step.resolution))
        if isinstance(step, InstallPins | InstallRequirements | InstallWheelRequirements)
        else step
        for step in recipe.steps
    )
    return replace(recipe, steps=steps)
