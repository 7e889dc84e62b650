"""Select from each lock what this Python on this platform gets, and of every package the one file that suits it.

A lock is made for all platforms and Pythons at once. Only what this image installs comes into the Dockerfile, so an
edit of the lock that concerns another platform, a development tool or an extra that nobody asked for rebuilds nothing;
and what a lock pins far down the tree (torch behind torchvision) is known to the decisions that come after.
What is installed besides may not contradict the pins.

>>> numpy = LockedPackage(name='numpy', version='2.1.3', artifacts=(
...     Artifact('numpy-2.1.3-cp311-cp311-manylinux_2_17_x86_64.whl', 'sha256:fa2d1f'),
...     Artifact('numpy-2.1.3-cp311-cp311-win_amd64.whl', 'sha256:bc6f24'),
... ))
>>> lock = LockFile(path='uv.lock', packages={'numpy': (numpy,)}, roots=(Edge('numpy'),))
>>> packages = InstallRequirements(path='requirements.txt')
>>> show(select_locked(recipe(Demand(python='3.11'), InstallLock(lock=lock), packages)))
Demand(python='3.11', packages=('numpy==2.1.3',))
InstallPins(path='uv.lock', pins=(LockedPin(text='numpy==2.1.3', hashes=('sha256:fa2d1f',)),))
InstallRequirements(path='requirements.txt', resolution=Resolution(constraints=('/opt/caliban/uv.lock.pins.txt',)))
"""

from collections.abc import Iterator

from msgspec.structs import replace

from caliban.compiler.facts.python_versions import known_minors, numbers
from caliban.compiler.ir.demand import Demand, Pin
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.locked import InstallLock, InstallPins, LockedPin
from caliban.compiler.ir.steps.python import FindPython
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.locks.parts import parts_of
from caliban.compiler.locks.pins import pins_of


def select_locked(recipe: Recipe) -> Recipe:
    """The recipe with pins for locks; raises Rejected where a package has no file for this platform."""
    demand = recipe.demand
    locks = [step for step in recipe.steps if isinstance(step, InstallLock)]
    if not locks:
        return recipe
    pythons = _pythons(recipe, demand)
    installing = {step.lock.path: tuple(_install(step, recipe, pythons)) for step in locks}
    parts = [part for steps in installing.values() for part in steps]
    listings = tuple(part.listing for part in parts)
    steps: list[Step] = []
    for step in recipe.steps:
        match step:
            case InstallLock():
                steps += installing[step.lock.path]
            case InstallRequirements() | InstallWheelRequirements():
                steps.append(replace(step, resolution=replace(step.resolution, constraints=listings)))
            case _:
                steps.append(step)
    facts = tuple(_fact(pin) for part in parts for pin in part.pins)
    return replace(recipe, demand=replace(demand, packages=(*demand.packages, *facts)), steps=tuple(steps))


def _fact(pin: LockedPin) -> Pin:
    """The pin as decisions read it; a version such as '2.8.0+cu128' tells more than the address of its file."""
    told = pin.version is not None and "+" in pin.version
    return Pin(name=pin.name, text=f"{pin.name}=={pin.version}" if told else pin.text, source=pin.source)


def _install(step: InstallLock, recipe: Recipe, pythons: tuple[str, ...]) -> Iterator[InstallPins]:
    """The pins of a lock, in as many parts as commands need."""
    found = pins_of(step.lock, pythons, recipe.demand.platform, own_base=not recipe.base.named)
    for number, pins in enumerate(parts_of(found.pins), start=1):
        yield InstallPins(
            path=step.lock.path,
            pins=pins,
            part=number,
            indexes=found.indexes,
            files=found.files,
            resolution=step.resolution,
        )


def _pythons(recipe: Recipe, demand: Demand) -> tuple[str, ...]:
    """The one that was chosen, or all that will do where the base has its own."""
    found = next((step for step in recipe.steps if isinstance(step, FindPython)), None)
    if found is None:
        return (demand.chosen_python,)
    oldest, newest = numbers(found.oldest), numbers(found.newest or known_minors(demand.tables)[-1])
    return tuple(minor for minor in known_minors(demand.tables) if oldest <= numbers(minor) <= newest)
