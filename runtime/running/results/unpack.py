"""Unpacks a tar stream below a folder that somebody else may fill with links: no component of a path is followed.

A file appears whole or not at all: it is written under another name, and then renamed.
"""

import errno
import os
import stat
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import count

from caliban.runtime.running.results.stream import MemberContent

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PERMISSIONS = 0o777  # neither setuid nor sticky
_OWN = 0o700
_LONGEST = 255  # bytes of a name: https://man7.org/linux/man-pages/man3/limits.h.0p.html, NAME_MAX
_FATAL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)  # of the disk, not of one file


class Unpacker:
    """Puts files below one folder.

    What cannot be written because of its own place is remembered in `failed`, and the others go on; every method raises
    OSError where the disk takes no more.
    """

    def __init__(self, target: str, since: int, until: int, passing: str) -> None:
        """Prepare to unpack; files changed in these ns since the epoch were written by the run itself, and stay.

        `passing` is a name for what is not whole yet. A later attempt has the same one, and cleans up by it.
        """
        self._root = os.open(target, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._since = since
        self._until = until
        self._passing = passing
        self._way: list[tuple[str, str]] = []  # to the folder that was entered last: the names, and what they are here
        self._folder = os.dup(self._root)
        self._modes: dict[tuple[str, ...], int] = {}  # of folders that are left to be made unwritable
        self.files = 0
        self.entries = 0  # files and folders, and what was skipped
        self.size = 0  # bytes
        self.skipped: list[str] = []  # devices and pipes
        self.renamed: dict[str, str] = {}  # a path, and the name that its last part got here
        self.failed: dict[str, OSError] = {}

    def close(self) -> None:
        """Gives the last folders their modes."""
        try:
            for names, mode in sorted(self._modes.items(), key=lambda item: -len(item[0])):
                with suppress(OSError):  # somebody moved it
                    folder = self._open(names)
                    os.fchmod(folder, mode)
                    os.close(folder)
        finally:
            os.close(self._folder)
            os.close(self._root)

    def put(self, path: str, member: tarfile.TarInfo, content: MemberContent | None) -> None:
        """One member of a stream, at this path relative to the folder; folders come before what is in them."""
        self.entries += 1
        if member.isdir():
            self._try(path, lambda: self._enter(path.split("/"), member.mode & _PERMISSIONS))
        elif member.issym():
            self._try(path, lambda: self._place(path, lambda at: os.symlink(member.linkname, at, dir_fd=self._folder)))
        elif member.isreg():
            assert content is not None, "a file has a content"
            self._try(path, lambda: self._place(path, lambda at: self._write(at, member, content)))
        else:
            self.skipped.append(path)

    def link(self, path: str, other: str) -> None:
        """A second name of a file that is here already."""
        self.entries += 1
        self._try(path, lambda: self._link(path, other))

    def has(self, path: str) -> bool:
        """Return whether a path is in the folder."""
        *folders, name = self._names(path)
        try:
            folder = self._open(folders)
        except OSError:
            return False
        try:
            return _status(folder, name) is not None
        finally:
            os.close(folder)

    def _try(self, path: str, write: Callable[[], object]) -> None:
        try:
            write()
        except OSError as error:
            if error.errno in _FATAL:
                raise
            self.failed[path] = error

    def _link(self, path: str, other: str) -> None:
        *others, name = self._names(other)
        source = self._open(others)
        try:
            self._place(
                path,
                lambda at: os.link(name, at, src_dir_fd=source, dst_dir_fd=self._folder, follow_symlinks=False),
            )
        finally:
            os.close(source)

    def _place(self, path: str, make: Callable[[str], object]) -> None:
        """Makes an entry under a passing name, and gives it its own one; what the run wrote there itself stays."""
        *folders, name = path.split("/")
        self._enter(folders)
        folder = self._folder
        try:
            try:
                make(self._passing)
            except FileExistsError:  # an attempt that was killed left it
                os.unlink(self._passing, dir_fd=folder)
                make(self._passing)
            final = self._free(name)
            os.rename(self._passing, final, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(self._passing, dir_fd=folder)
            raise
        self.files += 1
        if final != name:
            self.renamed[path] = final

    def _free(self, name: str) -> str:
        """The first of the names for a file under which nothing lies that must stay."""
        for each in _names_beside(name):
            status = _status(self._folder, each)
            if status is None:
                return each
            if not (self._since <= status.st_ctime_ns < self._until or stat.S_ISDIR(status.st_mode)):
                return each
        raise AssertionError("there is always another name")

    def _write(self, name: str, member: tarfile.TarInfo, content: MemberContent) -> None:
        descriptor = os.open(name, _NEW_FILE, 0o600, dir_fd=self._folder)
        with open(descriptor, "wb", buffering=0) as file:
            self.size += content.write_to(file)
            os.fchmod(descriptor, member.mode & _PERMISSIONS)
            os.utime(descriptor, (member.mtime, member.mtime))

    def _enter(self, folders: list[str], mode: int | None = None) -> None:
        """Goes to a folder, made where there is none; only the one where it is stays open, so they may be deep."""
        shared = 0
        while shared < min(len(folders), len(self._way)) and folders[shared] == self._way[shared][0]:
            shared += 1
        if shared < len(self._way):
            self._stand(self._open([here for _, here in self._way[:shared]]))
            self._way[shared:] = []
        for name in folders[shared:]:
            here = self._make_folder(name)
            if here != name:
                self.renamed["/".join((*(each for each, _ in self._way), name))] = here
            self._stand(os.open(here, _OPEN_FOLDER, dir_fd=self._folder))
            self._way.append((name, here))
            self._make_writable()
        if mode is not None:
            with suppress(PermissionError):  # somebody else's, that an earlier run left: what is in it may still be put
                os.fchmod(self._folder, mode | _OWN)
            if mode & _OWN != _OWN:
                self._modes[tuple(here for _, here in self._way)] = mode

    def _stand(self, folder: int) -> None:
        os.close(self._folder)
        self._folder = folder

    def _make_folder(self, name: str) -> str:
        """The name of a folder for what comes from a folder of this name: not one that is a link or a file."""
        for each in _names_beside(name):
            try:
                os.mkdir(each, dir_fd=self._folder)
                return each
            except FileExistsError:
                status = _status(self._folder, each)
                if status is not None and stat.S_ISDIR(status.st_mode):
                    return each
        raise AssertionError("there is always another name")

    def _make_writable(self) -> None:
        """A folder of ours that an earlier run made unwritable is writable until the end."""
        status = os.fstat(self._folder)
        mode = stat.S_IMODE(status.st_mode)
        if mode & _OWN != _OWN and status.st_uid == os.geteuid():
            os.fchmod(self._folder, mode | _OWN)
            self._modes[tuple(here for _, here in self._way)] = mode

    def _names(self, path: str) -> list[str]:
        """The names that the parts of a path have here."""
        parts = path.split("/")
        if not self.renamed:
            return parts
        return [self.renamed.get("/".join(parts[: depth + 1]), part) for depth, part in enumerate(parts)]

    def _open(self, folders: Sequence[str]) -> int:
        descriptor = os.dup(self._root)
        for name in folders:
            try:
                inner = os.open(name, _OPEN_FOLDER, dir_fd=descriptor)
            finally:
                os.close(descriptor)
            descriptor = inner
        return descriptor


def _names_beside(name: str) -> Iterator[str]:
    """The name, `NAME.app`, `NAME.app.app`: cut where it would be too long."""
    yield name
    for number in count(1):
        ending, kept = ".app" * number, name
        while len(os.fsencode(kept + ending)) > _LONGEST:
            kept = kept[:-1]
        yield kept + ending


def _status(folder: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
