"""Replays histories of commits against the model of the builder's cache: three rules for the order of the layers.

After each commit there is a build. caliban orders the layers by what it knows then, the user never changes his order,
and whoever follows "large to small" sorts by the sizes of the day. No engine is needed; what is rebuilt, and what
that takes, the compiler's own model says (`compiler/cost/cache_model.py`, `compiler/cost/expected_cost.py`).
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from histories import GENERATED, Commit, generate, of_repository
from msgspec.structs import replace
from table import Row, put, spell

from caliban.compiler.cost.cache_model import rebuilt_by
from caliban.compiler.cost.expected_cost import seconds_of
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.demand import Demand
from caliban.compiler.ir.effects import Changes
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.passes.order_layers import order_layers

ROOT = Path(__file__).resolve().parent.parent
COMMITS = 250
BASE = BaseImage(image="python:3.11-slim-bookworm", platform="linux/amd64", reason="", python="3.11")
DEMAND = Demand(mode="cpu", platform="linux/amd64", host_python="3.11")

Rule = Callable[[Recipe], Recipe]


class Cost(NamedTuple):
    """What a history costs under each rule, in seconds of the model."""

    caliban: float
    as_typed: float
    large_to_small: float
    everything_once: float  # to build all layers of the last commit


def main() -> int:
    """Replays everything and rewrites the table; a missed goal is a line of it, no failure."""
    rows: list[Row] = []
    for what, pattern in GENERATED.items():
        rows += _rows(what, generate(pattern, commits=COMMITS, seed=0))
    rows += _rows("this repository, each of its folders by -d", of_repository(ROOT, code="compiler"))
    table = spell(rows, "Seconds per build by the model, for the copies alone; a build follows each commit.")
    print(table)
    put(table, ROOT / "docs" / "performance.md", "bench/replay.py")
    return 0


def _rows(what: str, history: Sequence[Commit]) -> Iterator[Row]:
    cost = replay(history)
    builds = len(history)
    measured = f"{cost.caliban / builds:.2f} s"
    for rule, other in (("as typed", cost.as_typed), ("large to small", cost.large_to_small)):
        against = f"{rule}: {other / builds:.2f} s"
        yield Row(f"{what}: {builds} builds", measured, against, cost.caliban / other, 1, "-fold")


def replay(history: Sequence[Commit]) -> Cost:
    """What all builds of a history cost, the first of them included."""
    costs = [_cost(history, rule) for rule in (order_layers, _as_typed, _large_to_small)]
    return Cost(*costs, everything_once=sum(seconds_of(step.effects) for step in _copies(history[-1], {}, 0)))


def _cost(history: Sequence[Commit], rule: Rule) -> float:
    total = 0.0
    changes: dict[str, int] = {}  # of each folder, in the commits before
    order: tuple[str, ...] = ()
    for number, commit in enumerate(history):
        recipe = rule(Recipe(demand=DEMAND, base=BASE, steps=_copies(commit, changes, number), earlier_order=order))
        names = tuple(step.effects.name for step in recipe.steps)
        kept = next((at for at, name in enumerate(names) if order[at : at + 1] != (name,)), len(names))
        again = {one.step for one in rebuilt_by(recipe, commit.changed)}
        total += sum(seconds_of(step.effects) for at, step in enumerate(recipe.steps) if at >= kept or step in again)
        for folder in {path.partition("/")[0] for path in commit.changed}:
            changes[folder] = changes.get(folder, 0) + 1
        order = names
    return total


def _copies(commit: Commit, changes: Mapping[str, int], builds: int) -> tuple[Step, ...]:
    """The folders as the user names them, with what is known before the commit of how often they changed."""
    return tuple(
        CopyFolder(
            path=folder,
            kind="code" if folder == commit.code else "data",
            size=size.bytes,
            files=size.files,
            changes=Changes(times=changes.get(folder, 0), of=builds),
        )
        for folder, size in commit.sizes.items()
    )


def _as_typed(recipe: Recipe) -> Recipe:
    return recipe


def _large_to_small(recipe: Recipe) -> Recipe:
    """The rule of the older tool's manual, the code last."""
    steps = sorted(recipe.steps, key=lambda step: (step.effects.churn, -step.effects.size))
    return replace(recipe, steps=tuple(steps))


if __name__ == "__main__":
    sys.exit(main())
