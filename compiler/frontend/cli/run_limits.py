"""Reads the options that end a sweep or a run early."""

import re

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.cli import problems
from caliban.compiler.frontend.cli.values import Values
from caliban.compiler.input.invocation import RunLimits

_LONGEST = 366 * 86400  # seconds
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def run_limits(values: Values) -> RunLimits:
    """Return the limits. Raises Rejected for a value that cannot be meant, and for one that nothing would use."""
    if values.has("--fail_fast") and values.has("--max_failures"):
        raise Rejected(problems.contradiction("--fail_fast", "--max_failures"))
    of_sweeps = ("--fail_fast", "--max_failures")
    if not values.has("--experiment_config") and (wrong := [name for name in of_sweeps if values.has(name)]):
        raise Rejected(*map(problems.only_for_sweeps, wrong))
    return RunLimits(
        max_failures=1 if values.has("--fail_fast") else _count(values.one("--max_failures")),
        timeout=_duration(values.one("--timeout")),
    )


def render_duration(seconds: float) -> str:
    """Return a time as `--timeout` reads it, in the largest unit that says it exactly: '30m'."""
    unit = next(unit for unit in reversed(_SECONDS) if seconds % _SECONDS[unit] == 0 or unit == "s")
    return f"{seconds / _SECONDS[unit]:.3f}".rstrip("0").rstrip(".") + unit


def _count(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[1-9]\d{0,8}", text, re.ASCII):
        raise Rejected(problems.bad_value("--max_failures", text, "a number of runs, such as 3"))
    return int(text)


def _duration(text: str | None) -> float | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?) ?([smhd])", text.strip(), re.ASCII)
    seconds = round(float(found[1]) * _SECONDS[found[2]], 3) if found is not None else 0
    if not 0 < seconds <= _LONGEST:
        raise Rejected(problems.bad_value("--timeout", text, "a time such as 90s, 30m, 1.5h or 2d, at most 366d"))
    return seconds
