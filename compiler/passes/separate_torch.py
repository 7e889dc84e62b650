"""Take torch out of the pins of a lock where another build of it was chosen, and what only its CUDA needs.

A lock names the files of PyPI's torch: CUDA, gigabytes of it, which a CPU image never loads, and which an older driver
refuses. The other builds are on indexes of PyTorch's own, that the lock knows nothing of; so the version stays as it
is locked, and the installer takes the build that `choose_wheels` chose, with what that needs, beside the other pins.
In CPU mode no package that only brings CUDA is installed, whoever asks for it, but the project itself; with
`--no_rewrites` those stay that another package than torch asks for.

>>> show(separate_torch(recipe(Demand(mode='cpu'), InstallPins(
...     path='uv.lock',
...     pins=('click==8.1.7', 'nvidia-cublas-cu12==12.8.4.1', 'torch==2.8.0', 'triton==3.4.0'),
...     resolution=Resolution(torch_backend='cpu'),
... ))))
InstallPins(path='uv.lock', pins=('click==8.1.7',))
InstallRequirements(path='uv.lock', lines=('torch==2.8.0',), remark='the versions that are locked, in another build: so
    without their hashes', count=1,
    resolution=Resolution(torch_backend='cpu', constraints=('/opt/caliban/uv.lock.pins.txt',)))
note: uv.lock: 2 packages that only a GPU needs, not installed: nvidia-cublas-cu12, triton
"""

import re
from collections.abc import Collection, Sequence

from msgspec.structs import replace

from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.locked import InstallPins, LockedPin
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step

# What uv's --torch-backend takes from the index of a build: these are there, and each wants one torch.
_FAMILY = frozenset({"torch", "torchvision", "torchaudio", "torchtext"})
_CUDA = (
    r"nvidia-(?!ml-py)[a-z0-9-]+|(pytorch-)?triton|cuda-(bindings|pathfinder|python|toolkit)|jax-cuda\d+-(plugin|pjrt)"
)


def separate_torch(recipe: Recipe) -> Recipe:
    """The recipe with torch as a step of its own where its build is not the one that is locked."""
    demand = recipe.demand
    locks = [step for step in recipe.steps if isinstance(step, InstallPins)]
    backend = next((step.resolution.torch_backend for step in locks), None)
    at_hand = any(step.resolution.limits for step in locks)  # CPU builds of the host's
    if backend is None and not at_hand:
        return recipe
    pins = tuple(pin for step in locks for pin in step.pins)
    torches = tuple(pin for pin in pins if pin.name in _FAMILY)
    everywhere = (backend == "cpu" or at_hand) and demand.rewrites
    dropped = _only_for_cuda(pins, everywhere=everywhere)
    taken = dropped.union(pin.name for pin in torches)
    kept = [
        replace(
            step, pins=pins, resolution=replace(step.resolution, torch_backend=None, torch_mirrored=False, limits=())
        )
        for step in locks
        if (pins := tuple(pin for pin in step.pins if pin.name not in taken))
    ]
    constraints = tuple(step.listing for step in kept)
    own = _install(torches, locks[0], constraints) if torches else None
    steps: list[Step] = []
    for step in recipe.steps:
        match step:
            case InstallPins() if step is locks[-1]:
                steps += kept if own is None else (*kept, own)
            case InstallPins():
                pass
            case InstallRequirements() | InstallWheelRequirements():
                steps.append(replace(step, resolution=replace(step.resolution, constraints=constraints)))
            case _:
                steps.append(step)
    notes = (*recipe.notes, *_notes(locks[0].path, dropped, cpu=everywhere))
    return replace(recipe, steps=tuple(steps), notes=notes)


def _only_for_cuda(pins: Sequence[LockedPin], *, everywhere: bool) -> frozenset[str]:
    """The names of those that bring CUDA, and that nobody needs but torch; `everywhere`: and nobody but the project."""
    cuda = {pin.name: frozenset(pin.by) for pin in pins if re.fullmatch(_CUDA, pin.name)}
    if everywhere:
        return frozenset(name for name, by in cuda.items() if "" not in by)
    while wanted := [name for name, by in cuda.items() if not by <= _FAMILY.union(cuda)]:
        for name in wanted:
            del cuda[name]
    return frozenset(cuda)


def _install(torches: Sequence[LockedPin], step: InstallPins, constraints: tuple[str, ...]) -> InstallRequirements:
    return InstallRequirements(
        path=step.path,
        lines=tuple(pin.text for pin in torches),
        count=len(torches),
        remark="the versions that are locked, in another build: so without their hashes",
        resolution=replace(step.resolution, constraints=constraints),
    )


def _notes(lock: str, dropped: Collection[str], *, cpu: bool) -> tuple[str, ...]:
    if not dropped:
        return ()
    noun = "package" if len(dropped) == 1 else "packages"
    why = "only a GPU needs" if cpu else "only the locked build of torch needs"
    return (f"{lock}: {len(dropped)} {noun} that {why}, not installed: {', '.join(sorted(dropped))}",)
