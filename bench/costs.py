"""What a build of each rival takes after an edit: seconds, and bytes of new layers."""

import os
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import NamedTuple

from measure import quiet
from rivals import Rival
from workload import Workload

Edits = Mapping[str, Callable[[Workload], None] | None]  # by what they are called

FIRST = "first build"
SETTLE = 2.5  # s; caliban reads a file again that is younger than 2 s, which is not "nothing changed"


class Cost(NamedTuple):
    """What a build took."""

    seconds: float
    bytes: int  # of the layers that the last image of the same rival does not have


Costs = dict[str, dict[str, Cost]]  # by edit, by rival


def costs_of(rivals: Mapping[str, Rival], edits: Edits, rounds: Mapping[str, int]) -> Costs:
    """The medians after each edit, and the first build; in each round the rivals take turns."""
    layers: dict[str, set[str]] = {rival: set() for rival in rivals}
    costs: Costs = {FIRST: {name: _build(rival, layers[name]) for name, rival in rivals.items()}}
    time.sleep(SETTLE)
    for what, edit in edits.items():
        found: dict[str, list[Cost]] = {name: [] for name in rivals}
        for _ in range(rounds[what]):
            for name, rival in rivals.items():
                if edit is not None:
                    edit(rival.workload)
                found[name].append(_build(rival, layers[name]))
        costs[what] = {
            name: Cost(median(each.seconds for each in of_rival), int(median(each.bytes for each in of_rival)))
            for name, of_rival in found.items()
        }
    return costs


def _build(rival: Rival, known: set[str]) -> Cost:
    """Builds, and adds the layers of the image to those that are known."""
    os.sync()  # what others left for the disk is not ours to wait for
    began = time.perf_counter()
    printed = quiet(rival.command, rival.workload.place)
    spent = time.perf_counter() - began
    shown = ("--no-trunc", "--human=false", "--format", "{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}")
    history = quiet(("docker", "history", *shown, rival.tag or printed.strip()), rival.workload.place)
    new = set(history.splitlines()) - known
    known |= new
    return Cost(spent, sum(int(line.rpartition("\t")[2]) for line in new))
