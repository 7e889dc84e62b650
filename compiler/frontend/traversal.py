"""One pass over the folders that are copied: facts of what is kept, names of what is not."""

import stat
from collections.abc import Iterable, Iterator
from operator import itemgetter

from msgspec.structs import replace

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.frontend.disk import Disk
from caliban.compiler.frontend.exclusions import (
    CACHES,
    KEY_SIZES,
    Exclusions,
    context_patterns,
    is_key,
    own_patterns,
)
from caliban.compiler.frontend.ignore import Ignore, Level
from caliban.compiler.frontend.patterns import escape_pattern
from caliban.compiler.problems import content as problems
from caliban.compiler.problems import files as file_problems
from caliban.compiler.project import FileFact


class Traversal:
    """A walk over several folders; what it finds by content joins the exclusions at once."""

    def __init__(self, disk: Disk, exclusions: Exclusions) -> None:
        self._disk = disk
        self.exclusions = exclusions
        self._ignore = Ignore(context_patterns(exclusions))
        self._own = Ignore(own_patterns(exclusions))
        self._caches = Ignore(CACHES)
        self._facts: list[FileFact] = []
        self._others: list[FileFact] = []  # of these, those that are no regular files
        self._entered: list[FileFact] = []  # folders that are excluded, though something below them may not be
        self._gone: set[str] = set()  # found to be an environment or a key after they were listed
        self.excluded: list[str] = []
        self.left_out: list[str] = []  # by our defaults, not by the user, and no caches
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
        """What is kept, sorted by path, and what of that is no regular file.

        An excluded folder with something kept in it is kept too, as by the engine.
        """
        facts, others = self._without_gone(self._facts), self._without_gone(self._others)
        parents = {parent for fact in facts for parent in _parents(fact.path)} if self._entered else set()
        entered = [folder for folder in self._entered if folder.path in parents]
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
        self._facts += facts
        self._others += [fact for fact in unusual if not stat.S_ISREG(fact.mode)]
        self.all_utf8 = self.all_utf8 and is_utf8(listed)
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
                self.rejected.append(file_problems.unreadable(path, "Permission denied"))
        elif stat.S_ISLNK(mode):
            target = self._disk.link_target(path)
            if target is not None and not is_utf8(target):
                self.rejected.append(problems.link_not_utf8(path))
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
        """Whether it is a virtual environment, or one of conda, that was not known before."""
        has_mark = self._disk.is_file(f"{prefix}pyvenv.cfg") or self._disk.is_folder(f"{prefix}conda-meta")
        return has_mark and folder not in self.exclusions.environments

    def _exclude_environment(self, folder: str) -> Level | None:
        """The level of an environment once it is excluded: an --include may bring back what is in it, or all of it."""
        self.exclusions = replace(self.exclusions, environments=(*self.exclusions.environments, folder))
        self._ignore = Ignore(context_patterns(self.exclusions))
        level = self._ignore.at(folder)
        if folder != "." and self._ignore.excludes(folder):
            fact = self._disk.fact(folder)
            self._entered += [fact] if fact is not None and level is not None else []
            self._leave_out(folder)
        return level

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


def is_utf8(name: str) -> bool:
    """Whether a name, or a text of many, is UTF-8 on the disk."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
