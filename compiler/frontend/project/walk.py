"""The folders that are copied, walked once: what is copied of them, how big it is, and what was left out."""

import stat
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter

from msgspec import Struct

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.frontend.project import content_problems as problems
from caliban.compiler.frontend.project.disk import Disk, is_folder
from caliban.compiler.frontend.project.exclusions import Exclusions, context_patterns
from caliban.compiler.frontend.project.traversal import Automatic, Traversal, is_utf8
from caliban.compiler.input.project import FileFact, Folder

LONGEST_PATH = 3900  # bytes; the engine puts its own folder before it, and Linux stops at 4,096 (4,002 worked)
_LONGEST_NAME = 255  # bytes, of one name in a folder
LARGE = 10**9  # bytes of a copy that deserve a word
SHOWN = 10  # problems; a project full of them says no more by telling all


class Walked(Struct, frozen=True, kw_only=True):
    """The content of the copies."""

    files: tuple[FileFact, ...]  # files, links and folders, '.' not among them, sorted by path
    folders: tuple[Folder, ...]  # one for each root, in the order given
    exclusions: Exclusions  # with the environments and keys that were found
    left_out: tuple[str, ...]  # the topmost paths; by our defaults, not by the user, and no caches: '.git', 'data/.env'
    links: Mapping[str, str] = {}  # what each of the links among the files says
    uses_lfs: bool = False  # whether a .gitattributes among the files names Git's LFS
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def patterns(self) -> tuple[str, ...]:
        """The patterns for the build context."""
        return context_patterns(self.exclusions)


def walk(disk: Disk, roots: Sequence[str], exclusions: Exclusions, automatic: Automatic | None = None) -> Walked:
    """Lists everything below the roots that is not excluded; follows no link, so a root must be none.

    Raises Rejected that names what the engine could not copy: unreadable (it would arrive empty), not UTF-8, too long.
    """
    traversal = Traversal(disk, exclusions, automatic)
    for root in _outermost(roots):
        traversal.visit(root)
    files, others = traversal.copied()
    rejected = [*traversal.rejected, *_unspeakable(files, others, all_utf8=traversal.all_utf8)]
    if rejected:
        raise Rejected(*rejected[:SHOWN])
    excluded = sorted(traversal.excluded)
    folders = tuple(_folder(root, files, others, excluded) for root in roots)
    return Walked(
        files=files,
        folders=folders,
        exclusions=traversal.exclusions,
        left_out=_outermost(sorted(traversal.left_out)),
        links=traversal.links,
        uses_lfs=traversal.uses_lfs,
        warnings=(*_warnings(files, folders), *_special(traversal.special)),
    )


def largest(files: Sequence[FileFact], root: str, count: int = 3) -> tuple[tuple[str, int], ...]:
    """The largest things directly in a root with their bytes, the largest first; a folder counts all that is in it."""
    prefix = "" if root == "." else f"{root}/"
    sizes: dict[str, int] = {}
    for fact in _below(root, files):
        if stat.S_ISREG(fact.mode):
            child = prefix + fact.path[len(prefix) :].partition("/")[0]
            sizes[child] = sizes.get(child, 0) + fact.size
    return tuple(sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[:count])


def _outermost(paths: Sequence[str]) -> tuple[str, ...]:
    """The paths that are not below another of them, each once."""
    if "." in paths:
        return (".",)
    known = set(paths)
    parts = {path: path.split("/") for path in paths}
    return tuple(
        path
        for path, names in parts.items()
        if not any("/".join(names[:length]) in known for length in range(1, len(names)))
    )


def _folder(root: str, files: Sequence[FileFact], others: Sequence[FileFact], excluded: Sequence[str]) -> Folder:
    """Return the folder below a root; `others` are the files that are not regular."""
    size = itemgetter(2)
    facts, of_others = _below(root, files), _below(root, others)
    start, end = _range_below(root)
    return Folder(
        path=root,
        size=sum(map(size, facts)) - sum(map(size, of_others)),
        files=len(facts) - sum(map(is_folder, of_others)),
        excluded=root in excluded or bisect_left(excluded, start) < bisect_left(excluded, end),
    )


def _below(root: str, files: Sequence[FileFact]) -> Sequence[FileFact]:
    start, end = _range_below(root)
    path = itemgetter(0)
    return files[bisect_left(files, start, key=path) : bisect_left(files, end, key=path)]


def _range_below(root: str) -> tuple[str, str]:
    """Between which two texts the paths below a folder lie."""
    return ("", "\U0010ffff") if root == "." else (f"{root}/", f"{root}0")  # '0' comes right after '/'


def _unspeakable(files: Sequence[FileFact], others: Sequence[FileFact], *, all_utf8: bool) -> Iterator[Diagnostic]:
    """Report paths that the engine cannot name; the check of each path runs only if one of all may be such."""
    if not all_utf8:
        yield from (problems.name_not_utf8(fact.path) for fact in files if not is_utf8(fact.path))
    characters = LONGEST_PATH // 4  # of UTF-8, a character has up to 4 bytes
    if any(len(fact.path) + _LONGEST_NAME > characters for fact in others):
        for fact in files:
            if len(fact.path.encode(errors="replace")) > LONGEST_PATH:
                yield problems.path_too_long(fact.path, LONGEST_PATH)


def _warnings(files: Sequence[FileFact], folders: Sequence[Folder]) -> Iterator[Diagnostic]:
    for folder in folders:
        if folder.size > LARGE:
            yield problems.large_copy(folder.path, folder.size, largest(files, folder.path))


def _special(paths: Sequence[str]) -> Iterator[Diagnostic]:
    if paths:
        yield problems.special_files(sorted(paths))
