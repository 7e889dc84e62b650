"""Detects which files changed while the engine read them, and what that means for the image."""

import os
import stat
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from enum import Enum
from itertools import chain
from typing import NamedTuple

from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import FileFact
from caliban.runtime.building.content import digest_of_file

_FRESH = 2_000_000_000  # ns: a write that began less before the build may still go on, and no time of the file says so


class FileChange(NamedTuple):
    """The facts that `lstat` reported of a path before the engine read it, and after."""

    before: FileFact
    after: FileFact | None  # None: nothing is there


class Kind(Enum):
    """The consequence of a change for the content that the engine read."""

    NONE = "none"  # the very same bytes under the same mode: somebody made a hard link to the file
    REPLACED = "replaced"  # by another file, or by none; the engine has one of them whole
    APPENDED = "appended to"  # what was in it still is
    OVERWRITTEN = "overwritten"  # the engine may have parts of either


class ChangeDetector:
    """Knows what `lstat` said of files before a build; looks again once the engine has read them.

    What changes later is in no image, however long the build goes on. A folder is among the facts, and changes when
    something comes or goes in it.
    """

    def __init__(self, root: str, files: Sequence[FileFact], *, whole: bool) -> None:
        """`whole`: the build reads the project's folder itself, which is not among the files."""
        self._path = root
        self._disk = Disk(root)
        self._files = files
        self._root = self._disk.fact(".") if whole else None
        self._changes: tuple[FileChange, ...] | None = None
        self._began = time.time_ns()

    def look(self) -> None:
        """Compares again: of several contexts, the one that is read last counts."""
        root = () if self._root is None else (self._root,)
        self._changes = tuple(FileChange(*pair) for pair in self._disk.differing(chain(self._files, root)))

    @property
    def changes(self) -> tuple[FileChange, ...]:
        """Return the changes of the last check; the first call checks."""
        if self._changes is None:
            self.look()
        return self._changes or ()

    def sorted_changes(self, digests: Mapping[FileFact, bytes]) -> dict[Kind, list[FileChange]]:
        """The changes of each kind; `digests` has those of the files before."""
        found: dict[Kind, list[FileChange]] = {kind: [] for kind in Kind}
        for change in self.changes:
            found[_kind(self._path, change, digests.get(change.before))].append(change)
        found[Kind.OVERWRITTEN] += self._unseen(digests, {change.before.path for change in self.changes})
        return found

    def _unseen(self, digests: Mapping[FileFact, bytes], seen: Set[str]) -> Iterator[FileChange]:
        """Fresh files that have other bytes than before, though `lstat` says what it said."""
        for fact in self._files:
            if not self._began - _FRESH < fact.mtime <= self._began or fact.path in seen:
                continue
            if (digest := digests.get(fact)) is None:
                continue
            if stat.S_ISREG(fact.mode) and not _begins(self._path, fact, digest) and self._disk.fact(fact.path) == fact:
                yield FileChange(fact, fact)


def _kind(root: str, change: FileChange, digest: bytes | None) -> Kind:
    """Its inode, its times and its first bytes tell; what nothing tells counts as overwritten."""
    before, after = change
    if after is None or not (stat.S_ISREG(before.mode) and stat.S_ISREG(after.mode)):
        return Kind.REPLACED
    if before.inode != after.inode:
        # The last that happened to it was its renaming, or it was written under this name, maybe while it was read.
        return Kind.REPLACED if after.mtime < after.ctime else Kind.OVERWRITTEN
    touched = before.mtime != after.mtime
    if after.size < before.size or (after.size == before.size and touched) or not _begins(root, before, digest):
        return Kind.OVERWRITTEN
    if after.size > before.size:
        return Kind.APPENDED
    return Kind.NONE if before.mode == after.mode else Kind.REPLACED


def _begins(root: str, before: FileFact, digest: bytes | None) -> bool:
    """Return whether a file still begins with its earlier content."""
    if before.size == 0:
        return True
    try:
        return digest_of_file(os.path.join(root, before.path), before.size) == digest
    except OSError:
        return False
