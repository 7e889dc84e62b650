"""Ctrl-C, TERM and a closed terminal as events, for all processes that are under way.

Signals keep the system's meaning until a command has something to tidy up: an exception in the middle of an import that
defines a msgspec value crashes the interpreter.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Reaction = Callable[[int, int], None]  # the signal, and its number in the order of their arrival, from 1


class Interrupted(BaseException):
    """A signal came while nothing ran that it could be passed on to."""


class Interrupts:
    """The signals of one command of caliban."""

    def __init__(self) -> None:
        self.first: int | None = None  # the signal that came first
        self.count = 0
        self._reactions: list[Reaction] = []

    def listen(self) -> None:
        """From now on, signals come here; before, they end caliban as the system does, without an exception.

        An exception in the middle of an import that defines a Struct crashes the interpreter (seen with msgspec 0.23).
        """
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup: stay deaf
                signal.signal(number, self._receive)

    def ignore(self) -> None:
        """From now on, signals do nothing: caliban is about to end."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    @property
    def exit_code(self) -> int:
        """The exit code after the signal: 130 for Ctrl-C, 143 for TERM, 129 for HUP."""
        assert self.first is not None, "nothing interrupted"
        return 128 + self.first

    @contextmanager
    def held(self) -> Iterator[None]:
        """While this lasts, signals wait: for imports, see `listen`."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @contextmanager
    def reaching(self, reaction: Reaction) -> Iterator[None]:
        """While this lasts, signals reach the reaction too, and do not end caliban."""
        self._reactions.append(reaction)
        try:
            yield
        finally:
            self._reactions.remove(reaction)

    def reader_went_away(self) -> None:
        """Nobody reads caliban's output any more: it ends as a signal would end it, with SIGPIPE's exit code."""
        self.first = self.first or signal.SIGPIPE

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self.first = self.first or number
        self.count += 1
        if not self._reactions:
            raise Interrupted
        for reaction in self._reactions:
            reaction(number, self.count)
