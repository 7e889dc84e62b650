"""One pass over the folders that are copied: facts of what is kept, names of what is not."""

import stat
from collections.abc import Callable, Iterable, Iterator
from errno import EACCES
from operator import itemgetter
from typing import NamedTuple

from msgspec.structs import replace

from caliban.compiler.context.ignore import Ignore, Level
from caliban.compiler.context.patterns import escape_pattern
from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.frontend.project import content_problems as problems
from caliban.compiler.frontend.project import file_problems
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.exclusions import (
    BUILT,
    CACHES,
    KEY_SIZES,
    Exclusions,
    context_patterns,
    is_key,
    own_patterns,
)
from caliban.compiler.frontend.project.git_files import LONGEST_ATTRIBUTES, names_lfs
from caliban.compiler.frontend.project.run_folders import ALWAYS, IF_IGNORED, is_run_folder
from caliban.compiler.input.project import FileFact

_LONGEST_GITIGNORE = 4096  # bytes; a longer one says more than '*'


class Automatic(NamedTuple):
    """The paths that are left out by their kind, and the exceptions."""

    streams: frozenset[tuple[int, int]] = frozenset()  # device and inode of the files that this command writes to
    named: frozenset[str] = frozenset()  # folders that the command line names itself
    is_needed: Callable[[str], bool] = lambda _: False  # whether a path is, or holds, what runs or is installed
    is_code: Callable[[str], bool] = lambda _: False  # whether it is, or holds, what runs


