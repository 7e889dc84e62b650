"""Order the layers so that the next builds cost least, whatever the order in which the user named them.

A layer is rebuilt when it changes or when one above it does. So what costs much and changes seldom belongs on top:
costs come from sizes and numbers of files, chances from the git history of each path and from earlier builds. Only
effects say what may move: nothing above what it reads, and nothing that belongs to whoever builds above what is the
same for everybody. A few packages more than the last image has are no reason to copy gigabytes again: they may stand
below the data. The order of the last image stays unless another one repays the rebuild that it takes
(`compiler/expected_cost.py`, docs/layer_order.md).

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

from caliban.compiler.effects import Churn
from caliban.compiler.expected_cost import Layer, cheapest_order, layer_of, worth_it
from caliban.compiler.plan import Recipe
from caliban.compiler.steps import Step


def order_layers(recipe: Recipe) -> Recipe:
    """The recipe with its steps in the order of the least expected cost per build."""
    steps = sorted(recipe.steps, key=lambda step: not step.effects.aside)  # stable; stages stand before the image
    layers = [_layer(step, steps) for step in steps]
    order = cheapest_order(layers)
    earlier = _earlier_order(recipe.earlier_order, steps, layers)
    if earlier is not None and not worth_it(layers, earlier, order):
        order = earlier
    return replace(recipe, steps=tuple(steps[place] for place in order))


def _layer(step: Step, steps: Sequence[Step]) -> Layer:
    needed = (place for place, other in enumerate(steps) if other is not step and _needs(step, other))
    return layer_of(step.effects, frozenset(needed))


def _needs(step: Step, other: Step) -> bool:
    """Whether `step` reads what `other` writes, or is somebody's own where `other` is the same for everybody."""
    own = step.effects.churn >= Churn.DELTA and not step.effects.aside
    shared = other.effects.churn <= Churn.DEPENDENCIES
    return not step.effects.reads.isdisjoint(other.effects.writes) or (own and shared)


def _earlier_order(names: Sequence[str], steps: Sequence[Step], layers: Sequence[Layer]) -> tuple[int, ...] | None:
    """The order of the last image, where that had the same layers and is still allowed."""
    places = {step.effects.name: place for place, step in enumerate(steps)}
    if sorted(names) != sorted(places):
        return None
    order = tuple(places[name] for name in names)
    on_top: set[int] = set()
    for place in order:
        if not layers[place].after <= on_top:
            return None
        on_top.add(place)
    return order
