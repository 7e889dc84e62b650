"""Measurements in, the table of docs/performance.md out."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_END = "<!-- to here -->"


class Row(NamedTuple):
    """One line of the table."""

    what: str
    measured: str
    against: str
    value: float  # what the goal limits
    goal: float | None  # None: only for comparison
    unit: str  # '-fold', ' s', ' MB'

    @property
    def kept(self) -> bool:
        """Whether the goal is reached."""
        return self.goal is None or self.value <= self.goal


def ratio(what: str, name: str, against: str, times: dict[str, float], goal: float) -> Row:
    """A time as a multiple of another."""
    return Row(
        what, _time(times[name]), f"{against}: {_time(times[against])}", times[name] / times[against], goal, "-fold"
    )


def difference(what: str, name: str, against: str, times: dict[str, float], goal: float | None) -> Row:
    """How much longer than another it takes."""
    value = times[name] - times[against]
    return Row(what, _time(times[name]), f"{against}: {_time(times[against])}", value, goal, " s")


def size(what: str, ours: int, against: str, theirs: int) -> Row:
    """The bytes of an image as a multiple of another's."""
    return Row(what, f"{ours / 1e6:.0f} MB", f"{against}: {theirs / 1e6:.0f} MB", ours / theirs, 1, "-fold")


def spell(rows: Sequence[Row], footnote: str) -> str:
    """The table in Markdown."""
    lines = ["| what | measured | against | result | goal | |", "|---|---|---|---|---|---|"]
    for row in rows:
        sign = "+" if row.unit == " s" and row.value >= 0 else ""
        goal = "" if row.goal is None else f"≤ {row.goal:g}{row.unit}"
        verdict = "" if row.goal is None else "ok" if row.kept else "**missed**"
        value = f"{sign}{row.value:.2f}{row.unit}" if row.unit != " MB" else f"{row.value:.0f} MB"
        lines.append(f"| {row.what} | {row.measured} | {row.against} | {value} | {goal} | {verdict} |")
    return "\n".join([*lines, "", footnote])


def put(table: str, document: Path, script: str) -> None:
    """Replaces what stands between the markers of a script."""
    begin = f"<!-- {script} writes from here -->"
    text = document.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(_END)}", re.DOTALL)
    new, count = pattern.subn(lambda _: f"{begin}\n\n{table}\n\n{_END}", text)
    assert count == 1, f"{document.name} has {count} places for the table"
    document.write_text(new, encoding="utf-8")


def _time(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"
