"""Explains why a path of the project is not in the container, and how to bring it: `-d`, `--include`, .dockerignore."""

import posixpath
from bisect import bisect_left
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from caliban.compiler.context.ignore import Ignore, locate, parse_ignore
from caliban.compiler.context.patterns import escape_pattern
from caliban.compiler.diagnostics import Place
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.exclusions import ANYWHERE
from caliban.compiler.input.project import FileFact
from caliban.compiler.words.quoting import quoted

COLON = "\\:"  # in DIR[:PATH], one that belongs to a name


class InContainer(NamedTuple):
    """The part of the project that a run has below its working directory."""

    folders: tuple[str, ...]  # that are copied: 'trainer', 'data'; '.' is the whole project
    files: Sequence[FileFact]  # that a build reads, sorted by path
    patterns: tuple[str, ...]  # that leave files out
    keys: tuple[str, ...] = ()  # credentials in use, which no option brings

    def has(self, path: str) -> bool:
        """Return whether a path of the project, or something below it, is in the container."""
        if any(folder == path or folder.startswith(f"{path}/") for folder in self.folders):
            return True
        if not any(folder == "." or path.startswith(f"{folder}/") for folder in self.folders):
            return False
        place = bisect_left(self.files, path, key=itemgetter(0))
        return place < len(self.files) and f"{self.files[place].path}/".startswith(f"{path}/")


class Absence(NamedTuple):
    """The reason for which a path is left out, and the remedy."""

    reason: str  # 'is not copied', 'is left out of copies'
    remedy: str  # '-d data'
    place: Place | None = None  # the line of .dockerignore that leaves it out


def absence(disk: Disk, path: str, container: InContainer) -> Absence | None:
    """Return why a path of the project is not in the container; None if it is, or if nothing can bring it.

    `path` is relative to the project, without a '/' at its end.
    """
    real = disk.inside(path)
    if path == "." or real in (None, ".") or not disk.exists(path) or path in container.keys:
        return None
    if container.has(path) or (real != path and real is not None and container.has(real)):
        return None
    is_folder = disk.is_folder(path)
    if any(folder == "." or path.startswith(f"{folder}/") for folder in container.folders):
        return _left_out(disk, path, container, is_folder=is_folder)
    folder = path if is_folder else posixpath.dirname(path)
    if not folder:
        return Absence("is not copied", f"--mount {quoted(path.replace(':', COLON))}")
    include = f" --include {quoted(path)}" if Ignore(ANYWHERE).excludes(path) else ""
    return Absence("is not copied", f"-d {quoted(folder)}{include}")


def _left_out(disk: Disk, path: str, container: InContainer, *, is_folder: bool) -> Absence | None:
    """Return why a path is left out of a folder that is copied."""
    pattern = Ignore(container.patterns).excluded_by(path)
    if pattern is None:  # it came after the walk
        return None
    text = disk.text(".dockerignore") or ""
    own = Ignore(parse_ignore(text, ".dockerignore"))
    place = locate(pattern, text, ".dockerignore") if own.excludes(path) else None
    if place is None:
        return Absence("is left out of copies", f"--include {quoted(path)}")
    if is_folder:
        return Absence("is left out of copies", f"-d {quoted(path)}", place)
    return Absence("is left out of copies", f"add a line below it: !{escape_pattern(path)}", place)
