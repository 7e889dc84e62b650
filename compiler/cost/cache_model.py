"""A model of the builder's cache over the IR: a set of changed files in, the steps that are rebuilt out.

BuildKit keys a step by its instruction, by the content that it reads of the context, and, unless it is linked, by the
step above it in its stage. What a step takes from another stage counts by content too: a stage that is rebuilt and
gives the same files costs nothing below it. Whether it gives the same, nobody knows before: the model says 'perhaps'.
tests/engine/test_cache_engine.py compares it with the engine.

>>> wheel, needs = BuildWheel(path='.', stage='wheel'), InstallWheelRequirements(path='.', stage='wheel')
>>> packaged = recipe(wheel, needs, CopyFolder(path='data'), InstallWheel(path='.', stage='wheel'))
>>> def rebuilt(changed):
...     return [(type(one.step).__name__, one.certainty.name) for one in rebuilt_by(packaged, [changed])]
>>> rebuilt('trainer/train.py')
[('BuildWheel', 'YES'), ('InstallWheel', 'PERHAPS')]
>>> rebuilt('setup.py')
[('BuildWheel', 'YES'), ('InstallWheelRequirements', 'PERHAPS'), ('CopyFolder', 'PERHAPS'), ('InstallWheel', 'PERHAPS')]
"""

import posixpath
from collections.abc import Collection
from enum import IntEnum
from typing import NamedTuple

from caliban.compiler.cost.expected_cost import seconds_of
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.requirements import InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step


class Certainty(IntEnum):
    """The certainty that a step is rebuilt."""

    NO = 0
    PERHAPS = 1
    YES = 2


class Rebuilt(NamedTuple):
    """A step that is rebuilt, at least perhaps, and the first reason for it that holds."""

    step: Step
    certainty: Certainty
    changed: tuple[str, ...]  # of the files that changed, those that it reads
    below: Step | None  # the step above it in its stage that is rebuilt
    takes_from: Step | None  # the stage that is rebuilt and whose result it takes

    @property
    def seconds(self) -> float:
        """Return the seconds that the step takes, as estimated."""
        return seconds_of(self.step.effects)


_LISTS = (".toml", ".cfg", ".txt", ".in", ".lock", ".yml", ".yaml")  # where people write requirements down
_UNTOUCHED = (Certainty.NO, None)


def rebuilt_by(recipe: Recipe, changed: Collection[str]) -> tuple[Rebuilt, ...]:
    """The steps that are rebuilt when these files of the context have another content, in their order."""
    found: list[Rebuilt] = []
    stages: dict[str, Rebuilt] = {}  # those that are rebuilt, by what they write
    common: tuple[Certainty, Step | None] = _UNTOUCHED  # what is above all stages
    above: tuple[Certainty, Step | None] = _UNTOUCHED
    written: set[str] = set()  # by the image itself
    branched = False
    for step in recipe.steps:
        effects = step.effects
        branched = branched or effects.separate_stage
        higher = above if not effects.separate_stage else common if effects.reads & written else _UNTOUCHED
        higher = _UNTOUCHED if effects.linked else higher
        one = _rebuilt(step, changed, higher, stages)
        if not effects.separate_stage:
            written |= effects.writes
        if one is None:
            continue
        found.append(one)
        if effects.separate_stage:
            stages |= dict.fromkeys(effects.writes, one)
        elif one.certainty > above[0]:
            above = (one.certainty, step)
            common = common if branched else above
    return tuple(found)


def _rebuilt(
    step: Step, changed: Collection[str], above: tuple[Certainty, Step | None], stages: dict[str, Rebuilt]
) -> Rebuilt | None:
    mine = tuple(path for path in sorted(changed) if _reads(step.effects.inputs, path))
    if mine:
        return Rebuilt(step, Certainty.YES, mine, None, None)
    certainty, higher = above
    told = tuple(path for path in sorted(changed) if _reads(step.effects.texts, path))
    if told and certainty < Certainty.PERHAPS:
        return Rebuilt(step, Certainty.PERHAPS, told, None, None)  # only what it declares counts, not its comments
    stage = next((stages[path] for path in sorted(step.effects.reads) if path in stages), None)
    if stage is not None and step.effects.separate_stage and certainty < stage.certainty:
        return Rebuilt(step, stage.certainty, (), None, stage.step)  # it goes on where that stage ends
    if stage is not None and certainty < Certainty.PERHAPS and _may_differ(step, stage, changed):
        return Rebuilt(step, Certainty.PERHAPS, (), None, stage.step)
    return None if certainty == Certainty.NO else Rebuilt(step, certainty, (), higher, None)


def _reads(inputs: Collection[str], path: str) -> bool:
    return any(given in (".", path) or path.startswith(f"{given}/") for given in inputs)


def _may_differ(step: Step, stage: Rebuilt, changed: Collection[str]) -> bool:
    """Return whether the result of a stage may differ. Requirements stand in a manifest, or in a list that it reads."""
    if not isinstance(step, InstallWheelRequirements) or not stage.changed:
        return True
    return any(path == "." or posixpath.basename(path) == "setup.py" or path.endswith(_LISTS) for path in changed)
