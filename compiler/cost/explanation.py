"""A recipe into what people ask about it: what each layer costs, what a change costs, what other orders would."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec import Struct

from caliban.compiler.cost.cache_model import Certainty, Rebuilt, rebuilt_by
from caliban.compiler.cost.expected_cost import layer_of, seconds_of_each, seconds_per_build
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.step import Step


class LayerCost(Struct, frozen=True, kw_only=True):
    """One layer, from the first."""

    step: Step
    seconds: float  # to build it
    chance: float  # that its own inputs change from one build to the next
    per_build: float  # seconds that it costs in an average build; one that is not linked is rebuilt with those above it


class Scenario(NamedTuple):
    """A change, and what it makes the builder do."""

    changed: tuple[str, ...]
    rebuilt: tuple[Rebuilt, ...]

    def seconds(self, least: Certainty) -> float:
        """What the steps take that are built anew at least so surely, as far as that can be estimated."""
        return sum(one.seconds for one in self.rebuilt if one.certainty >= least)


class Orders(Struct, frozen=True, kw_only=True):
    """What an average build costs, in seconds, in this order and in others."""

    ours: float
    typed: float  # the data as it was named on the command line
    large_to_small: float


def layer_costs(recipe: Recipe) -> tuple[LayerCost, ...]:
    """The layers of the image, from the first to the last, then the stages beside it."""
    steps = sorted(recipe.steps, key=lambda step: step.effects.separate_stage)
    layers = [layer_of(step.effects) for step in steps]
    return tuple(
        LayerCost(step=step, seconds=layer.seconds, chance=layer.chance, per_build=per_build)
        for step, layer, per_build in zip(steps, layers, seconds_of_each(layers), strict=True)
    )


def orders(recipe: Recipe, typed: Sequence[str]) -> Orders | None:
    """The comparison, or None where there is nothing to order: less than two folders of data."""
    data = [step for step in recipe.steps if isinstance(step, CopyFolder) and step.kind == "data"]
    if len(data) < 2:
        return None
    places = {path: place for place, path in enumerate(typed)}
    return Orders(
        ours=_per_build(recipe.steps),
        typed=_per_build(_with_data(recipe.steps, sorted(data, key=lambda step: places.get(step.path, 0)))),
        large_to_small=_per_build(_with_data(recipe.steps, sorted(data, key=lambda step: -step.size))),
    )


def scenarios(recipe: Recipe, paths: Sequence[str], left_out: Callable[[str], bool]) -> tuple[Scenario, ...]:
    """What each of these changes makes the builder do, alone; nothing where the path is left out of the context."""
    return tuple(Scenario((path,), () if left_out(path) else rebuilt_by(recipe, (path,))) for path in paths)


def usual_changes(recipe: Recipe) -> tuple[str, ...]:
    """What may change: what each step reads of the project, from the last step on."""
    inputs = [sorted(step.effects.inputs | step.effects.texts) for step in reversed(recipe.steps)]
    return tuple(dict.fromkeys(path for paths in inputs for path in paths))


def _with_data(steps: Sequence[Step], data: Sequence[CopyFolder]) -> tuple[Step, ...]:
    """The steps with their folders of data in another order, where the first of them stood."""
    first = next(place for place, step in enumerate(steps) if step in data)
    others = [step for step in steps if step not in data]
    return (*others[:first], *data, *others[first:])


def _per_build(steps: Sequence[Step]) -> float:
    layers = [layer_of(step.effects) for step in steps]
    return seconds_per_build(layers, range(len(layers)))