class Traversal:
    """A walk over several folders; what it finds by content joins the exclusions at once."""

    def __init__(self, disk: Disk, exclusions: Exclusions, automatic: Automatic | None = None) -> None:
        self._disk = disk
        self._automatic = automatic or Automatic()
        self.exclusions = exclusions
        self._ignore = Ignore(context_patterns(exclusions))
        self._own = Ignore(own_patterns(exclusions))
        self._caches = Ignore((*CACHES, *map(escape_pattern, exclusions.state)))  # left out without a word
        self._inodes = {inode for _, inode in self._automatic.streams}
        self._facts: list[FileFact] = []
        self._others: list[FileFact] = []  # of these, those that are no regular files
        self._entered: list[FileFact] = []  # folders that are excluded, though something below them may not be
        self._gone: set[str] = set()  # found to be an environment or a key after they were listed
        self.excluded: list[str] = []
        self.left_out: list[str] = []  # by our defaults, not by the user, and no caches
        self.links: dict[str, str] = {}  # what each link says
        self.uses_lfs = False  # whether a .gitattributes names Git's LFS
        self.special: list[str] = []  # sockets, pipes and devices
        self.all_utf8 = True  # the names, those of what is left out too
        self.rejected: list[Diagnostic] = []

    def visit(self, root: str) -> None:
        """Walks a folder of the project; no link is followed, be it the folder itself."""
        fact = self._disk.fact(root)
        level = self._ignore.at(root)
        if fact is None or level is None or not stat.S_ISDIR(fact.mode):
            self.excluded.append(root)
            return
        if root != ".":
            if self._ignore.excludes(root):
                self._entered.append(fact)
            else:
                self._facts.append(fact)
                self._others.append(fact)
        pending = [(root, level)]
        while pending:
            pending += self._list(*pending.pop())

    def copied(self) -> tuple[tuple[FileFact, ...], tuple[FileFact, ...]]:
        """Return the kept paths, sorted, and those of them that are no regular files.

        An excluded folder with something kept in it is kept too, as by the engine.
        """
        facts, others = self._without_gone(self._facts), self._without_gone(self._others)
        parents = {parent for fact in facts for parent in _parents(fact.path)} if self._entered else set()
        entered = [folder for folder in dict.fromkeys(self._entered) if folder.path in parents]
        path = itemgetter(0)
        return tuple(sorted(facts + entered, key=path)), tuple(sorted(others + entered, key=path))

    def _without_gone(self, facts: list[FileFact]) -> list[FileFact]:
        return [fact for fact in facts if fact.path not in self._gone] if self._gone else facts

    def _list(self, folder: str, level: Level) -> list[tuple[str, Level]]:
        """Notes what is directly in a folder; the folders in it that are to be listed too."""
        prefix = "" if folder == "." else f"{folder}/"
        if self._is_new_environment(folder, prefix):
            remaining = self._exclude_environment(folder)
            if remaining is None:
                return []
            level = remaining
        elif self._is_left_by_runs(folder):
            remaining = self._exclude_found(folder)
            if remaining is None:
                return []
            level = remaining
        listed = ""

        def leave_out(names: list[str]) -> set[str]:
            nonlocal listed
            listed = "\0".join((*names, ""))
            return level.excluded(names)

        try:
            facts, unusual, names = self._disk.listing(folder, leave_out)
        except Rejected as problem:
            self.rejected += problem.diagnostics
            return []
        if names and (code := [prefix + name for name in names if self._is_hidden_code(prefix, name)]):
            self.exclusions = replace(self.exclusions, code=(*self.exclusions.code, *code))
            again = self._level_of(folder)
            return [] if again is None else self._list(folder, again)
        if ".gitignore\0" in listed and self._is_to_be_ignored(folder):
            remaining = self._exclude_found(folder)
            return [] if remaining is None else self._list(folder, remaining)
        if self._inodes:
            facts, unusual = self._without_streams(facts), self._without_streams(unusual)
        self._facts += facts
        self._others += [fact for fact in unusual if not stat.S_ISREG(fact.mode)]
        self.all_utf8 = self.all_utf8 and is_utf8(listed)
        if ".gitattributes\0" in listed and not self.uses_lfs:
            self.uses_lfs = names_lfs(self._disk.head(f"{prefix}.gitattributes", LONGEST_ATTRIBUTES))
        if ".json\0" in listed:  # seen at once, where 50,000 names would take a while one by one
            self._leave_keys_out(facts)
        below = []
        for fact in unusual:
            if stat.S_ISDIR(fact.mode):
                below.append((fact.path, level.enter(fact.path[len(prefix) :])))
            else:
                self._look_at(fact)
        if names:
            self._note_excluded(folder, prefix, names)
            if self._ignore.has_exceptions:
                below += self._excluded_folders(prefix, level, names)
        return [(path, inner) for path, inner in below if inner is not None]

    def _look_at(self, fact: FileFact) -> None:
        """Notes what makes it no ordinary file."""
        path, mode = fact.path, fact.mode
        if stat.S_ISREG(mode):
            if not self._disk.is_readable(path):
                self.rejected.append(file_problems.unreadable(path, PermissionError(EACCES, "")))
        elif stat.S_ISLNK(mode):
            target = self._disk.link_target(path)
            if target is not None and not is_utf8(target):
                self.rejected.append(problems.link_not_utf8(path))
            elif target is not None and path not in self._gone:
                self.links[path] = target
        else:
            self.special.append(path)

    def _leave_keys_out(self, facts: Iterable[FileFact]) -> None:
        """A key that nobody may read is `_look_at`'s to tell."""
        for fact in facts:
            may_be = fact.path.endswith(".json") and stat.S_ISREG(fact.mode) and fact.size in KEY_SIZES
            if not may_be or escape_pattern(fact.path) in self.exclusions.includes:
                continue
            if is_key(self._disk.head(fact.path, KEY_SIZES.stop)):
                self.exclusions = replace(self.exclusions, keys=(*self.exclusions.keys, fact.path))
                self._leave_out(fact.path)

    def _is_new_environment(self, folder: str, prefix: str) -> bool:
        """Return whether a folder is a virtual or conda environment that was not known before."""
        has_mark = self._disk.is_file(f"{prefix}pyvenv.cfg") or self._disk.is_folder(f"{prefix}conda-meta")
        return has_mark and folder not in self.exclusions.environments

    def _exclude_environment(self, folder: str) -> Level | None:
        """The level of an environment once it is excluded: an --include may bring back what is in it, or all of it."""
        self.exclusions = replace(self.exclusions, environments=(*self.exclusions.environments, folder))
        return self._level_without(folder)

    def _is_to_be_ignored(self, folder: str) -> bool:
        """Return whether a folder ignores itself, nobody asked for it, and no run needs it."""
        known = (".", *self.exclusions.found)
        if folder in known or folder in self._automatic.named or self._ignore.excludes(folder):
            return False
        return ignores_itself(self._disk, folder) and not self._automatic.is_needed(folder)

    def _is_left_by_runs(self, folder: str) -> bool:
        """Return whether runs left a folder, by its name and a .gitignore, and nobody needs or asked for it."""
        if folder.rpartition("/")[2] not in IF_IGNORED or folder in (*self.exclusions.found, *self._automatic.named):
            return False
        return (
            not self._ignore.excludes(folder)
            and is_run_folder(self._disk, folder)
            and not self._automatic.is_needed(folder)
        )

    def _is_hidden_code(self, prefix: str, name: str) -> bool:
        """Return whether a path is left out by a name that code can have too, and is code of this run."""
        path = prefix + name
        if path in self.exclusions.code or not (name in ALWAYS or path in BUILT):
            return False
        return self._automatic.is_code(path) and not self._own.excludes(path)

    def _without_streams(self, facts: list[FileFact]) -> list[FileFact]:
        """The facts but those of files that this command itself writes to."""
        kept = []
        for fact in facts:
            if (
                fact.inode in self._inodes
                and self._disk.identity(fact.path) in self._automatic.streams
                and not self._automatic.is_needed(fact.path)
            ):
                self._exclude_found(fact.path)
            if fact.path not in self._gone:
                kept.append(fact)
        return kept

    def _exclude_found(self, path: str) -> Level | None:
        """The level of a path once it is excluded; an exception may bring back what is in it, or all of it."""
        self.exclusions = replace(self.exclusions, found=tuple(sorted({*self.exclusions.found, path})))
        return self._level_without(path)

    def _level_without(self, path: str) -> Level | None:
        """The level of what was just excluded, which is noted unless an exception keeps it."""
        level = self._level_of(path)
        if path != "." and self._ignore.excludes(path):
            fact = self._disk.fact(path)
            if fact is not None and level is not None and stat.S_ISDIR(fact.mode):
                self._entered.append(fact)
            self._leave_out(path)
        return level

    def _level_of(self, path: str) -> Level | None:
        """The level of a folder by the exclusions as they are now."""
        self._ignore = Ignore(context_patterns(self.exclusions))
        return self._ignore.at(path)

    def _leave_out(self, path: str) -> None:
        """Takes back what was listed as kept."""
        self._gone.add(path)
        self.excluded.append(path)
        self.left_out.append(path)

    def _note_excluded(self, folder: str, prefix: str, names: set[str]) -> None:
        self.excluded += [prefix + name for name in names]
        own, caches = self._own.at(folder), self._caches.at(folder)
        if own is not None and caches is not None:
            others = list(names)
            self.left_out += [prefix + name for name in names - own.excluded(others) - caches.excluded(others)]

    def _excluded_folders(self, prefix: str, level: Level, names: Iterable[str]) -> list[tuple[str, Level | None]]:
        """The excluded folders that may hold something that is not."""
        below: list[tuple[str, Level | None]] = []
        for name in names:
            inner = level.enter(name)
            fact = self._disk.fact(prefix + name) if inner is not None else None
            if fact is not None and stat.S_ISDIR(fact.mode):
                self._entered.append(fact)
                below.append((fact.path, inner))
        return below


def ignores_itself(disk: Disk, folder: str) -> bool:
    """Return whether a folder's own .gitignore ignores all of it, as those of results and environments do."""
    lines = [line.strip() for line in disk.head(f"{folder}/.gitignore", _LONGEST_GITIGNORE).splitlines()]
    return [line for line in lines if line and not line.startswith(b"#")] == [b"*"]


def is_utf8(name: str) -> bool:
    """Return whether a name, or a text of many, is UTF-8 on the disk."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
