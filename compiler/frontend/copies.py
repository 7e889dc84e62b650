"""What a build reads of the project: the copied folders with their sizes, every file, and what is left out of them."""

from bisect import bisect_left
from collections.abc import Sequence
from operator import itemgetter
from stat import S_ISDIR
from typing import NamedTuple

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.frontend.disk import Disk
from caliban.compiler.frontend.exclusions import Exclusions, include_patterns
from caliban.compiler.frontend.ignore import Ignore, locate, parse_ignore
from caliban.compiler.frontend.patterns import escape_pattern
from caliban.compiler.frontend.walk import Walked, walk
from caliban.compiler.problems import content as problems
from caliban.compiler.project import FileFact, Folder


class Reading(NamedTuple):
    """What is to be looked at."""

    code: str  # the folder with the entry; '.' is the whole project
    entry: str  # the file that runs
    directories: tuple[str, ...]  # -d
    needed: tuple[str, ...]  # files and folders that an installation reads; '.' where it builds the project
    includes: tuple[str, ...]  # --include
    output: str | None  # -o, where it lies in the project: what a run writes is no input of the next
    keys: tuple[str, ...]  # credentials that are in use, where they lie in the project


class Copies(NamedTuple):
    """What was found."""

    code: Folder
    directories: tuple[Folder, ...]
    files: tuple[FileFact, ...]  # sorted by path
    patterns: tuple[str, ...]
    secrets: tuple[str, ...]
    left_out: tuple[str, ...]  # by our defaults
    keys: tuple[str, ...]  # left out because they are in use: nothing brings them back
    warnings: tuple[Diagnostic, ...]


def look_at_copies(disk: Disk, reading: Reading) -> Copies:
    """Walks what is copied, once. Raises Rejected where something that is needed is left out by .dockerignore."""
    text = disk.text(".dockerignore") or ""
    exclusions = Exclusions(
        user_patterns=parse_ignore(text, ".dockerignore"),
        directories=reading.directories,
        includes=include_patterns(disk, reading.includes),
        outputs=() if reading.output is None else (reading.output,),
        keys=reading.keys,
    )
    folders = (reading.code, *reading.directories)
    walked = walk(disk, (*folders, *(path for path in reading.needed if disk.is_folder(path))), exclusions)
    ignore = Ignore(walked.patterns)
    hidden = [path for path in (reading.entry, *reading.needed) if path != "." and ignore.excludes(path)]
    if hidden:
        raise Rejected(*(_hidden(path, ignore, text) for path in dict.fromkeys(hidden)))
    return Copies(
        code=walked.folders[0],
        directories=walked.folders[1 : len(folders)],
        files=_with_files(disk, walked, reading.needed),
        patterns=walked.patterns,
        secrets=tuple(walked.exclusions.keys),
        left_out=tuple(path for path in walked.left_out if path not in reading.keys),
        keys=tuple(path for path in walked.left_out if path in reading.keys),
        warnings=walked.warnings,
    )


def _hidden(path: str, ignore: Ignore, text: str) -> Diagnostic:
    pattern = ignore.excluded_by(path)
    assert pattern is not None, f"{path} is left out by no pattern"
    place = locate(pattern, text, ".dockerignore")
    return problems.excluded_target(path, pattern, place, f"!{escape_pattern(_topmost(path, ignore))}")


def _topmost(path: str, ignore: Ignore) -> str:
    """The folder by which a path is left out, or the path itself."""
    parts = path.split("/")
    prefixes = ("/".join(parts[:length]) for length in range(1, len(parts) + 1))
    return next(prefix for prefix in prefixes if ignore.excludes(prefix))


def _with_files(disk: Disk, walked: Walked, needed: Sequence[str]) -> tuple[FileFact, ...]:
    """The files that were walked, and those that are needed from elsewhere."""
    missing = (path for path in needed if not _has(walked.files, path))
    others = [fact for path in missing if (fact := disk.fact(path)) and not S_ISDIR(fact.mode)]
    return tuple(sorted((*walked.files, *others))) if others else walked.files


def _has(files: Sequence[FileFact], path: str) -> bool:
    place = bisect_left(files, path, key=itemgetter(0))
    return place < len(files) and files[place].path == path
