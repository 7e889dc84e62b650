"""Files that git keeps in place of others: LFS pointers and empty submodules among what is copied."""

import posixpath
import re
from collections.abc import Iterator
from itertools import islice

from caliban.compiler.diagnostics import Diagnostic
from caliban.compiler.frontend.project import placeholder_problems as problems
from caliban.compiler.frontend.project.absence import InContainer
from caliban.compiler.frontend.project.disk import Disk

LONGEST_ATTRIBUTES = 1 << 20  # bytes of a .gitattributes, or of a .gitmodules
# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: less than 1024 bytes, and no shorter than version and oid
_POINTER = b"version https://git-lfs.github.com/spec/"
_POINTER_SIZES = range(100, 1024)
_MOST = 1000  # files of that size that are looked into
# If no .gitattributes names LFS, files may have been copied from elsewhere: then as git-lfs itself writes them, with
# an oid of 64 digits and a size of 1 to 15 digits.
_USUAL_SIZES = range(126, 142)
_FEW = 100  # files of that size that are looked into


def names_lfs(attributes: bytes) -> bool:
    """Return whether a .gitattributes gives files to Git LFS."""
    return re.search(rb"(?m)^[^#\n]*\bfilter=lfs\b", attributes) is not None


def lfs_pointers(disk: Disk, container: InContainer, *, uses_lfs: bool) -> Iterator[Diagnostic]:
    """A warning for files that are pointers; `uses_lfs` says whether a .gitattributes that was read names it."""
    named = uses_lfs or _uses_lfs(disk)
    sizes, most = (_POINTER_SIZES, _MOST) if named else (_USUAL_SIZES, _FEW)
    small = (fact.path for fact in container.files if fact.size in sizes and container.has(fact.path))
    pointers = [path for path in islice(small, most) if disk.head(path, len(_POINTER)) == _POINTER]
    if pointers:
        yield problems.lfs_pointers(pointers, fetchable=named)


def empty_submodules(disk: Disk, container: InContainer) -> Iterator[Diagnostic]:
    """A warning for submodules that are copied and were not fetched."""
    folders = (path for path in _submodules(disk) if disk.is_folder(path) and not disk.names(path))
    empty = [path for path in folders if container.has(path)]
    if empty:
        yield problems.empty_submodules(empty)


def _uses_lfs(disk: Disk) -> bool:
    """Return whether the .gitattributes of the project's root, or of a folder of its repository above, names LFS."""
    texts = (disk.head(".gitattributes", LONGEST_ATTRIBUTES), *(text for _, text in disk.above(".gitattributes")))
    return any(map(names_lfs, texts))


def _submodules(disk: Disk) -> Iterator[str]:
    """The folders of the project that its repository says are submodules."""
    for project, text in (("", disk.head(".gitmodules", LONGEST_ATTRIBUTES)), *disk.above(".gitmodules")):
        for found in re.finditer(rb"(?m)^\s*path\s*=\s*(.+?)\s*$", text):
            path = posixpath.relpath(f"/{found[1].decode('utf-8', 'replace')}", f"/{project}")
            if path != ".." and not path.startswith("../"):
                yield path
