"""Names the files that vanish with a container whose results are brought nowhere."""

import filecmp
import os
import stat
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from caliban.compiler.diagnostics import Rejected, printable
from caliban.compiler.facts.sizes import size
from caliban.compiler.ir.effects import WORKDIR
from caliban.runtime.engine.answers import ContainerChange, ContainerState
from caliban.runtime.engine.engine import Engine
from caliban.runtime.running.results.changed import changes_of, reads_upper
from caliban.runtime.running.results.selection import is_byte_code
from caliban.runtime.running.results.stream import NotThereError, members, open_stream

_SHOWN = 5
# Where programs keep what they need while they run: not results, and not worth a word.
_PASSING = ("/run/", "/proc/", "/sys/", "/dev/")
_INIT = "/docker-init"  # that the engine puts there for --init


class Lost(NamedTuple):
    """The files that a run wrote, and that vanish."""

    files: int = 0  # below the working directory
    shown: tuple[tuple[str, int | None], ...] = ()  # the first of them, relative to it, with their bytes where known
    elsewhere: int = 0  # files in other places: `$HOME`, /tmp
    volumes: tuple[str, ...] = ()  # of the image: what was written there is not among the files


def lost_files(engine: Engine, container: str, state: ContainerState) -> Lost:
    """The files that a stopped container wrote, without byte code. Raises Rejected where the engine does not tell."""
    if not reads_upper(state) and engine.written_size(container) == 0:
        return Lost(volumes=state.volumes)  # no byte: empty files are not worth half a second
    files, elsewhere = 0, 0
    shown: list[str] = []
    for path in _leaves(changes_of(engine, container, state), state):
        if path.startswith(f"{WORKDIR}/"):
            files += 1
            shown = sorted([*shown, path])[:_SHOWN]
        else:
            elsewhere += 1
    sized = tuple((path.removeprefix(f"{WORKDIR}/"), _size(engine, container, state, path)) for path in shown)
    return Lost(files, sized, elsewhere, state.volumes)


def describe(lost: Lost) -> str:
    """The first files with their sizes."""
    names = [printable(name) if count is None else f"{printable(name)} ({size(count)})" for name, count in lost.shown]
    more = lost.files - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _leaves(changes: Iterable[ContainerChange], state: ContainerState) -> Iterator[str]:
    """The paths of files that are not as in the image; of folders only empty ones, as far as that can be told."""
    last: str | None = None
    for change in changes:
        if last is not None and not change.path.startswith(f"{last}/"):
            yield last
        last = change.path if _counts(change, state) else None
    if last is not None:
        yield last


def _counts(change: ContainerChange, state: ContainerState) -> bool:
    path = change.path
    if change.kind == "D" or is_byte_code(path) or path.startswith(_PASSING) or path.endswith(_INIT):
        return False
    mounts = (*state.mounts, *state.volumes)
    if any(f"{path}/".startswith(f"{mount}/") or mount.startswith(f"{path}/") for mount in mounts):
        return False  # a mount, or made for one
    if not reads_upper(state):
        return True
    assert state.upper is not None, "it is read"
    try:
        return _differs(state.upper + path, [lower + path for lower in state.lowers])
    except OSError:  # its path is too long to be looked at
        return True


def _differs(mine: str, lowers: Sequence[str]) -> bool:
    """Return whether a file has other bytes than the first below it; else it was only opened, or its mode changed."""
    status = os.lstat(mine)
    lower = next(filter(os.path.lexists, lowers), None)
    if lower is None:
        return not stat.S_ISDIR(status.st_mode)
    theirs = os.lstat(lower)
    if not stat.S_ISREG(status.st_mode) or not stat.S_ISREG(theirs.st_mode):
        return stat.S_IFMT(status.st_mode) != stat.S_IFMT(theirs.st_mode)
    return status.st_size != theirs.st_size or not filecmp.cmp(mine, lower, shallow=False)


def _size(engine: Engine, container: str, state: ContainerState, path: str) -> int | None:
    """Bytes of a file, None where that cannot be told at once."""
    if reads_upper(state):
        assert state.upper is not None, "it is read"
        with suppress(OSError):
            return os.lstat(state.upper + path).st_size
        return None
    try:
        with open_stream(engine, container, path, whole=False) as stream:
            return next(members(stream))[0].size
    except (tarfile.TarError, StopIteration, NotThereError, Rejected):
        return None
