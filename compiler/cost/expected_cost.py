"""The cost of an order of layers per build, and the cheapest order; derived in docs/layer_order.md.

Layer i is rebuilt when its own inputs change, with chance p, or when a layer above it is rebuilt. So an order costs
the sum of c[i] * (1 - q[0] * … * q[i]) seconds per build, with q = 1 - p, as far as the layers change independently.
A linked layer is rebuilt for its own inputs only: it costs c[i] * p[i] wherever it stands.

>>> models, data = Layer(seconds=2, chance=0.1), Layer(seconds=30, chance=0.1)
>>> [round(seconds_per_build((models, data), order), 2) for order in ((0, 1), (1, 0))]
[5.9, 3.38]
>>> cheapest_order((models, data))
(1, 0)
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from caliban.compiler.facts.data_files import table
from caliban.compiler.ir.effects import Effects


class Layer(NamedTuple):
    """The facts about a layer that decide the order."""

    seconds: float  # to build it
    chance: float  # that its own inputs change from one build to the next, above 0 and below 1
    after: frozenset[int] = frozenset()  # the layers, by their place in the sequence, that must be above it
    linked: bool = False  # it stands on none of those above it


def layer_of(effects: Effects, after: frozenset[int] = frozenset()) -> Layer:
    """The layer of a step, from its size, its number of files and what is known of how often it changed.

    Chances are smoothed by those of the step's kind, which count as `prior_weight` observations.
    """
    if effects.separate_stage:
        return Layer(0.0, 0.0, after)  # no later layer is rebuilt because of it
    costs = table("costs")
    usual, weight = costs["kinds"][effects.churn.name.lower()]["chance"], costs["prior_weight"]
    chance = (effects.changes.times + weight * usual) / (effects.changes.of + weight)
    return Layer(seconds_of(effects), chance, after, effects.linked)


def seconds_of(effects: Effects) -> float:
    """Return the seconds to build a step: by measured rates per megabyte and file, or by a flat estimate."""
    costs = table("costs")
    flat: float = costs["kinds"][effects.churn.name.lower()]["seconds"]
    copied: float = effects.size / 1e6 * costs["seconds_per_mb"] + effects.files * costs["seconds_per_file"]
    return flat + copied


def seconds_per_build(layers: Sequence[Layer], order: Sequence[int]) -> float:
    """Return the expected seconds per build of an order."""
    return sum(seconds_of_each([layers[place] for place in order]))


def seconds_of_each(ordered: Iterable[Layer]) -> Iterator[float]:
    """Yield the expected seconds per build of each layer."""
    unchanged = 1.0
    for layer in ordered:
        unchanged *= 1 - layer.chance
        yield layer.seconds * (layer.chance if layer.linked else 1 - unchanged)


def cheapest_order(layers: Sequence[Layer]) -> tuple[int, ...]:
    """The order with the least cost of all that `after` allows; of equally good ones the first in the given order.

    Exact: from the first layer down, over the sets that can be on top (each is reached once, however it came about).
    Layers with the same constraints are compared by their ratio alone (Layer's exchange argument), so that a hundred
    folders of data make a hundred sets, not 2**100.
    """
    above = _with_twins(layers)
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}  # by set, as bits: what it saves, and its order
    for _ in layers:
        longer: dict[int, tuple[float, tuple[int, ...]]] = {}
        for on_top, (saved, order) in best.items():
            unchanged = _unchanged(layers, order)
            for place, layer in enumerate(layers):
                if on_top >> place & 1 or above[place] & ~on_top:
                    continue
                gain = saved + (0.0 if layer.linked else layer.seconds * unchanged * (1 - layer.chance))
                known = longer.get(on_top | 1 << place)
                if known is None or (-gain, (*order, place)) < (-known[0], known[1]):
                    longer[on_top | 1 << place] = (gain, (*order, place))
        best = longer
        assert best, "layers need each other in a circle"
    ((_, order),) = best.values()
    return order


def _unchanged(layers: Sequence[Layer], order: Sequence[int]) -> float:
    chance = 1.0
    for place in order:
        chance *= 1 - layers[place].chance
    return chance


def _with_twins(layers: Sequence[Layer]) -> list[int]:
    """Return the layers that must be above each layer, as bits: its constraints, and its twin of next better ratio."""
    below: dict[int, set[int]] = {place: set() for place in range(len(layers))}
    for place, layer in enumerate(layers):
        for other in layer.after:
            below[other].add(place)
    above = [sum(1 << other for other in layer.after) for layer in layers]
    twins: dict[tuple[frozenset[int], frozenset[int]], list[int]] = {}
    for place, layer in enumerate(layers):
        twins.setdefault((layer.after, frozenset(below[place])), []).append(place)
    for group in twins.values():
        group.sort(key=lambda place: -ratio(layers[place]))  # stable: equals stay as they came
        for first, second in pairwise(group):
            above[second] |= 1 << first
    return above


def ratio(layer: Layer) -> float:
    """By what independent layers are best sorted, the largest on top: c * q / p; of a linked one no place saves any."""
    if layer.linked:
        return 0.0
    return layer.seconds * (1 - layer.chance) / layer.chance if layer.chance else float("inf")


def worth_it(layers: Sequence[Layer], before: Sequence[int], now: Sequence[int]) -> bool:
    """Return whether a new order repays, within `horizon` builds, the one rebuild from the first layer that moved."""
    moved = next((at for at, (old, new) in enumerate(zip(before, now, strict=True)) if old != new), None)
    if moved is None:
        return False
    saving = seconds_per_build(layers, before) - seconds_per_build(layers, now)
    horizon: int = table("costs")["horizon"]
    return saving * horizon > sum(layers[place].seconds for place in now[moved:] if not layers[place].linked)
