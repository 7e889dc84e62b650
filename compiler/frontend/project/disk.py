"""The project folder as the frontend sees it: the only module of the compiler that touches the file system.

Every path is relative to the project, with '/' between its parts; nothing outside the project is ever read, unless
the user's own command line names it, but what its git repository says of it in the folders above.
"""

import codecs
import errno
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import NamedTuple

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.project import file_problems as problems
from caliban.compiler.input.project import FileFact

_EARLIEST, _LATEST = -(1 << 63), (1 << 63) - 1  # ns: 1677 and 2262; tmpfs keeps times beyond, which few can store
# UTF-32 first: its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODING = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
# Of Python's codecs those that only say what the bytes of a text are; others compress, escape or shift letters.
_PLAIN_ENCODING = r"ascii|iso8859-\d+|cp\d+|koi8-\w|gb\w+|big5\w*|euc_\w+|shift_jis\w*|mac-\w+"
_ABOVE_LIMIT = 1 << 20  # bytes of a file above the project
TEXT_LIMIT = 16 << 20  # bytes; a manifest or config that is larger is no manifest


class Listing(NamedTuple):
    """The direct content of a folder."""

    facts: list[FileFact]
    unusual: list[FileFact]  # of these, what is no regular file, or not for everybody to read
    left_out: set[str]  # names


class Disk:
    """Reads one project folder."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._real_folders: dict[str, str] = {}

    def above(self, name: str) -> Iterator[tuple[str, bytes]]:
        """The files of a name in the folders above the project, up to the top of its git repository, the nearest first.

        Each with the path of the project from there: 'experiments/mine'. None where the project is no part of one.
        """
        folders = self._folders_above
        for depth, folder in enumerate(folders, start=1):
            path, parts = os.path.join(folder, name), self._root.rstrip("/").split("/")[-depth:]
            if os.path.isfile(path):  # a pipe would block
                with suppress(OSError), open(path, "rb") as file:
                    yield "/".join(parts), file.read(_ABOVE_LIMIT)

    @cached_property
    def _folders_above(self) -> Sequence[str]:
        """The folders above the project that are of its git repository."""
        folders: list[str] = []
        folder = self._root.rstrip("/")
        while not os.path.lexists(os.path.join(folder, ".git")):
            parent = os.path.dirname(folder)
            if parent in (folder, ""):
                return ()
            folders.append(parent)
            folder = parent
        return folders

    def text(self, path: str) -> str | None:
        """The text of a file of the project, or None where there is no such file.

        Raises Rejected where the file is no UTF-8, too large, not readable, in the middle of a merge, or a link that
        leads out of the project.
        """
        self._check_kind(path)
        return self.typed_text(path)

    def encoded_text(self, path: str) -> tuple[str, str] | None:
        """The same of a file that may say how it is encoded, with the encoding, 'utf-8-sig' unless it says another."""
        self._check_kind(path)
        content = self._content(path)
        if content is None:
            return None
        encoding = _declared_encoding(content)
        return _decoded(path, content, encoding), encoding

    def _check_kind(self, path: str) -> None:
        """Raises Rejected where a file is none of the project, or no regular file."""
        if self.inside(path) is None:
            raise Rejected(problems.leads_outside(path, self.link_target(path)))
        absolute = self._absolute(path)
        if os.path.exists(absolute) and not os.path.isfile(absolute):
            number = errno.EISDIR if os.path.isdir(absolute) else errno.ENXIO  # a pipe would block
            raise Rejected(problems.text_unreadable(path, OSError(number, "")))

    def typed_text(self, path: str, source: str | None = None) -> str | None:
        """The text of a file that the user typed, or None: it may lie anywhere, and be a pipe. Raises Rejected.

        `source` is the option by which it was typed.
        """
        content = self._content(path, source)
        return None if content is None else _decoded(path, content, "utf-8-sig")

    def _content(self, path: str, source: str | None = None) -> bytes | None:
        try:
            with open(self._absolute(path), "rb") as file:
                content = file.read(TEXT_LIMIT + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Rejected(problems.text_unreadable(path, error, source)) from None
        if len(content) > TEXT_LIMIT:
            raise Rejected(problems.too_large(path, TEXT_LIMIT))
        return content

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
        """Return whether the path is a file, or a link to one inside the project."""
        return os.path.isfile(self._absolute(path))

    def is_folder(self, path: str) -> bool:
        """Return whether the path is a folder, or a link to one."""
        return os.path.isdir(self._absolute(path))

    def exists(self, path: str) -> bool:
        """Return whether the path exists, even as a dangling link."""
        return os.path.lexists(self._absolute(path))

    def names(self, path: str) -> list[str]:
        """The names in a folder, sorted; none where there is no folder."""
        try:
            return sorted(os.listdir(self._absolute(path)))
        except (OSError, ValueError):  # ValueError: a NUL in the path, which no file has in its name
            return []

    def fact(self, path: str) -> FileFact | None:
        """Return the facts that `lstat` reports of a path; None if it does not exist."""
        try:
            status = os.lstat(self._absolute(path))
        except (OSError, ValueError):
            return None
        return FileFact(path, *_told(status))

    def identity(self, path: str) -> tuple[int, int] | None:
        """Device and inode of one path, or None where there is nothing."""
        try:
            status = os.lstat(self._absolute(path))
        except (OSError, ValueError):
            return None
        return status.st_dev, status.st_ino

    def differing(self, facts: Iterable[FileFact]) -> Iterator[tuple[FileFact, FileFact | None]]:
        """Those facts that are not what `lstat` tells now, each with what it tells; None where there is nothing."""
        prefix = os.path.join(self._root, "")
        for fact in facts:
            try:
                s = os.lstat(prefix + fact.path)
            except OSError:
                yield fact, None
                continue
            now = _told(s)
            if now != fact[1:]:
                yield fact, FileFact(fact.path, *now)

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
            raise Rejected(problems.unreadable(path, error)) from None

    def listing(self, path: str, leave_out: Callable[[list[str]], set[str]]) -> Listing:
        """List a folder without the names that `leave_out` picks, in no order.

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
            raise Rejected(problems.unreadable(path, error)) from None
        return Listing(facts, unusual, out)

    def is_readable(self, path: str) -> bool:
        """Return whether caliban may read a file or folder."""
        return os.access(self._absolute(path), os.R_OK, effective_ids=True)

    def link_target(self, path: str) -> str | None:
        """Return the text of a link, whether its target exists or not; None if the path is no link."""
        try:
            return os.readlink(self._absolute(path))
        except (OSError, ValueError):
            return None

    def leads_somewhere(self, path: str) -> bool:
        """Return whether the target of a link exists, wherever it is."""
        return os.path.exists(self._absolute(path))

    def inside(self, path: str) -> str | None:
        """The path relative to the project with every link resolved; None where it leads outside."""
        if "\0" in path:
            return None
        root, real = self._real_folder(self._root), self._real(self._absolute(path))
        if real == root:
            return "."
        prefix = root.rstrip("/") + "/"
        return real[len(prefix) :] if real.startswith(prefix) else None

    def holds_project(self, path: str) -> bool:
        """Return whether a path, with every link resolved, is a folder above the project."""
        if "\0" in path:
            return False
        real = os.path.realpath(self._absolute(path)).rstrip("/")
        return self._real_folder(self._root).startswith(f"{real}/")

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


