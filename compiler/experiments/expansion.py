"""Spells what `caliban expansion` prints: experiments in, lines out, one run at a time."""

import json
import shlex
from collections.abc import Iterator

from caliban.compiler.experiments.experiments import Experiments
from caliban.compiler.experiments.experiments import flags as arguments_of


def render_expansion(experiments: Experiments, *, pretty: bool, flags: bool, count: bool) -> Iterator[str]:
    """The lines of output, without line ends.

    By default a JSON array with one run per line; `pretty` indents it. `flags`: one run per line, as arguments that can
    be pasted into a shell. `count`: their number alone. Of several, the one named last here wins.
    """
    if count:
        yield str(experiments.count)
    elif flags:
        yield from (shlex.join(arguments_of(experiment)) for experiment in experiments)
    elif pretty:
        yield from _indented(experiments)
    else:
        yield from _compact(experiments)


def _compact(experiments: Experiments) -> Iterator[str]:
    for number, experiment in enumerate(experiments, start=1):
        opening = "[" if number == 1 else " "
        closing = "]" if number == experiments.count else ","
        yield f"{opening}{json.dumps(dict(experiment))}{closing}"


def _indented(experiments: Experiments) -> Iterator[str]:
    yield "["
    for number, experiment in enumerate(experiments, start=1):
        *lines, last = json.dumps(dict(experiment), indent=2).splitlines()
        yield from (f"  {line}" for line in lines)
        yield f"  {last}" if number == experiments.count else f"  {last},"
    yield "]"
