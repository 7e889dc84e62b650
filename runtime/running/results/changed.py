"""The changes of a stopped container: from its overlay's upper folder if readable, else from the engine."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress

from caliban.compiler.diagnostics import ENGINE, Rejected
from caliban.compiler.os_errors import refusal_to_read
from caliban.runtime.engine.answers import ContainerChange, ContainerState
from caliban.runtime.engine.engine import Engine
from caliban.runtime.running import problems

_OPAQUE = "trusted.overlay.opaque"


def changes_of(engine: Engine, container: str, state: ContainerState) -> Iterator[ContainerChange]:
    """Every path that differs from the image, a folder before what is in it. Raises Rejected.

    In the upper folder lies also what was only opened for writing: a change need not be one of bytes.
    """
    if reads_upper(state):
        assert state.upper is not None, "it is read"
        return _read(state.upper, state.lowers)
    return engine.changes(container)


def wrote_nothing(state: ContainerState, folder: str) -> bool:
    """Return whether certainly nothing below a folder was written, without comparing every file of the image."""
    if reads_upper(state) and not state.volumes:
        assert state.upper is not None, "it is read"
        return not os.path.lexists(state.upper + folder)
    return False


def reads_upper(state: ContainerState) -> bool:
    """Return whether this process may read all of the overlay: root on the engine's machine may."""
    return state.upper is not None and os.geteuid() == 0 and os.path.isdir(state.upper)


def _read(upper: str, lowers: tuple[str, ...]) -> Iterator[ContainerChange]:
    """https://www.kernel.org/doc/html/latest/filesystems/overlayfs.html#whiteouts-and-opaque-directories"""
    waiting = list(reversed(_entries(upper, "")))
    while waiting:
        path, status = waiting.pop()
        if stat.S_ISCHR(status.st_mode) and status.st_rdev == 0:
            yield ContainerChange("D", path)
            continue
        known = any(os.path.lexists(lower + path) for lower in lowers)
        yield ContainerChange("C" if known else "A", path)
        if stat.S_ISDIR(status.st_mode):
            inside = _entries(upper, path)
            if known and _is_opaque(upper + path):  # removed, and made again
                mine = {each for each, _ in inside}
                gone = {each for lower in lowers for each, _ in _entries(lower, path)} - mine
                yield from (ContainerChange("D", each) for each in sorted(gone))
            waiting += reversed(inside)


def _entries(root: str, folder: str) -> list[tuple[str, os.stat_result]]:
    """Return the entries of a folder, sorted. Raises Rejected, also for paths too deep for any engine."""
    try:
        with os.scandir(root + folder) as entries:
            found = [(f"{folder}/{entry.name}", entry.stat(follow_symlinks=False)) for entry in entries]
    except FileNotFoundError:  # of one of several layers
        return []
    except OSError as error:
        raise Rejected(problems.not_readable(folder, refusal_to_read(error).reason), exit_code=ENGINE) from None
    return sorted(found, key=lambda entry: entry[0])


def _is_opaque(path: str) -> bool:
    with suppress(OSError, AttributeError):  # none, or no Linux
        return os.getxattr(path, _OPAQUE) == b"y"
    return False
