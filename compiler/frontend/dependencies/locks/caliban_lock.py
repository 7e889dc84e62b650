"""The `caliban.lock` of the project, if it has one: what a later build is to be like."""

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.dependencies.paths import is_mountable
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.locks import caliban_lock_problems as problems
from caliban.compiler.locks.caliban_lock import CalibanLock, read_lock
from caliban.compiler.locks.resolved import CALIBAN_LOCK


def read_caliban_lock(disk: Disk, command: str) -> CalibanLock | None:
    """Read caliban.lock; `command` makes it again.

    Raises Rejected where it cannot be read, or names a file that is not in the project.
    """
    text = disk.text(CALIBAN_LOCK)
    if text is None:
        return None
    lock = read_lock(text, command)
    if gone := [path for path in lock.files if not _is_wheel(disk, path)]:
        raise Rejected(*(problems.file_gone(path, command) for path in gone))
    return lock


def _is_wheel(disk: Disk, path: str) -> bool:
    """Return whether a path is an archive of the project; nothing else is ever installed by its path."""
    is_archive = path.endswith((".whl", ".tar.gz", ".zip"))
    return is_archive and is_mountable(path) and disk.is_file(path) and disk.inside(path) is not None
