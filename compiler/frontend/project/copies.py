"""Determines everything that a build reads of the project: copied folders, their files and sizes, and exclusions."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from stat import S_ISDIR
from typing import NamedTuple

from msgspec.structs import replace

from caliban.compiler.context.ignore import Ignore, locate, parse_ignore
from caliban.compiler.context.patterns import escape_pattern
from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.facts.copy_names import is_copyable
from caliban.compiler.frontend.project import content_problems as problems
from caliban.compiler.frontend.project import problems as project_problems
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.exclusions import (
    BUILT,
    Exclusions,
    context_patterns,
    credentials_in,
    include_patterns,
)
from caliban.compiler.frontend.project.imports import Code, imported_paths
from caliban.compiler.frontend.project.outputs import check_output, left_out_for
from caliban.compiler.frontend.project.run_folders import ALWAYS
from caliban.compiler.frontend.project.traversal import Automatic
from caliban.compiler.frontend.project.walk import Walked, walk
from caliban.compiler.input.project import FileFact, Folder


class Reading(NamedTuple):
    """The request: folders and files to look at."""

    code: str  # the folder with the entry; '.' is the whole project
    entry: str  # the file that runs
    imports: Code  # its code
    directories: tuple[str, ...]  # -d
    needed: tuple[str, ...]  # files and folders that an installation reads; '.' where it builds the project
    includes: tuple[str, ...]  # --include
    output: str | None  # -o, where it lies in the project: what a run writes is no input of the next
    state: str | None  # caliban's own folder, where it lies in the project
    streams: frozenset[tuple[int, int]]  # device and inode of the files that this command's own output goes to
    passwords: tuple[str, ...]  # files that caliban reads itself and that hold a password
    keys: tuple[str, ...]  # credentials that are in use, where they lie in the project


class Copies(NamedTuple):
    """The answer: folders, files and exclusions."""

    code: Folder
    directories: tuple[Folder, ...]
    files: tuple[FileFact, ...]  # sorted by path
    patterns: tuple[str, ...]
    secrets: tuple[str, ...]
    left_out: tuple[str, ...]  # by our defaults
    keys: tuple[str, ...]  # left out because they are in use: nothing brings them back
    links: Mapping[str, str]  # what each of the links among the files says
    uses_lfs: bool  # whether a .gitattributes among the files names Git's LFS
    warnings: tuple[Diagnostic, ...]


def look_at_copies(disk: Disk, reading: Reading) -> Copies:
    """Walks what is copied, once. Raises Rejected where something that is needed is left out by .dockerignore."""
    text = disk.text(".dockerignore") or ""
    folders = (reading.code, *reading.directories)
    # The builder follows a link that is itself the source of a copy, so what it leads to is read in its place.
    behind = {path: real for path in folders if (real := disk.inside(path)) is not None and real != path}
    roots = (
        *(behind.get(path, path) for path in folders),
        *(path for path in reading.needed if disk.is_folder(path)),
    )
    exclusions = Exclusions(
        user_patterns=parse_ignore(text, ".dockerignore"),
        directories=(*reading.directories, *(behind[path] for path in reading.directories if path in behind)),
        includes=include_patterns(disk, reading.includes),
        code=(reading.code,) if reading.code in (*ALWAYS, *BUILT) else (),
        outputs=() if reading.output is None else left_out_for(disk, reading.output, roots),
        found=reading.passwords,
        state=() if reading.state is None else (reading.state,),
        keys=reading.keys,
    )
    if reading.state is not None:
        for path in (reading.entry, *roots):
            if f"{path}/".startswith(f"{reading.state}/"):
                raise Rejected(problems.copy_in_state(path, reading.state))
    if refused := tuple(_credentials(reading.directories, exclusions)):
        raise Rejected(*refused)
    if obeyed := [path for path in folders if not is_copyable(path) and disk.exists(f"{path}/.dockerignore")]:
        raise Rejected(*map(project_problems.own_ignore_file, obeyed))
    if reading.output is not None:
        check_output(
            disk,
            reading.output,
            entry=reading.entry,
            code=reading.code,
            directories=exclusions.directories,
            exclusions=exclusions,
        )
    needed = _Needed(reading)
    automatic = Automatic(
        streams=reading.streams,
        named=frozenset(exclusions.directories),
        is_needed=needed.holds,
        is_code=needed.holds_code,
    )
    walked = walk(disk, roots, exclusions, automatic)
    ignore = Ignore(walked.patterns)
    hidden = [path for path in (reading.entry, *reading.needed) if path != "." and ignore.excludes(path)]
    if hidden:
        raise Rejected(*(_hidden(path, ignore, text) for path in dict.fromkeys(hidden)))
    return Copies(
        code=replace(walked.folders[0], path=reading.code),
        directories=tuple(
            replace(folder, path=path)
            for path, folder in zip(reading.directories, walked.folders[1 : len(folders)], strict=True)
        ),
        files=_with_files(disk, walked, reading.needed),
        patterns=walked.patterns,
        secrets=tuple(walked.exclusions.keys),
        left_out=tuple(path for path in walked.left_out if path not in reading.keys),
        keys=tuple(path for path in walked.left_out if path in reading.keys),
        links=walked.links,
        uses_lfs=walked.uses_lfs,
        warnings=walked.warnings,
    )


def _credentials(directories: Sequence[str], exclusions: Exclusions) -> Iterator[Diagnostic]:
    """A problem for each folder of -d that holds credentials, unless something says that these are to be copied."""
    for path in directories:
        pattern = credentials_in(path)
        if pattern and Ignore(context_patterns(replace(exclusions, directories=()))).excludes(path):
            yield project_problems.credential_directory(path, pattern)


class _Needed:
    """The code that runs or is installed; the entry's imports are read when first asked for."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    @cached_property
    def _code(self) -> frozenset[str]:
        return imported_paths(self._reading.imports)

    def holds(self, path: str) -> bool:
        """Return whether a path is needed, or is a folder above a needed one."""
        return self.holds_code(path) or _holds(path, self._reading.needed)

    def holds_code(self, path: str) -> bool:
        """Return whether a path runs, or is a folder above one that does."""
        return _holds(path, self._code)


def _holds(folder: str, paths: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for path in paths)


def _prefixes(path: str) -> Iterator[str]:
    """A path's folders from the top, and it itself."""
    parts = path.split("/")
    return ("/".join(parts[:length]) for length in range(1, len(parts) + 1))


def _hidden(path: str, ignore: Ignore, text: str) -> Diagnostic:
    pattern = ignore.excluded_by(path)
    assert pattern is not None, f"{path} is left out by no pattern"
    place = locate(pattern, text, ".dockerignore")
    return problems.excluded_target(path, pattern, place, f"!{escape_pattern(_topmost(path, ignore))}")


def _topmost(path: str, ignore: Ignore) -> str:
    """The folder by which a path is left out, or the path itself."""
    return next(prefix for prefix in _prefixes(path) if ignore.excludes(prefix))


def _with_files(disk: Disk, walked: Walked, needed: Sequence[str]) -> tuple[FileFact, ...]:
    """The files that were walked, and those that are needed from elsewhere."""
    missing = (path for path in needed if not _has(walked.files, path))
    others = [fact for path in missing if (fact := disk.fact(path)) and not S_ISDIR(fact.mode)]
    return tuple(sorted((*walked.files, *others))) if others else walked.files


def _has(files: Sequence[FileFact], path: str) -> bool:
    place = bisect_left(files, path, key=itemgetter(0))
    return place < len(files) and files[place].path == path
