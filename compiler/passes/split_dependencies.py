"""Split the packages of a lock into bands, each a layer: the heavy ones first, what differs from the last image on top.

One more package would otherwise install all of them again, gigabytes in a new layer. Nothing is resolved when exact
packages are installed, so they can go in portions. The bands of the last image stay as they are, and what is different
now comes in one layer above them, until that has grown so much that new bands cost less.

>>> locked = InstallPins(path='uv.lock', pins=('click==8.1.6', 'six==1.17.0', 'torch==2.8.0'))
>>> first = split_dependencies(recipe(locked))
>>> show(first)
InstallPins(path='uv.lock', pins=('torch==2.8.0',), band='heavy')
InstallPins(path='uv.lock', pins=('click==8.1.6', 'six==1.17.0'), part=2, band='light')
>>> locked = InstallPins(path='uv.lock', pins=('click==8.1.7', 'torch==2.8.0'))
>>> show(split_dependencies(recipe(locked, earlier_bands=first.steps)))
InstallPins(path='uv.lock', pins=('torch==2.8.0',), band='heavy')
InstallPins(path='uv.lock', pins=('click==8.1.6', 'six==1.17.0'), part=2, band='light')
InstallPins(path='uv.lock', pins=('click==8.1.7',), part=3, band='delta', removed=('six',), over=...)
"""

from collections.abc import Sequence

from msgspec.structs import replace

from caliban.compiler.facts.data_files import table
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.locked import Band, InstallPins, LockedPin
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.locks.parts import parts_of

_MOST_CHANGED = 15  # packages of a layer on top
_LARGEST_SHARE = 0.25  # of the weight of all packages that a layer on top may have, or hide below it


def split_dependencies(recipe: Recipe) -> Recipe:
    """The recipe with the pins of each lock in bands."""
    locks = [step for step in recipe.steps if isinstance(step, InstallPins)]
    bound = any(_constraints(step) for step in recipe.steps)  # something else is installed, within what the pins allow
    bands: dict[str, tuple[InstallPins, ...]] = {}
    for first in locks:
        if first.path in bands:
            continue
        pins = tuple(pin for step in locks if step.path == first.path for pin in step.pins)
        # By their numbers, whatever the order of the last image: what comes on top has the next one.
        earlier = sorted((step for step in recipe.earlier_bands if _alike(step, first)), key=lambda step: step.part)
        kept = None if bound else _on_top(tuple(replace(each, resolution=first.resolution) for each in earlier), pins)
        bands[first.path] = kept or _by_weight(first, pins)
    listings = tuple(band.listing for of_lock in bands.values() for band in of_lock)
    steps: list[Step] = []
    for step in recipe.steps:
        match step:
            case InstallPins():
                steps += bands.pop(step.path, ())
            case InstallRequirements() | InstallWheelRequirements() if _constraints(step):
                steps.append(replace(step, resolution=replace(step.resolution, constraints=listings)))
            case _:
                steps.append(step)
    return replace(recipe, steps=tuple(steps))


def _constraints(step: Step) -> tuple[str, ...]:
    return step.resolution.constraints if isinstance(step, InstallRequirements | InstallWheelRequirements) else ()


def _alike(earlier: InstallPins, step: InstallPins) -> bool:
    return (earlier.path, earlier.indexes, earlier.files) == (step.path, step.indexes, step.files)


def _on_top(earlier: tuple[InstallPins, ...], pins: Sequence[LockedPin]) -> tuple[InstallPins, ...] | None:
    """The earlier bands and what is different now; None where there are none, or too much is different."""
    before = {pin.name: pin for band in earlier for pin in band.pins}
    now = {pin.name: pin for pin in pins}
    changed = tuple(pin for pin in pins if pin.name not in before or not _same(before[pin.name], pin))
    removed = tuple(sorted(before.keys() - now.keys()))
    if not before or len(changed) + len(removed) > _MOST_CHANGED:
        return None
    hidden = [before[name] for name in (*removed, *(pin.name for pin in changed)) if name in before]
    if max(_weight(changed), _weight(hidden)) > _LARGEST_SHARE * _weight(pins):
        return None
    if not changed and not removed:
        return earlier
    delta = replace(
        earlier[-1],
        pins=changed,
        removed=removed,
        part=earlier[-1].part + 1,
        band="delta",
        over=tuple(band.listing for band in earlier),
    )
    return (*earlier, delta)


def _same(one: LockedPin, other: LockedPin) -> bool:
    return (one.text, one.hashes) == (other.text, other.hashes)


def _by_weight(first: InstallPins, pins: Sequence[LockedPin]) -> tuple[InstallPins, ...]:
    """New bands, where what is heavy is worth a layer of its own."""
    limits = table("weights")
    heavy = [pin for pin in pins if _weight([pin]) >= limits["heavy"]]
    light = [pin for pin in pins if pin not in heavy]
    whole: list[tuple[Band, Sequence[LockedPin]]] = [("all", pins)]
    if light and _weight(heavy) >= limits["worth_splitting"]:
        whole = [("heavy", heavy), ("light", light)]
    cut = [(band, part) for band, of_band in whole for part in parts_of(of_band)]
    return tuple(replace(first, pins=part, band=band, part=number) for number, (band, part) in enumerate(cut, start=1))


def _weight(pins: Sequence[LockedPin]) -> float:
    """Megabytes to download, from the lock or from a table."""
    known = table("weights")["megabytes"]
    return sum(pin.size / 1e6 if pin.size else known.get(pin.name, 1.0) for pin in pins)
