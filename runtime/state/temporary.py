"""Folders below caliban's own that only one process needs; what a killed one left, the next command removes."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from caliban.runtime.running.owner import is_gone, owner_of_process

_PREFIX = "build-"
_OWNER = "owner"  # a file in each of them: the process and its host
_UNOWNED = 86_400  # seconds after which a folder that names no owner has none: earlier versions made such


@contextmanager
def temporary_folder(state: str) -> Iterator[str]:
    """A new folder below `state`, removed at the end. Raises OSError."""
    import tempfile  # only a build needs it

    folder = tempfile.mkdtemp(prefix=_PREFIX, dir=state)
    try:
        with open(os.path.join(folder, _OWNER), "w", encoding="utf-8") as file:
            file.write("\n".join(owner_of_process()))
        yield folder
    finally:
        remove_folder(folder)


def remove_leftovers(state: str) -> None:
    """Removes the folders of processes that have ended; those of other hosts stay, which may share `state`."""
    for name in os.listdir(state):
        if name.startswith(_PREFIX) and _is_left(os.path.join(state, name)):
            remove_folder(os.path.join(state, name))


def remove_folder(folder: str) -> None:
    """Removes a folder of ours as far as it can be.

    Its files may be links to files of the user's: nothing but names may change. `tempfile` and `shutil` have handlers
    that change modes of files too.
    """
    folders = [folder]
    for path in folders:
        with suppress(OSError):
            os.chmod(path, stat.S_IRWXU)
            with os.scandir(path) as entries:
                folders += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: str) -> bool:
    try:
        with open(os.path.join(folder, _OWNER), encoding="utf-8", errors="replace") as file:
            owner, _, host = file.read(4096).partition("\n")
    except OSError:
        owner = host = ""
    if owner:
        return is_gone(owner, host)
    try:
        return os.stat(folder).st_mtime < time.time() - _UNOWNED
    except OSError:
        return False
