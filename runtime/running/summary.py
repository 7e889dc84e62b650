"""The end of a sweep: how many runs succeeded, and a table of those that failed."""

import time

from caliban.backends.report.words import duration
from caliban.compiler.diagnostics import printable
from caliban.compiler.words.secret_words import masked_line
from caliban.runtime.running.result import Result

PIPED_WIDTH = 160  # characters of a line where no terminal says how many it has
_GAP = 2  # characters between columns, and before the first
_LEAST_ROOM = 40  # for arguments and last words, on however narrow a terminal
_SHOWN = 50  # failed runs in the table


class Tally:
    """Counts results as they come; keeps only what the table shows, so a million runs take constant memory."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._began = time.monotonic()
        self._succeeded = 0
        self.failed = 0
        self._stopped_by: str | None = None
        self._shown: list[Result] = []

    def add(self, result: Result) -> None:
        """One run ended."""
        if result.code == 0:
            self._succeeded += 1
            return
        self.failed += 1
        if len(self._shown) < _SHOWN:
            self._shown.append(result)

    def stop(self, option: str) -> None:
        """No further run is started, because of an option."""
        self._stopped_by = option

    def line(self, result: Result, width: int = PIPED_WIDTH) -> str:
        """A run that ended, and how long the others will take; of one that failed, its last words below it."""
        end = f"ok in {duration(result.seconds)}"
        if result.code:
            end = f"FAILED, exit {result.code}, after {duration(result.seconds)}"
        head = f"run {result.number} of {self._count}: {end}{self._forecast()}"
        arguments = printable(masked_line(result.arguments))
        room = max(_LEAST_ROOM, width - len(f"caliban: {head}: "))
        text = f"{head}: {_shortened(arguments, room)}" if arguments else head
        remark = printable(result.remark)
        return f"{text}\n         {_shortened(remark, max(_LEAST_ROOM, width - 9))}" if remark else text

    def _forecast(self) -> str:
        ended = self._succeeded + self.failed
        if not ended or ended == self._count:
            return ""
        left = (time.monotonic() - self._began) / ended * (self._count - ended)
        return f", about {duration(left)} to go"

    def summary(self, width: int = PIPED_WIDTH) -> str:
        """The text that ends the sweep; no line of its table has more than `width` characters."""
        not_started = self._count - self._succeeded - self.failed
        runs = "1 run" if self._count == 1 else f"{self._count} runs"
        others = "not finished" if self._stopped_by is None else f"not started ({self._stopped_by})"
        head = (
            f"{runs}: {self._succeeded} succeeded, {self.failed} failed, {not_started} {others}"
            f" · {duration(time.monotonic() - self._began)}"
        )
        return "\n".join((head, *self._table(width)))

    def _table(self, width: int) -> list[str]:
        if not self._shown:
            return []
        rows = [("run", "exit", "time", "arguments", "")]
        for result in self._shown:
            arguments = printable(masked_line(result.arguments))
            row = (str(result.number), str(result.code), duration(result.seconds), arguments, printable(result.remark))
            rows.append(row)
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        room = max(_LEAST_ROOM, width - sum(widths[:3]) - 5 * _GAP)
        remarks = min(max(len(row[4]) for row in rows), max(room // 2, room - widths[3]))
        widths[3] = min(widths[3], room - remarks)
        rows = [(*row[:3], _shortened(row[3], widths[3]), _shortened(row[4], remarks)) for row in rows]
        lines = [
            "  " + "  ".join((*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]))
            for row in rows
        ]
        more = self.failed - len(self._shown)
        return [*(line.rstrip() for line in lines), *([f"  and {more} more that failed"] if more else [])]


def _shortened(text: str, width: int) -> str:
    """Without its middle, where it is too long: the flags of an experiment stand at the end."""
    if len(text) <= width:
        return text
    head = (width - 1) // 2
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"
