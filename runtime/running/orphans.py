"""The runs of a caliban that was killed: those that go on are named, those that have ended are finished."""

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from msgspec.structs import replace

from caliban.compiler.diagnostics import Rejected
from caliban.runtime.engine.answers import ListedContainer
from caliban.runtime.engine.engine import Engine
from caliban.runtime.execute import Future
from caliban.runtime.running import problems
from caliban.runtime.running.handle import RunHandle, remove
from caliban.runtime.running.notes import Note, lock_path, prune_notes, read_note, write_note
from caliban.runtime.running.owner import is_orphan
from caliban.runtime.say import report, say

_LABELS = ("caliban.owner", "caliban.host")
_CREATED = "created"
_ENDED = (_CREATED, "exited", "dead")


def find_orphans(engine: Engine) -> Future[list[ListedContainer]]:
    """Asks for the containers whose caliban was killed; with the answer, those that go on are named.

    The others are the answer, for `finish_orphans`. Nobody else's are among them.
    """
    return engine.containers("caliban=run", _LABELS).then(lambda rows: _report_running(filter(_is_orphan, rows)))


def finish_orphans(engine: Engine, orphans: Sequence[ListedContainer], folder: str) -> None:
    """Brings the results of runs that have ended, and removes their containers; `folder` is caliban's own.

    What cannot be brought is reported, and its container stays. Those with which contact was lost stay for a month, and
    those of which another folder has the note are left to a caliban that has it.
    """
    for orphan in orphans:
        with _alone(orphan.name, folder) as alone:
            if alone and (note := read_note(folder, orphan.name)) is not None:
                _finish(orphan.name, note, engine, folder)
            elif alone and orphan.status == _CREATED:  # it wrote nothing
                engine.remove_containers(orphan.name)
    prune_notes(folder, keep={orphan.name for orphan in orphans})


def _finish(container: str, note: Note, engine: Engine, folder: str) -> None:
    handle = RunHandle(engine, container, folder=folder, note=note)
    if handle.holds_results:
        state = handle.state()
        if state is None:
            return
        try:
            brought = handle.bring_results(state, {}) if state.began else None
        except Rejected as rejected:
            for problem in rejected.diagnostics:
                report(problem)
            return
        if brought is not None:
            for line in brought.lines(note.output or ""):
                say(line)
            say(f"brought to {note.output}: {_count(brought.files)} of a run that an earlier caliban left")
        handle.holds_results = False
    if note.is_kept:
        write_note(folder, container, replace(note, is_brought=True))
        return
    remove(engine, handle)


def _count(files: int) -> str:
    return "1 file" if files == 1 else f"{files} files"


def _report_running(orphans: Iterable[ListedContainer]) -> list[ListedContainer]:
    """Names the orphans that go on; the others."""
    found = list(orphans)
    if running := [orphan.name for orphan in found if orphan.status not in _ENDED]:
        report(problems.orphans_go_on(running))
    return [orphan for orphan in found if orphan.status in _ENDED]


@contextmanager
def _alone(container: str, folder: str) -> Iterator[bool]:
    """Lock a container, so that no other caliban finishes it: results that came twice would be taken for two files."""
    try:
        path = lock_path(folder, container)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:  # a full disk: the next command tries again
        yield False
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
        with suppress(OSError):
            os.remove(path)
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)


def _is_orphan(row: ListedContainer) -> bool:
    return len(row.labels) == len(_LABELS) and is_orphan(row.labels[0], row.labels[1], row.status)
