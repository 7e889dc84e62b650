"""The project folder as the frontend sees it: the only module of the compiler that touches the file system.

Every path is relative to the project, with '/' between its parts; nothing outside the project is ever read, unless
the user's own command line names it.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.problems import files as problems
from caliban.compiler.project import FileFact

_EARLIEST, _LATEST = -(1 << 63), (1 << 63) - 1  # ns: 1677 and 2262; tmpfs keeps times beyond, which few can store
TEXT_LIMIT = 16 << 20  # bytes; a manifest or config that is larger is no manifest


class Listing(NamedTuple):
    """What is directly in a folder."""

    facts: list[FileFact]
    unusual: list[FileFact]  # of these, what is no regular file, or not for everybody to read
    left_out: set[str]  # names


class Disk:
    """Reads one project folder."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._real_folders: dict[str, str] = {}

    def text(self, path: str) -> str | None:
        """The text of a file of the project, or None where there is no such file.

        Raises Rejected where the file is no text, too large, not readable, or a link that leads out of the project.
        """
        if self.inside(path) is None:
            raise Rejected(problems.leads_outside(path, self.link_target(path)))
        absolute = self._absolute(path)
        if os.path.exists(absolute) and not os.path.isfile(absolute):
            reason = "it is a directory" if os.path.isdir(absolute) else "it is no regular file"  # a pipe would block
            raise Rejected(problems.unreadable(path, reason))
        return self.typed_text(path)

    def typed_text(self, path: str) -> str | None:
        """The text of a file that the user typed, or None: it may lie anywhere, and be a pipe. Raises Rejected."""
        try:
            with open(self._absolute(path), "rb") as file:
                content = file.read(TEXT_LIMIT + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Rejected(problems.unreadable(path, error.strerror or str(error))) from None
        if len(content) > TEXT_LIMIT:
            raise Rejected(problems.too_large(path, TEXT_LIMIT))
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Rejected(problems.not_text(path, content.count(b"\n", 0, error.start) + 1)) from None

    def head(self, path: str, size: int) -> bytes:
        """The first bytes of a file of the project; none where it cannot be read."""
        if not self.is_file(path) or self.inside(path) is None:
            return b""
        try:
            with open(self._absolute(path), "rb") as file:
                return file.read(size)
        except OSError:
            return b""

    def is_file(self, path: str) -> bool:
        """Whether there is a file, or a link to one inside the project."""
        return os.path.isfile(self._absolute(path))

    def is_folder(self, path: str) -> bool:
        """Whether there is a folder, or a link to one."""
        return os.path.isdir(self._absolute(path))

    def exists(self, path: str) -> bool:
        """Whether there is anything of that name, be it a dangling link."""
        return os.path.lexists(self._absolute(path))

    def names(self, path: str) -> list[str]:
        """The names in a folder, sorted; none where there is no folder."""
        try:
            return sorted(os.listdir(self._absolute(path)))
        except (OSError, ValueError):  # ValueError: a NUL in the path, which no file has in its name
            return []

    def fact(self, path: str) -> FileFact | None:
        """What `lstat` tells of one path, or None where there is nothing."""
        try:
            status = os.lstat(self._absolute(path))
        except (OSError, ValueError):
            return None
        return FileFact(path, *_told(status))

    def differing(self, facts: Iterable[FileFact]) -> Iterator[str]:
        """The paths of those facts that are not what `lstat` tells now."""
        prefix = os.path.join(self._root, "")
        for fact in facts:
            try:
                s = os.lstat(prefix + fact.path)
            except OSError:
                yield fact.path
                continue
            if _told(s) != fact[1:]:
                yield fact.path

    def scan(self, path: str) -> Iterator[FileFact]:
        """The facts of everything directly in a folder, in no order.

        Raises Rejected where the folder cannot be read: what cannot be looked at cannot be built either.
        """
        prefix = "" if path == "." else f"{path}/"
        try:
            with os.scandir(self._absolute(path)) as entries:
                for entry in entries:
                    yield FileFact(prefix + entry.name, *_told(entry.stat(follow_symlinks=False)))
        except OSError as error:
            raise Rejected(problems.unreadable(path, error.strerror or str(error))) from None

    def listing(self, path: str, leave_out: Callable[[list[str]], set[str]]) -> Listing:
        """What is directly in a folder, in no order, but for what `leave_out` picks from all names.

        Raises Rejected as `scan` does. A file that vanishes meanwhile was never there.
        """
        prefix = "" if path == "." else f"{path}/"
        facts: list[FileFact] = []
        unusual: list[FileFact] = []
        new = tuple.__new__  # what a NamedTuple's own constructor calls
        try:
            folder = os.open(self._absolute(path), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:  # by descriptor, the kernel need not look up the whole path for each of 50,000 files
                with os.scandir(folder) as iterator:
                    entries = list(iterator)
                out = leave_out([entry.name for entry in entries])
                for entry in entries:
                    if entry.name in out:
                        continue
                    try:
                        s = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    name, mode, mtime = prefix + entry.name, s.st_mode, s.st_mtime_ns
                    if not _EARLIEST < mtime < _LATEST:
                        mtime = _within(mtime)
                    fact = new(FileFact, (name, mode, s.st_size, mtime, s.st_ctime_ns, s.st_ino))
                    facts.append(fact)
                    if mode & 0o170444 != 0o100444:  # nearly all are files that everybody may read
                        unusual.append(fact)
            finally:
                os.close(folder)
        except OSError as error:
            raise Rejected(problems.unreadable(path, error.strerror or str(error))) from None
        return Listing(facts, unusual, out)

    def is_readable(self, path: str) -> bool:
        """Whether we may read what a file or folder holds."""
        return os.access(self._absolute(path), os.R_OK, effective_ids=True)

    def link_target(self, path: str) -> str | None:
        """What a link says, wherever that leads; None where there is no link."""
        try:
            return os.readlink(self._absolute(path))
        except (OSError, ValueError):
            return None

    def inside(self, path: str) -> str | None:
        """The path relative to the project with every link resolved; None where it leads outside."""
        if "\0" in path:
            return None
        root, real = self._real_folder(self._root), self._real(self._absolute(path))
        if real == root:
            return "."
        prefix = root.rstrip("/") + "/"
        return real[len(prefix) :] if real.startswith(prefix) else None

    def _real(self, absolute: str) -> str:
        """`os.path.realpath`, that looks at each folder once."""
        folder, name = os.path.split(absolute)
        if name in ("", ".", "..") or os.path.islink(absolute):
            return os.path.realpath(absolute)
        return os.path.join(self._real_folder(folder), name)

    def _real_folder(self, absolute: str) -> str:
        if absolute not in self._real_folders:
            self._real_folders[absolute] = os.path.realpath(absolute)
        return self._real_folders[absolute]

    def _absolute(self, path: str) -> str:
        return os.path.join(self._root, path)


def _told(status: os.stat_result) -> tuple[int, int, int, int, int]:
    """A `FileFact` without its path."""
    mtime = _within(status.st_mtime_ns)
    return status.st_mode, status.st_size, mtime, status.st_ctime_ns, status.st_ino


def _within(mtime: int) -> int:
    return max(_EARLIEST, min(mtime, _LATEST))


def is_folder(fact: FileFact) -> bool:
    """Whether the fact is of a folder; a link to one is none."""
    return stat.S_ISDIR(fact.mode)
