"""A recipe into what people ask about it: what each layer costs, what a change costs, what other orders would."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from caliban.compiler.cost.cache_model import Certainty, Rebuilt, rebuilt_by
from caliban.compiler.cost.expected_cost import Layer, layer_of, seconds_of_each, seconds_per_build
from caliban.compiler.cost.measured import Measured
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.step import Step


class LayerCost(Struct, frozen=True, kw_only=True):
    """One layer, from the first."""

    step: Step
    seconds: float  # to build it
    size: int  # bytes; 0: not known
    measured: bool  # whether the time is that of its last build, or an estimate
    chance: float  # that its own inputs change from one build to the next
    per_build: float  # seconds that it costs in an average build; one that is not linked is rebuilt with those above it


class Scenario(NamedTuple):
    """A change, and what it makes the builder do."""

    changed: tuple[str, ...]
    rebuilt: tuple[Rebuilt, ...]

    def seconds(self, least: Certainty, measured: Mapping[str, Measured]) -> float:
        """Return the seconds of the steps that are rebuilt with at least this certainty: measured, else estimated."""
        steps = [one for one in self.rebuilt if one.certainty >= least]
        known = (measured.get(one.step.effects.name) for one in steps)
        return sum(one.seconds if each is None else each.seconds for one, each in zip(steps, known, strict=True))


class Orders(Struct, frozen=True, kw_only=True):
    """The seconds of an average build in this order and in others."""

    ours: float
    typed: float  # the data as it was named on the command line
    large_to_small: float


def layer_costs(recipe: Recipe, measured: Mapping[str, Measured]) -> tuple[LayerCost, ...]:
    """The layers of the image, from the first to the last, then the stages beside it.

    `measured` has the times and sizes of layers that were built, by the names of their steps.
    """
    steps = sorted(recipe.steps, key=lambda step: step.effects.separate_stage)
    layers = [_layer(step, measured) for step in steps]
    return tuple(
        LayerCost(
            step=step,
            seconds=layer.seconds,
            size=_size(step, measured),
            measured=step.effects.name in measured,
            chance=layer.chance,
            per_build=per_build,
        )
        for step, layer, per_build in zip(steps, layers, seconds_of_each(layers), strict=True)
    )


def _layer(step: Step, measured: Mapping[str, Measured]) -> Layer:
    layer, known = layer_of(step.effects), measured.get(step.effects.name)
    return layer if known is None or step.effects.separate_stage else layer._replace(seconds=known.seconds)


def _size(step: Step, measured: Mapping[str, Measured]) -> int:
    known = measured.get(step.effects.name)
    return known.size if known is not None and known.size is not None else step.effects.size


def orders(recipe: Recipe, typed: Sequence[str], measured: Mapping[str, Measured]) -> Orders | None:
    """The comparison, or None where there is nothing to order: less than two folders of data."""
    data = [step for step in recipe.steps if isinstance(step, CopyFolder) and step.kind == "data"]
    if len(data) < 2:
        return None
    places = {path: place for place, path in enumerate(typed)}
    return Orders(
        ours=_per_build(recipe.steps, measured),
        typed=_per_build(_with_data(recipe.steps, sorted(data, key=lambda step: places.get(step.path, 0))), measured),
        large_to_small=_per_build(_with_data(recipe.steps, sorted(data, key=lambda step: -step.size)), measured),
    )


def scenarios(recipe: Recipe, paths: Sequence[str], left_out: Callable[[str], bool]) -> tuple[Scenario, ...]:
    """Return the effect of each change alone; none if the path is left out of the context."""
    return tuple(Scenario((path,), () if left_out(path) else rebuilt_by(recipe, (path,))) for path in paths)


def usual_changes(recipe: Recipe) -> tuple[str, ...]:
    """Return the paths that may change: the inputs of each step, from the last step on."""
    inputs = [sorted(step.effects.inputs | step.effects.texts) for step in reversed(recipe.steps)]
    return tuple(dict.fromkeys(path for paths in inputs for path in paths))


def _with_data(steps: Sequence[Step], data: Sequence[CopyFolder]) -> tuple[Step, ...]:
    """The steps with their folders of data in another order, where the first of them stood."""
    first = next(place for place, step in enumerate(steps) if step in data)
    others = [step for step in steps if step not in data]
    return (*others[:first], *data, *others[first:])


def _per_build(steps: Sequence[Step], measured: Mapping[str, Measured]) -> float:
    layers = [_layer(step, measured) for step in steps]
    return seconds_per_build(layers, range(len(layers)))