def _decoded(path: str, content: bytes, encoding: str) -> str:
    """Raises Rejected where it is another encoding, or in the middle of a merge."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Rejected(problems.not_text(path, content.count(b"\n", 0, error.start) + 1, content)) from None
    conflict = re.search(r"(?m)^<{7} \S.*", text)
    if conflict is not None:
        raise Rejected(problems.merge_conflict(path, text.count("\n", 0, conflict.start()) + 1, conflict[0]))
    return text


def _declared_encoding(content: bytes) -> str:
    """Return the encoding of a byte order mark, or of a comment in the first two lines (PEP 263)."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    for line in content.split(b"\n", 2)[:2]:
        match = _CODING.match(line)
        if match is None:
            continue
        try:
            name = codecs.lookup(match[1].decode()).name
        except LookupError:
            break
        return name if re.fullmatch(_PLAIN_ENCODING, name) else "utf-8-sig"
    return "utf-8-sig"


def _told(status: os.stat_result) -> tuple[int, int, int, int, int]:
    """A `FileFact` without its path."""
    mtime = _within(status.st_mtime_ns)
    return status.st_mode, status.st_size, mtime, status.st_ctime_ns, status.st_ino


def _within(mtime: int) -> int:
    return max(_EARLIEST, min(mtime, _LATEST))


def is_folder(fact: FileFact) -> bool:
    """Return whether the fact is of a folder; a link to one is none."""
    return stat.S_ISDIR(fact.mode)
