"""Order the layers so that what changes seldom and costs much comes first; only effects say what may move.

A layer is rebuilt when it changes or when one above it does. So the layers go by how often their kind changes, those
of one kind from large to small, whatever the order in which the user named them; and none moves above what it reads.

Before::

    CopyFolder(path='models', kind='data', size=10), CopyFolder(path='data', kind='data', size=500),
    InstallRequirements(path='requirements.txt')

After::

    InstallRequirements(path='requirements.txt'), CopyFolder(path='data', …), CopyFolder(path='models', …)
"""

from dataclasses import replace

from caliban.compiler.plan import Recipe
from caliban.compiler.steps import Step


def order_layers(recipe: Recipe) -> Recipe:
    """The recipe with its steps in the order of their expected cost."""
    waiting = list(recipe.steps)
    ordered: list[Step] = []
    while waiting:
        free = [step for step in waiting if not any(_needs(step, other) for other in waiting if other is not step)]
        assert free, "steps need each other in a circle"
        chosen = min(free, key=_cost)  # min is stable: ties keep their order
        waiting.remove(chosen)
        ordered.append(chosen)
    return replace(recipe, steps=tuple(ordered))


def _cost(step: Step) -> tuple[bool, int, int]:
    effects = step.effects
    return (not effects.aside, effects.churn, -effects.size)


def _needs(step: Step, other: Step) -> bool:
    """Whether `step` reads what `other` writes."""
    return not step.effects.reads.isdisjoint(other.effects.writes)
