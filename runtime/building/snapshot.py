"""A snapshot of a project's files for a second build: links to what did not change, and copies of what did.

Nothing of the user's is written to. A hard link changes the link count and ctime of a file, and so does its end: the
next build reads such files again.
"""

import errno
import hashlib
import os
import secrets
import shutil
import stat
import time
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from io import FileIO

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.project import file_problems
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import FileFact
from caliban.runtime.building import problems

_AT_ONCE = 1 << 20  # bytes
# Seconds between attempts to copy a file that is being written to; who saves a file needs less.
_PAUSES = (0.1, 0.3, 0.6, 1.0, 2.0, 0.0)
_TICK = 20_000_000  # ns: two writes within less may leave the same mtime
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe in its place would block
_FULLEST = 0.9  # of the room on the disk


class UnstableError(Exception):
    """A file changed while it was copied."""


def take_snapshot(
    root: str, files: Sequence[FileFact], copied: Set[str], digests: Mapping[FileFact, bytes], target: str
) -> tuple[tuple[FileFact, bytes], ...]:
    """Fills `target`, a new folder, with a project's files; each as it is there, with its digest.

    The paths in `copied` get copies of their own, and so does what cannot be linked. What is not there any more is left
    out. Raises Rejected where a file cannot be read, does not stop changing, or has no room; OSError.
    """
    os.mkdir(target)
    taken: list[tuple[FileFact, bytes | None]] = []
    for fact in files:  # sorted: a folder before what is in it
        place = os.path.join(target, fact.path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        try:
            digest = _take(fact, os.path.join(root, fact.path), place, digests, linked=fact.path not in copied)
        except (FileNotFoundError, NotADirectoryError):
            continue
        taken.append((fact, digest))
    for fact, _ in reversed(taken):
        if stat.S_ISDIR(fact.mode):  # only now: one that may not be written to could not have been filled
            place = os.path.join(target, fact.path)
            os.utime(place, ns=(fact.mtime, fact.mtime))
            os.chmod(place, stat.S_IMODE(fact.mode))
    disk = Disk(target)
    facts = [(disk.fact(fact.path), digest) for fact, digest in taken]
    return tuple((fact, digest or b"") for fact, digest in facts if fact is not None)


def _take(fact: FileFact, source: str, place: str, digests: Mapping[FileFact, bytes], *, linked: bool) -> bytes | None:
    """Puts one file into the snapshot; its digest, None for what has no content."""
    if stat.S_ISDIR(fact.mode):
        os.makedirs(place, exist_ok=True)
        return None
    if stat.S_ISLNK(fact.mode) and os.path.islink(source):
        words = os.readlink(source)
        os.symlink(words, place)
        os.utime(place, ns=(fact.mtime, fact.mtime), follow_symlinks=False)
        return hashlib.sha256(os.fsencode(words)).digest()
    if not stat.S_ISREG(os.lstat(source).st_mode):
        return None
    digest = digests.get(fact)
    if linked and digest is not None and _link(fact, source, place):
        return digest
    return _copy(fact.path, source, place)


def _link(fact: FileFact, source: str, place: str) -> bool:
    """Return whether a hard link is possible: some file systems forbid it, and the file may just have changed."""
    try:
        os.link(source, place, follow_symlinks=False)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    status = os.lstat(place)
    if (status.st_ino, status.st_size, status.st_mtime_ns) == (fact.inode, fact.size, fact.mtime):
        return True
    os.remove(place)
    return False


def _copy(path: str, source: str, place: str) -> bytes:
    """Copies a file that nobody writes to meanwhile; its digest."""
    size = os.lstat(source).st_size
    if size > _FULLEST * shutil.disk_usage(os.path.dirname(place)).free:
        raise Rejected(problems.too_large_to_copy(path, size))
    for pause in _PAUSES:
        try:
            return _copy_once(source, place)
        except UnstableError:
            time.sleep(pause)
        except PermissionError as error:
            raise Rejected(file_problems.unreadable(path, error)) from None
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise Rejected(problems.too_large_to_copy(path, size)) from None
        with suppress(FileNotFoundError):
            os.remove(place)
    raise Rejected(problems.kept_changing([path]))


def _copy_once(source: str, place: str) -> bytes:
    """Raises UnstableError where the file changed meanwhile, unless it only grew; OSError."""
    digest = hashlib.sha256()
    try:
        opened = os.open(source, _FLAGS)
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link is in its place now
            raise UnstableError from None
        raise
    with open(opened, "rb", buffering=0) as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise UnstableError
        if time.time_ns() - before.st_mtime_ns < _TICK:
            time.sleep(_TICK / 1e9)
        with open(place, "xb", buffering=0) as copy:
            left = before.st_size
            while left and (read := file.read(min(left, _AT_ONCE))):
                copy.write(read)
                digest.update(read)
                left -= len(read)
                after = os.fstat(file.fileno())
                if after.st_mtime_ns != before.st_mtime_ns and after.st_size <= before.st_size:
                    raise UnstableError
        # The mtime changes when a write begins, not while it goes on: so the file is read once more.
        after = os.fstat(file.fileno())
        quiet = after.st_mtime_ns == before.st_mtime_ns or after.st_size > before.st_size
        if left or not quiet or not _begins(file, before.st_size, digest.digest()):
            raise UnstableError
    os.chmod(place, stat.S_IMODE(before.st_mode))
    # The builder may hold a part of the file under its very size and mtime.
    mtime = before.st_mtime_ns // 10**9 * 10**9 + secrets.randbelow(10**9)
    os.utime(place, ns=(mtime, mtime))
    return digest.digest()


def _begins(file: FileIO, size: int, digest: bytes) -> bool:
    """Return whether an open file still begins with the bytes of this digest."""
    file.seek(0)
    now, left = hashlib.sha256(), size
    while left and (read := file.read(min(left, _AT_ONCE))):
        now.update(read)
        left -= len(read)
    return now.digest() == digest
