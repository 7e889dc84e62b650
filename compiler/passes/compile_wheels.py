"""Compile what calls nvcc in a stage of its own: the image gets the wheels, no compiler and no CUDA toolkit.

flash-attn and its like come as source, and their setup.py imports torch and calls nvcc; so does a project with CUDA
sources of its own. The stage has the toolkit of the CUDA that torch was built with, and torch before anything is
built, not isolated from it. It depends on nothing but these requirements and torch's, so that an hour of compiling is
not repeated when another one changes; the step that installs takes the wheels, and torch as it was then.

Runs before `choose_base`: what is compiled aside is no reason for another base.

>>> show(compile_wheels(recipe(
...     Demand(mode='gpu', packages=('torch==2.8.0', 'flash-attn==2.8.3')),
...     InstallRequirements(path='requirements.txt'),
... )))
Demand(mode='gpu', packages=('torch==2.8.0', 'flash-attn==2.8.3'))
PrepareToolkit(stage='cuda', image='nvidia/cuda:12.8.2-devel-ubuntu22.04', ...
    first=('torch==2.8.0', 'ninja', 'numpy', 'packaging', 'psutil', 'setuptools', 'wheel'), ...)
CompileWheels(toolkit='cuda', stage='cuda-wheels', packages=('flash-attn==2.8.3',))
InstallRequirements(path='requirements.txt',
    resolution=Resolution(compiled=Compiled(stage='cuda-wheels', names=('flash-attn',))))
note: flash-attn 2.8.3 calls nvcc (requirements.txt:2): compiling takes long, and is done again only when it must
"""

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from caliban.compiler.facts.images import mirrored
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.resolution import Compiled, Resolution
from caliban.compiler.ir.steps.cuda import CompileWheels, PrepareToolkit
from caliban.compiler.ir.steps.locked import InstallPins
from caliban.compiler.ir.steps.project import BuildWheel
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step

if TYPE_CHECKING:
    from caliban.compiler.facts.frameworks.nvcc import Compilation

TOOLKIT = "cuda"
WHEELS = "cuda-wheels"
_CALLS_NVCC = frozenset({"apex", "causal-conv1d", "flash-attn", "grouped-gemm", "mamba-ssm", "natten"})


def compile_wheels(recipe: Recipe) -> Recipe:
    """The recipe with the stages that compile; raises Rejected where no image has the nvcc for it."""
    demand = recipe.demand
    own = next((step for step in recipe.steps if isinstance(step, BuildWheel) and step.cuda is not None), None)
    if demand.mode == "cpu" and own is not None:
        return replace(
            recipe, notes=(*recipe.notes, f"the project compiles CUDA ({own.cuda}), and CPU mode has no nvcc")
        )
    if recipe.base.named or demand.mode == "cpu":
        return recipe
    if own is None and not any(pin.name in _CALLS_NVCC for pin in demand.packages) and not demand.tables.changed:
        return recipe
    from caliban.compiler.facts.frameworks.nvcc import compilation

    found = compilation(demand, own.cuda if own is not None else None)
    if found is None:
        return recipe
    resolution = _resolution(recipe)
    prepare = PrepareToolkit(
        stage=TOOLKIT,
        image=mirrored(found.toolkit.image, recipe.base.mirror),
        python=demand.chosen_python,
        first=(*found.first, *_tools(recipe)),
        indexes=found.indexes,
        architectures=found.architectures,
        git=found.git,
        reason=found.reason,
        resolution=resolution,
    )
    wheels = CompileWheels(
        toolkit=TOOLKIT, stage=WHEELS, packages=found.packages, indexes=found.indexes, resolution=resolution
    )
    compiling: tuple[Step, ...] = (prepare, wheels) if found.packages else (prepare,)
    steps = tuple(_obeying(step, found) for step in _unlocked(recipe.steps, found.names))
    return replace(recipe, steps=(*compiling, *steps), notes=(*recipe.notes, found.note, *found.toolkit.notes))


def _tools(recipe: Recipe) -> tuple[str, ...]:
    """Return packages that the project's builds import: they are not isolated, so these must be installed."""
    own = (step.build_requires for step in recipe.steps if isinstance(step, BuildWheel) and step.cuda is not None)
    return tuple(dict.fromkeys(text for texts in own for text in texts if not re.match(r"torch\b", text)))


def _resolution(recipe: Recipe) -> Resolution:
    """Return the origin of torch and the view of the installer, as in the installing step."""
    installing = (step for step in recipe.steps if isinstance(step, InstallRequirements | InstallWheelRequirements))
    first = next(installing, None)
    if first is None:
        return Resolution()
    told = first.resolution
    return Resolution(torch_backend=told.torch_backend, torch_mirrored=told.torch_mirrored, secrets=told.secrets)


def _unlocked(steps: tuple[Step, ...], names: tuple[str, ...]) -> tuple[Step, ...]:
    """The steps, what is compiled taken out of the pins of locks into a step of its own: its wheel has another hash."""
    locks = [step for step in steps if isinstance(step, InstallPins)]
    compiled = [pin for step in locks for pin in step.pins if pin.name in names]
    if not compiled:
        return steps
    kept = {step: replace(step, pins=tuple(pin for pin in step.pins if pin.name not in names)) for step in locks}
    listings = tuple(step.listing for step in kept.values() if step.pins)
    own = InstallRequirements(
        path=f"{locks[-1].path}.compiled",
        lines=tuple(pin.text for pin in compiled),
        count=len(compiled),
        remark="the versions that are locked, but without the hashes of their sources",
        resolution=Resolution(secrets=locks[-1].resolution.secrets, constraints=listings),
    )
    new: list[Step] = []
    for step in steps:
        if not isinstance(step, InstallPins):
            new.append(step)
            continue
        new += [kept[step]] if kept[step].pins else []
        new += [own] if step is locks[-1] else []
    return tuple(new)


def _obeying(step: Step, found: "Compilation") -> Step:
    """A step that takes the wheels, or that builds the project's own where nvcc is."""
    if isinstance(step, BuildWheel) and step.cuda is not None:
        return replace(step, toolkit=TOOLKIT)
    if not isinstance(step, InstallRequirements | InstallWheelRequirements):
        return step
    resolution = replace(
        step.resolution,
        overrides=(*step.resolution.overrides, *found.direct),  # a name for an address: its wheel is there
        compiled=Compiled(stage=WHEELS if found.packages else TOOLKIT, names=found.names),
    )
    return replace(step, resolution=resolution)
