"""Records of a project's last builds and their logs, for `explain`, `diff` and people."""

import json
import os
import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from itertools import islice

from msgspec import Struct
from msgspec.structs import asdict

from caliban.runtime.building.timeline import Vertex
from caliban.runtime.state.folder import make_private

KEPT = 5  # of a project and mode; and as many logs of builds that failed
_LOG = ".log"
_FORMAT = 1


class Record(Struct, frozen=True, kw_only=True):
    """One build."""

    when: float  # seconds since the epoch
    image: str  # its id
    base: str | None  # the id of its base, where the engine had it as an image
    dockerfile: str
    owner: str  # '1000:1000', a build argument
    platform: str | None
    epoch: int | None = None  # $SOURCE_DATE_EPOCH
    files: Mapping[str, str]  # of the context: path → digest of the content
    timeline: tuple[Vertex, ...]
    indexes: str = ""  # a build argument: what tells those that were asked from others


def keep_record(folder: str, root: str, mode: str, record: Record, log: str = "") -> None:
    """Writes a record and its log, and removes the oldest ones. Raises OSError."""
    place = _place(folder, root, mode)
    make_private(place)
    text = json.dumps({"format": _FORMAT, **asdict(record)}, ensure_ascii=False).encode("utf-8", "surrogateescape")
    path = os.path.join(place, f"{_number(place):020}")
    _write(path + _LOG, log.encode("utf-8", "backslashreplace"))
    _write(path, zlib.compress(text, 1))
    _remove_old(place)


def keep_log_of_failure(folder: str, root: str, mode: str, log: str) -> str | None:
    """The path of the log of a build that failed, and so has no record; None where it cannot be kept."""
    place = _place(folder, root, mode)
    try:
        make_private(place)
        path = os.path.join(place, f"{_number(place):020}{_LOG}")
        _write(path, log.encode("utf-8", "backslashreplace"))
        _remove_old(place)
    except OSError:  # a full disk: the error that is about to be reported matters more
        return None
    return path


def last_log(folder: str, root: str, mode: str) -> str | None:
    """The path of the log of the last build that succeeded; None where it is gone."""
    place = _place(folder, root, mode)
    path = os.path.join(place, f"{next(reversed(_names(place)), '')}{_LOG}")
    return path if os.path.isfile(path) else None


def read_log(path: str) -> str:
    """A log that was kept; nothing where another caliban has just removed it."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _write(path: str, content: bytes) -> None:
    """All of it or nothing."""
    try:
        with open(os.open(f"{path}.part", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        os.replace(f"{path}.part", path)
    except OSError:  # a full disk
        with suppress(OSError):
            os.remove(f"{path}.part")
        raise


def _remove_old(place: str) -> None:
    """Removes the oldest records with their logs, the oldest logs of failed builds, and what a killed caliban left."""
    records = _names(place)
    kept = set(records[-KEPT:])
    failed = [name for name in _logs(place) if name not in records]
    old = [name for name in (*records, *failed) if name not in kept and name not in failed[-KEPT:]]
    for name in (*old, *(f"{name}{_LOG}" for name in old), *_halves(place)):
        with suppress(FileNotFoundError):  # another caliban was faster
            os.remove(os.path.join(place, name))


def last_records(folder: str, root: str, mode: str, count: int) -> tuple[Record, ...]:
    """The last records, the newest first; one that is damaged or of another version is passed over."""
    place = _place(folder, root, mode)
    found = (_read(os.path.join(place, name)) for name in reversed(_names(place)))
    return tuple(islice((record for record in found if record is not None), count))


def was_built(folder: str, root: str, mode: str) -> bool:
    """Return whether any build is on record."""
    return bool(_names(_place(folder, root, mode)))


def _place(folder: str, root: str, mode: str) -> str:
    name = sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:24]
    return os.path.join(folder, "builds", f"{name}-{mode}")


def _names(place: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(place) if name.isdigit())
    except OSError:
        return []


def _logs(place: str) -> list[str]:
    """The numbers of the logs."""
    return sorted(name.removesuffix(_LOG) for name in os.listdir(place) if name.endswith(_LOG))


def _halves(place: str) -> list[str]:
    """Return the files that a killed caliban left: writing a record takes less than a day."""
    with os.scandir(place) as entries:
        halves = [entry for entry in entries if entry.name.endswith(".part")]
        return [entry.name for entry in halves if entry.stat().st_mtime < time.time() - 86_400]


def _number(place: str) -> int:
    """By when it is; behind those that are there, also where the clock was set back."""
    newest = (*_names(place)[-1:], *_logs(place)[-1:])
    return max(time.time_ns(), *(int(name) + 1 for name in newest), 0)


def _read(path: str) -> Record | None:
    try:
        with open(path, "rb") as file:
            values = json.loads(zlib.decompress(file.read()).decode("utf-8", "surrogateescape"))
        if values.pop("format") != _FORMAT:
            return None
        timeline = tuple(Vertex(*vertex) for vertex in values.pop("timeline"))
        return Record(**values, timeline=timeline)
    except (OSError, ValueError, TypeError, KeyError, zlib.error):
        return None
