"""Reads an experiment config into its runs: JSON text in, a lazy sequence of flags and values out."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate, chain, islice, product
from math import prod
from typing import assert_never

from msgspec import Struct

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.experiments import problems
from caliban.compiler.experiments.axes import Axis, Experiment, FlagValue, axis_problems, flag_names, read_axis
from caliban.compiler.jsonc.problems import more_problems
from caliban.compiler.jsonc.text import MOST_PROBLEMS, read_json
from caliban.compiler.jsonc.tree import Array, Document, Member, Node, Object, Scalar

MOST_RUNS = 10**18

Grid = tuple[Axis, ...]  # one object of the config; its axes multiply


class Experiments(Struct, frozen=True, kw_only=True, dict=True):
    """The runs of a config, in order; none is made before it is asked for."""

    grids: tuple[Grid, ...]

    def __iter__(self) -> Iterator[Experiment]:
        for grid in self.grids:
            for choices in product(*grid):
                yield tuple(chain.from_iterable(choices))

    def __getitem__(self, index: int) -> Experiment:
        """The run at an index from 0, at the cost of that run alone."""
        if not 0 <= index < self.count:
            raise IndexError(f"run {index} of {self.count}")
        grid = bisect_right(self._starts, index) - 1
        return _run(self.grids[grid], index - self._starts[grid])

    @property
    def count(self) -> int:
        """The number of runs: at least one, at most `MOST_RUNS`."""
        return self._starts[-1]

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        """The index of each grid's first run, and behind them the number of all runs."""
        return tuple(accumulate((_count(grid) for grid in self.grids), initial=0))


def parse_experiments(text: str, source: str) -> Experiments:
    """The experiments that a config describes; everything is checked, nothing is expanded.

    Raises Rejected with what is wrong, the first `MOST_PROBLEMS` of it.
    """
    document = read_json(text, source, code="bad-experiment")
    found = tuple(islice(_problems(document), MOST_PROBLEMS + 1))
    if len(found) > MOST_PROBLEMS:
        raise Rejected(*found[:MOST_PROBLEMS], more_problems(source, "bad-experiment"))
    if found:
        raise Rejected(*found)
    experiments = Experiments(grids=tuple(_read_grid(node) for node in _flattened(document.root)))
    if experiments.count > MOST_RUNS:
        raise Rejected(problems.too_many_runs(document.place(document.root.at), MOST_RUNS))
    return experiments


def flags(experiment: Experiment) -> tuple[str, ...]:
    """The arguments of one run: `('--lr', '1e-05', '--big')`. True is the flag alone, False is nothing.

    A value that begins with a dash is joined to its flag, `('--offset=-1e-05',)`: argparse takes it for an option
    otherwise. argparse, absl and click read the joined form. All others stay two arguments, which also the loops that
    people write over `sys.argv` or `$@` read.
    """
    return tuple(chain.from_iterable(_flag(name, value) for name, value in experiment))


def _flag(name: str, value: FlagValue) -> tuple[str, ...]:
    if isinstance(value, bool):
        return (f"--{name}",) if value else ()
    text = str(value)
    return (f"--{name}={text}",) if _looks_like_option(text) else (f"--{name}", text)


def _looks_like_option(text: str) -> bool:
    """Return whether argparse may take a value for an option: `-x`, `-1e-05`, but not plain negative numbers.

    The plain ones are those of every release (CPython's Lib/argparse.py, `_negative_number_matcher`).
    """
    return text.startswith("-") and re.fullmatch(r"-[0-9]+|-[0-9]*\.[0-9]+", text) is None


def _run(grid: Grid, index: int) -> Experiment:
    """The index as a number whose digits are choices; the last axis is the lowest digit."""
    chosen: list[Experiment] = []
    for axis in reversed(grid):
        index, choice = divmod(index, len(axis))
        chosen.append(axis[choice])
    return tuple(chain.from_iterable(reversed(chosen)))


def _count(grid: Grid) -> int:
    return prod(len(axis) for axis in grid)


def _problems(document: Document) -> Iterator[Diagnostic]:
    for node in _flattened(document.root):
        match node:
            case Object():
                yield from _object_problems(node, document)
            case Array():
                yield problems.no_experiments(document.place(node.at))
            case Scalar():
                yield problems.expected_object(document.place(node.at))
            case _ as never:
                assert_never(never)


def _flattened(root: Node) -> Iterator[Node]:
    """Yield the leaves of nested lists in order; a list itself only if it is empty."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Array) and node.items:
            waiting += reversed(node.items)
        else:
            yield node


def _object_problems(node: Object, document: Document) -> Iterator[Diagnostic]:
    owners: dict[str, Member] = {}  # which member sets a flag
    for member in node.members:
        for name in flag_names(member.key):
            owner = owners.setdefault(name, member)
            if owner is not member and name:
                place, of_owner = document.place(member.at), document.place(owner.at)
                yield problems.flag_set_twice(place, name, first_key=owner.key, first=of_owner, key=member.key)
        yield from axis_problems(member, document)


def _read_grid(node: Node) -> Grid:
    if not isinstance(node, Object):
        raise AssertionError("experiments are read only when their config has no problems")
    return tuple(read_axis(member) for member in node.members)
