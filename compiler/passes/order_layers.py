"""Order the layers so that the next builds cost least, whatever the order in which the user named them.

A layer is rebuilt when it changes or when one above it does. So what costs much and changes seldom belongs on top:
costs come from sizes and numbers of files, chances from the git history of each path and from earlier builds. Only
effects say what may move: nothing above what it reads, and nothing that belongs to whoever builds above what is the
same for everybody. A few packages more than the last image has are no reason to copy gigabytes again: they may stand
below the data. The order of the last image stays unless another one repays the rebuild that it takes
(`compiler/cost/expected_cost.py`, docs/layer_order.md).

>>> show(order_layers(recipe(
...     CopyFolder(path='models', size=10),
...     CopyFolder(path='data', size=500),
...     InstallRequirements(path='requirements.txt'),
... )))
InstallRequirements(path='requirements.txt')
CopyFolder(path='data', size=500)
CopyFolder(path='models', size=10)
"""

from collections.abc import Sequence

from msgspec.structs import replace

from caliban.compiler.cost.expected_cost import Layer, cheapest_order, layer_of, worth_it
from caliban.compiler.ir.effects import Churn, Effects
from caliban.compiler.ir.plan import Recipe


def order_layers(recipe: Recipe) -> Recipe:
    """The recipe with its steps in the order of the least expected cost per build."""
    steps = sorted(
        recipe.steps, key=lambda step: not step.effects.separate_stage
    )  # stable; stages stand before the image
    effects = [step.effects for step in steps]
    layers = [_layer(own, effects) for own in effects]
    order = cheapest_order(layers)
    earlier = _earlier_order(recipe.earlier_order, effects, layers)
    if earlier is not None and not worth_it(layers, earlier, order):
        order = earlier
    return replace(recipe, steps=tuple(steps[place] for place in order))


def _layer(own: Effects, effects: Sequence[Effects]) -> Layer:
    needed = (place for place, other in enumerate(effects) if other is not own and _needs(own, other))
    return layer_of(own, frozenset(needed))


def _needs(step: Effects, other: Effects) -> bool:
    """Return whether a step reads another's output, or belongs to a user while the other is the same for everybody."""
    own = step.churn >= Churn.DELTA and not step.separate_stage
    shared = other.churn <= Churn.DEPENDENCIES
    return not step.reads.isdisjoint(other.writes) or (own and shared)


def _earlier_order(names: Sequence[str], effects: Sequence[Effects], layers: Sequence[Layer]) -> tuple[int, ...] | None:
    """The order of the last image, where that had the same layers and is still allowed."""
    places = {each.name: place for place, each in enumerate(effects)}
    if sorted(names) != sorted(places):
        return None
    order = tuple(places[name] for name in names)
    on_top: set[int] = set()
    for place in order:
        if not layers[place].after <= on_top:
            return None
        on_top.add(place)
    return order
