"""The end of a sweep: how many runs succeeded, and a table of those that failed."""

import shlex
import time

from caliban.backends.report.words import duration
from caliban.compiler.diagnostics import printable
from caliban.runtime.running.containers import Result

_SHOWN = 50  # failed runs in the table


class Tally:
    """Counts results as they come; keeps only what the table shows, so a million runs take constant memory."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._began = time.monotonic()
        self._succeeded = 0
        self.failed = 0
        self._shown: list[Result] = []

    def add(self, result: Result) -> None:
        """One run ended."""
        if result.code == 0:
            self._succeeded += 1
            return
        self.failed += 1
        if len(self._shown) < _SHOWN:
            self._shown.append(result)

    def forecast(self) -> str:
        """How it goes, for the line before a run: empty before the first one ended."""
        ended = self._succeeded + self.failed
        if not ended:
            return ""
        left = (time.monotonic() - self._began) / ended * (self._count - ended)
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{failed}, about {duration(left)} to go"

    def summary(self) -> str:
        """The text that ends the sweep."""
        not_started = self._count - self._succeeded - self.failed
        runs = "1 run" if self._count == 1 else f"{self._count} runs"
        head = (
            f"{runs}: {self._succeeded} succeeded, {self.failed} failed, {not_started} not finished"
            f" · {duration(time.monotonic() - self._began)}"
        )
        return "\n".join((head, *self._table()))

    def _table(self) -> list[str]:
        if not self._shown:
            return []
        rows = [("run", "exit", "time", "arguments", "")]
        for result in self._shown:
            arguments = printable(shlex.join(result.arguments))
            row = (str(result.number), str(result.code), duration(result.seconds), arguments, printable(result.remark))
            rows.append(row)
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = [
            "  " + "  ".join((*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]))
            for row in rows
        ]
        more = self.failed - len(self._shown)
        return [*(line.rstrip() for line in lines), *([f"  and {more} more that failed"] if more else [])]
