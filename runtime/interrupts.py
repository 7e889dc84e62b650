"""Ctrl-C, TERM and a closed terminal as events: who waits for a process says what a signal does to it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Reaction = Callable[[int, int], None]  # the signal, and the how many-th it is


class Interrupted(BaseException):
    """A signal came while nothing ran that could be told."""


class Interrupts:
    """The signals of one command of caliban."""

    def __init__(self) -> None:
        self.first: int | None = None  # the signal that came first
        self.count = 0
        self._reaction: Reaction | None = None
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup: stay deaf
                signal.signal(number, self._receive)

    @property
    def exit_code(self) -> int:
        """What caliban exits with after the signal: 130 for Ctrl-C, 143 for TERM."""
        assert self.first is not None, "nothing interrupted"
        return 128 + self.first

    @contextmanager
    def told(self, reaction: Reaction) -> Iterator[None]:
        """While this lasts, signals go to the reaction instead of ending caliban."""
        before, self._reaction = self._reaction, reaction
        try:
            yield
        finally:
            self._reaction = before

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self.first = self.first or number
        self.count += 1
        if self._reaction is None:
            raise Interrupted
        self._reaction(number, self.count)
