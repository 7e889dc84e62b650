"""Runs a build to its end: its events to all that read them, and where it makes an archive, what loads that."""

import os
import re
import select
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from caliban.backends.command import Command
from caliban.backends.report.layers import LayerNames
from caliban.runtime.building.change_detector import ChangeDetector
from caliban.runtime.building.display import Display, display
from caliban.runtime.building.events import Ended, Event, EventReader, Wrote
from caliban.runtime.building.failure import Failure, FailureReader
from caliban.runtime.building.log import BoundedLog, LogLines
from caliban.runtime.building.timeline import Timeline, Vertex
from caliban.runtime.execute import exit_code
from caliban.runtime.say import plain_words
from caliban.runtime.session import Session

_TICK = 100  # ms; how often a display may show that time passes
_CHUNK = 1 << 16
# Seconds. A transfer ends twice: the first time, after 30 to 60 µs here, the builder has made its key and read no file.
_LOOKED_UP = 0.001
# Of files of the project: the main context, and those that `separate_contexts` names. uv's own is none of them.
_TRANSFER = re.compile(r"\[internal\] load build context|\[context context-\d+\] load from client")


class Watched(NamedTuple):
    """The result of a build."""

    timeline: tuple[Vertex, ...]
    image: str | None = None  # its id, where the builder tells it
    failure: Failure | None = None  # where the builder failed
    not_loaded: str | None = None  # what the engine said, where it was that which did not take the archive
    log: str = ""  # the command and all that the builder said, bounded


def watch(
    command: Command,
    texts: Mapping[str, str],
    session: Session,
    detector: ChangeDetector,
    names: LayerNames,
    meanwhile: Callable[[], object],
) -> Watched:
    """Runs a build to its end; `texts` are variables for it alone. Raises Rejected where it cannot be started.

    `meanwhile` is called while the builder loads itself, which takes it a quarter of a second.
    """
    reader, timeline, failing = EventReader(_secrets(command, session.environment)), Timeline(), FailureReader()
    log, lines = BoundedLog(f"+ {command.shell()}\n"), LogLines()
    image: str | None = None
    with _started(command, texts, session) as (build, loading):
        assert build.stderr is not None, "progress and errors are a pipe"
        meanwhile()
        with display(names, session.environment) as shown:
            for raw in _lines(build.stderr.fileno(), shown):
                for event in reader.events(raw):
                    timeline.read(event)
                    failing.read(event)
                    shown.show(event)
                    for line in lines.lines(event):
                        log.add(line)
                    if isinstance(event, Wrote):
                        image = event.image
                    elif _is_transfer(event):
                        detector.look()
            code = exit_code(build.wait())
        refusal = _refusal(loading) if loading is not None else None
    failure = failing.failure() if code else None
    # A builder whose archive nobody takes ends without a word, and half an archive is refused too.
    if refusal is not None and (failure is None or not failure.says_why):
        return Watched(timeline.vertices(), not_loaded=refusal, log=log.text())
    return Watched(timeline.vertices(), image, failure, log=log.text())


def _lines(descriptor: int, shown: Display) -> Iterator[bytes]:
    """The lines that come, each as it comes; the display learns that time passes."""
    rest, waiting = b"", select.poll()
    waiting.register(descriptor, select.POLLIN)
    while True:
        if waiting.poll(_TICK):
            chunk = os.read(descriptor, _CHUNK)
            if not chunk:
                break
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole
        shown.tick()
    if rest:
        yield rest


def _is_transfer(event: Event) -> bool:
    """Return whether the builder has just read files of the project."""
    return isinstance(event, Ended) and _TRANSFER.fullmatch(event.name) is not None and event.seconds >= _LOOKED_UP


def _secrets(command: Command, environment: Mapping[str, str]) -> list[str]:
    """The values of variables that are lent to the build: what it runs may print them."""
    named = (re.search(r"\benv=([A-Za-z_][A-Za-z0-9_]*)", word) for word in command.argv if word.startswith("id="))
    values = (environment.get(found[1], "") for found in named if found is not None)
    return [line for value in values for line in value.splitlines()]


@contextmanager
def _started(
    command: Command, texts: Mapping[str, str], session: Session
) -> "Iterator[tuple[subprocess.Popen[bytes], subprocess.Popen[bytes] | None]]":
    """The build and what loads its archive. Signals go to both, and neither outlives what is done with them."""
    build, loading = session.engine.start_build(command, texts)
    processes = [process for process in (build, loading) if process is not None]

    def pass_on(number: int, count: int) -> None:
        for process in processes:
            process.send_signal(number if count == 1 else signal.SIGKILL)

    try:
        with session.interrupts.reaching(pass_on):
            yield build, loading
    finally:
        for process in processes:
            if process.poll() is None:  # only where an exception ended this
                process.terminate()
                process.communicate()  # its pipe may be full


def _refusal(loading: "subprocess.Popen[bytes]") -> str | None:
    """Return why the engine did not load the archive; None if it did."""
    said, _ = loading.communicate()
    return plain_words(said.decode("utf-8", "replace")) if exit_code(loading.returncode) else None
