"""Runs launches in slots, side by side; a signal reaches all that run.

Each container has a handle, and each handle a thread that waits: the executor takes the ends from one queue, and
Python runs the handlers of signals meanwhile. docker's client ends at the first write that fails, so a client that
ended before its container, or with another exit code, could not pass the output on.
"""

import signal
import time
from collections.abc import Generator, Iterable, Iterator
from queue import SimpleQueue
from threading import Thread, Timer
from typing import NamedTuple, NoReturn

from caliban.compiler.diagnostics import ENGINE
from caliban.compiler.ir.job import Launch
from caliban.runtime.engine.answers import ContainerState
from caliban.runtime.engine.engine import Engine
from caliban.runtime.interrupts import Interrupts
from caliban.runtime.running.handle import GRACE, RunHandle, remove
from caliban.runtime.running.runs import LostContactError, Runs
from caliban.runtime.say import say
from caliban.runtime.terminals import reader_is_gone

TIMED_OUT = 124  # as coreutils' timeout has it
_SILENCE = 1.0  # seconds after a signal until it is said what a second one does


class EndedRun(NamedTuple):
    """A run that came to its end; its container is there until the next one is asked for."""

    launch: Launch
    handle: RunHandle
    state: ContainerState
    seconds: float
    cut_off: bool = False  # whether its output could not be passed on to the end

    @property
    def code(self) -> int:
        """The exit code that the run counts with."""
        return TIMED_OUT if self.handle.timed_out else ENGINE if self.cut_off else self.state.code


class _LiveRun(NamedTuple):
    launch: Launch
    handle: RunHandle
    began: float


class Executor:
    """Starts the runs of a plan, as many at a time as it has slots."""

    def __init__(
        self, runs: Runs, engine: Engine, interrupts: Interrupts, *, slots: int = 1, timeout: float | None = None
    ) -> None:
        """`timeout`: seconds after which a run is ended."""
        self._runs = runs
        self._engine = engine
        self._interrupts = interrupts
        self._slots = slots
        self._timeout = timeout
        self._live: list[_LiveRun] = []
        self._ended: SimpleQueue[tuple[_LiveRun, int]] = SimpleQueue()

    def results(self, launches: Iterable[Launch]) -> Generator[EndedRun, None, None]:
        """The runs, as they end; after a signal no other one is started.

        Close it where not all are wanted: then what still runs is killed. Raises Rejected where the engine could not
        start a run, and Interrupted where a signal kept it from starting.
        """
        waiting = iter(launches)
        try:
            while True:
                with self._interrupts.reaching(self._interrupt):
                    self._fill(waiting)
                    if not self._live:
                        return
                    ended = self._next()
                yield ended
                self._remove(ended.handle)
        finally:
            for run in self._live:
                run.handle.kill()
                run.handle.wait()
            self._remove(*(run.handle for run in self._live))

    def _interrupt(self, number: int, count: int) -> None:
        for run in self._live:
            run.handle.interrupt(number, count)
        if count == 1:
            waiting = Timer(_SILENCE, self._say_what_kills, (number,))  # a handler of signals must not wait
            waiting.daemon = True
            waiting.start()

    def _say_what_kills(self, number: int) -> None:
        if self._interrupts.count == 1 and any(run.handle.runs for run in self._live):
            name = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name
            left = GRACE - _SILENCE
            say(f"the script goes on after {name}; once more kills it, and so does caliban in {left:.0f} seconds")

    def _fill(self, waiting: Iterator[Launch]) -> None:
        while len(self._live) < self._slots and self._interrupts.first is None:
            launch = next(waiting, None)
            if launch is None:
                return
            self._start(launch, self._runs.claim_output(launch))

    def _start(self, launch: Launch, output: str | None) -> None:
        run = _LiveRun(launch, self._runs.start(launch, output), time.monotonic())
        self._live.append(run)
        if self._timeout is not None:
            run.handle.end_after(self._timeout)
        Thread(target=lambda: self._ended.put((run, run.handle.wait())), daemon=True).start()
        if self._interrupts.first is not None:  # a signal came while it was started
            run.handle.interrupt(self._interrupts.first, self._interrupts.count)
        self._runs.report_orphans()

    def _next(self) -> EndedRun:
        """The next run that ends, once it is known how."""
        while True:
            run, client_code = self._ended.get()
            state = run.handle.state()
            if state is not None and not state.began:
                run.handle.holds_results = False
            if self._runs.needs_restart(state):
                self._remove(run.handle)
                self._start(run.launch, run.handle.output)
                continue
            ended_by_us = self._interrupts.first is not None or run.handle.timed_out
            cut_off = not ended_by_us and _is_cut_off(state, client_code)
            if cut_off:
                if reader_is_gone():
                    self._interrupts.reader_went_away()
                state = run.handle.stop()
            if state is None or not state.ended:
                self._explain(run, state)
            return EndedRun(run.launch, run.handle, state, time.monotonic() - run.began, cut_off)

    def _explain(self, run: _LiveRun, state: ContainerState | None) -> NoReturn:
        try:
            self._runs.explain(run.handle, state)
        except LostContactError:
            self._live.remove(run)  # neither killed nor removed
            raise

    def _remove(self, *handles: RunHandle) -> None:
        """Removes containers of ours."""
        self._live = [run for run in self._live if run.handle not in handles]
        if handles:
            remove(self._engine, *handles)


def _is_cut_off(state: ContainerState | None, client_code: int) -> bool:
    """Return whether the client ended before its container, or could not write all of its output."""
    return state is not None and state.began and (not state.ended or state.code != client_code)
