"""One container of a run, from its start to its removal: wait for it, signal it, read its end, remove it."""

import signal
import subprocess
import threading
import time
from collections.abc import Mapping

from msgspec.structs import replace

from caliban.runtime.engine.answers import ContainerState
from caliban.runtime.engine.engine import Engine
from caliban.runtime.execute import Outcome, exit_code
from caliban.runtime.running.notes import NOTHING, Note, remove_note, write_note
from caliban.runtime.running.owner import owner_labels
from caliban.runtime.running.results.bring import Brought, Written, bring
from caliban.runtime.running.results.lost import Lost, lost_files

GRACE = 8.0  # seconds from a signal to SIGKILL
_CLOCK = 15_000_000  # ns by which the clock of a file system may be behind; no run ended so lately


class RunHandle:
    """The handle of one container. One that a killed caliban left behind has no client any more."""

    def __init__(
        self,
        engine: Engine,
        container: str,
        client: "subprocess.Popen[bytes] | None" = None,
        *,
        own_group: bool = True,
        folder: str = "",
        note: Note = NOTHING,
    ) -> None:
        """`own_group`: the terminal's Ctrl-C does not reach the client by itself; `folder` is caliban's own."""
        self.container = container  # its name or id
        self.output = note.output  # the folder on this machine for its results
        self.holds_results = note.output is not None and not note.is_brought
        self._folder = folder
        self._note = note
        self._engine = engine
        self._client = client
        self._own_group = own_group
        self._timers: list[threading.Timer] = []
        self._stopping = False
        self.timed_out = False  # it took longer than `end_after` allows

    def end_after(self, seconds: float) -> None:
        """End the container after this time, unless it has ended: TERM, and after `GRACE` more seconds SIGKILL."""
        timer = threading.Timer(seconds, self._time_out)
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def _time_out(self) -> None:
        if self.runs:
            self.timed_out = True
            self._engine.stop(self.container, GRACE)  # with a terminal, the client would not pass on a signal

    def wait(self) -> int:
        """Waits for the client, and returns its exit code."""
        assert self._client is not None, "a container that was adopted has no client"
        code = exit_code(self._client.wait())
        for timer in self._timers:
            timer.cancel()
        return code

    def interrupt(self, number: int, count: int) -> None:
        """Passes a signal on to the script once; a second one, or `GRACE` seconds, kill the container."""
        if not self.runs:
            return
        assert self._client is not None, "only what has a client is known to run"
        # In the terminal's own group the client has had Ctrl-C already, and passes it on.
        if count == 1 and (self._own_group or number != signal.SIGINT):
            self._client.send_signal(number)
        timer = threading.Timer(GRACE if count == 1 else 0, self.kill)  # a handler of signals must not wait
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def kill(self) -> None:
        """Ends the container and its client at once, where they still run."""
        if not self.runs:
            return
        self._engine.kill(self.container)
        if self._client is not None:
            self._client.kill()

    def stop(self) -> ContainerState | None:
        """Stops a container whose client is gone: TERM, and after `GRACE` SIGKILL; its state then."""
        self._stopping = True
        self._engine.stop(self.container, GRACE)
        self._stopping = False
        return self.state()

    @property
    def runs(self) -> bool:
        """Return whether the client still waits for the container, or the container is being stopped."""
        return self._stopping or self._client is None or self._client.poll() is None

    def state(self) -> ContainerState | None:
        """Return the state of the container; None if the engine does not answer."""
        return self._engine.container_state(self.container)

    def bring_results(self, state: ContainerState, sizes: Mapping[str, int]) -> Brought:
        """Brings what it wrote to its output, once. Raises Rejected where that fails: then it still holds them.

        `sizes` has the bytes that the image holds below some folders.
        """
        assert self.output is not None, "only a run with an output has a place for results"
        if self._note.until is None:
            self._note = replace(self._note, until=time.time_ns() - _CLOCK)
            write_note(self._folder, self.container, self._note)
        assert self._note.until is not None, "it was just set"
        written = Written(
            container=self.container,
            state=state,
            folder=self.output,
            since=self._note.since,
            until=self._note.until,
            labels=("caliban=run", *owner_labels()),
        )
        brought = bring(self._engine, written, sizes)
        self.holds_results = False
        return brought

    def note_lost_contact(self) -> None:
        """Notes that the engine went away: its user is told to read its log, so it stays a month."""
        write_note(self._folder, self.container, replace(self._note, lost=time.time()))

    def lost_files(self, state: ContainerState) -> Lost:
        """The files that it wrote, and that vanish with it."""
        return lost_files(self._engine, self.container, state)

    def last_output(self, lines: int) -> Outcome:
        """The last lines of what it wrote to stdout and stderr."""
        return self._engine.last_output(self.container, lines)

    def forget(self) -> None:
        """Nothing is left to be done for it."""
        remove_note(self._folder, self.container)


def remove(engine: Engine, *handles: RunHandle) -> None:
    """Removes containers in any state, by one order; those that hold results stay."""
    if done := [handle for handle in handles if not handle.holds_results]:
        engine.remove_containers(*(handle.container for handle in done))
        for handle in done:
            handle.forget()
