"""What the last builds of a project were made of, and how they went: for explain and diff."""

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

from caliban.runtime.building.log import Vertex
from caliban.runtime.state.folder import make_private

KEPT = 5  # of a project and mode
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


def keep_record(folder: str, root: str, mode: str, record: Record) -> None:
    """Writes a record, and removes the oldest ones. Raises OSError."""
    place = _place(folder, root, mode)
    make_private(place)
    text = json.dumps({"format": _FORMAT, **asdict(record)}, ensure_ascii=False).encode("utf-8", "surrogateescape")
    path = os.path.join(place, f"{_number(place):020}")
    try:
        with open(os.open(f"{path}.part", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(zlib.compress(text, 1))
        os.replace(f"{path}.part", path)
    except OSError:  # a full disk
        with suppress(OSError):
            os.remove(f"{path}.part")
        raise
    for name in _names(place)[:-KEPT]:
        os.remove(os.path.join(place, name))


def last_records(folder: str, root: str, mode: str, count: int) -> tuple[Record, ...]:
    """The last records, the newest first; one that is damaged or of another version is passed over."""
    place = _place(folder, root, mode)
    found = (_read(os.path.join(place, name)) for name in reversed(_names(place)))
    return tuple(islice((record for record in found if record is not None), count))


def was_built(folder: str, root: str, mode: str) -> bool:
    """Whether there is a record of any build."""
    return bool(_names(_place(folder, root, mode)))


def _place(folder: str, root: str, mode: str) -> str:
    name = sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:24]
    return os.path.join(folder, "builds", f"{name}-{mode}")


def _names(place: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(place) if name.isdigit())
    except OSError:
        return []


def _number(place: str) -> int:
    """By when it is; behind those that are there, also where the clock was set back."""
    return max(time.time_ns(), *(int(name) + 1 for name in _names(place)[-1:]), 0)


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
