"""Notes of runs beside the engine: the folder for their results. No label has it, since an image can bring labels.

A note lies in caliban's own folder from before the start of the container until nothing is left to be done for it. Only
a caliban that has the note finishes a run that was left behind: another one, with another folder, would lose results.
"""

import json
import os
import time
from collections.abc import Collection
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import asdict

from caliban.runtime.state.folder import make_private

_FOLDER = "runs"
_KEPT = 30 * 24 * 3600  # seconds
_OLDEST = 365 * 24 * 3600  # seconds: no run takes as long


class Note(Struct, frozen=True, kw_only=True):
    """One run."""

    output: str | None = None  # the folder on this machine for its results
    since: int = 0  # ns: when it was started
    until: int | None = None  # ns: when its results began to be brought; what changed later was not written by the run
    is_brought: bool = False
    lost: float | None = None  # seconds since the epoch: when contact was lost; its user was told to read its log

    @property
    def is_kept(self) -> bool:
        """Return whether the container is kept for its log."""
        return self.lost is not None and time.time() - self.lost < _KEPT


NOTHING = Note()


def write_note(folder: str, container: str, note: Note) -> None:
    """Writes a note, whole or not at all; on a full disk a run goes on without one. `folder` is caliban's own."""
    path = _path(folder, container)
    with suppress(OSError):
        make_private(os.path.dirname(path))
        with open(f"{path}.part", "w", encoding="utf-8", errors="surrogateescape") as file:
            json.dump(asdict(note), file, ensure_ascii=False)
        os.replace(f"{path}.part", path)


def read_note(folder: str, container: str) -> Note | None:
    """The note of a container; None where there is none that can be read."""
    try:
        with open(_path(folder, container), encoding="utf-8", errors="surrogateescape") as file:
            return Note(**json.load(file))
    except (OSError, ValueError, TypeError):
        return None


def remove_note(folder: str, container: str) -> None:
    """Nothing is left to be done for the container."""
    with suppress(OSError):
        os.remove(_path(folder, container))


def prune_notes(folder: str, keep: Collection[str]) -> None:
    """Removes notes of containers that somebody else removed: a year after they were written."""
    with suppress(OSError), os.scandir(os.path.join(folder, _FOLDER)) as entries:
        for entry in entries:
            if entry.name not in keep and entry.stat().st_mtime < time.time() - _OLDEST:
                os.remove(entry.path)


def lock_path(folder: str, container: str) -> str:
    """A file for one caliban to finish the container alone. Raises OSError."""
    path = _path(folder, container)
    make_private(os.path.dirname(path))
    return f"{path}.lock"


def _path(folder: str, container: str) -> str:
    return os.path.join(folder, _FOLDER, container)
