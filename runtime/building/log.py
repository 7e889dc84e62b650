"""The events of a build into the lines of its log, which are those of `--progress=plain`, and into a bounded text.

'#5 [2/7] RUN …', '#5 0.123 what it printed', '#5 CACHED'.
"""

from collections import deque
from collections.abc import Iterator
from typing import assert_never

from caliban.compiler.diagnostics import printable
from caliban.compiler.facts.sizes import size
from caliban.runtime.building.events import Ended, Event, Moved, Printed, Remark, Started, Wrote

_EVERY = 2.0  # seconds between two lines about the same transfer
_NOTABLE = 0.05  # seconds; what took less needs no word
_HEAD, _TAIL = 300_000, 700_000  # characters of a log that are kept


class LogLines:
    """Spells events as they come."""

    def __init__(self) -> None:
        self._said: dict[tuple[int, str], float] = {}  # when a transfer was last reported

    def lines(self, event: Event) -> Iterator[str]:
        """The lines, without their ends and without control characters."""
        return map(_one_line, self._lines(event))

    def _lines(self, event: Event) -> Iterator[str]:
        match event:
            case Started():
                yield f"#{event.step} {event.name}"
            case Printed():
                yield f"#{event.step} {event.after:.3f} {event.line}"
            case Moved():
                if event.seconds - self._said.get((event.step, event.what), 0.0) >= _EVERY:
                    self._said[event.step, event.what] = event.seconds
                    total = f" of {size(event.total)}" if event.total else ""
                    yield f"#{event.step} {event.what}: {size(event.current)}{total}"
            case Ended():
                if event.error is not None:
                    yield f"#{event.step} ERROR: {event.error}"
                elif event.cached:
                    yield f"#{event.step} CACHED"
                elif event.seconds >= _NOTABLE:
                    yield f"#{event.step} DONE {event.seconds:.1f}s"
            case Remark():
                yield event.line
            case Wrote():
                pass
            case _:
                assert_never(event)


def _one_line(text: str) -> str:
    return printable(text.expandtabs())


class BoundedLog:
    """The beginning and the end of a log, whatever its length."""

    def __init__(self, first: str = "", *, head: int = _HEAD, tail: int = _TAIL) -> None:
        """`first` stands above it, whatever comes."""
        self._beginning = first
        self._head = head
        self._tail = tail
        self._ending: deque[str] = deque()
        self._length = 0  # of the ending
        self._dropped = 0  # lines

    def add(self, line: str) -> None:
        """One more line, without its end."""
        if not self._ending and not self._dropped and len(self._beginning) < self._head:
            self._beginning += f"{line}\n"
            return
        self._ending.append(line)
        self._length += len(line) + 1
        while self._length > self._tail:
            self._length -= len(self._ending.popleft()) + 1
            self._dropped += 1

    def text(self) -> str:
        """The log."""
        gap = f"… {self._dropped:,} lines …\n" if self._dropped else ""
        return self._beginning + gap + "".join(f"{line}\n" for line in self._ending)
