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
        self._entered: list[FileFact] = []  # folders that are excluded, though something below them may not be
        self._gone: set[str] = set()  # found to be an environment or a key after they were listed
        self.excluded: list[str] = []
        self.left_out: list[str] = []  # by our defaults, not by the user, and no caches
        self.special: list[str] = []  # sockets, pipes and devices
        self.rejected: list[Diagnostic] = []

    def visit(self, root: str) -> None:
        """Walks a folder of the project; no link is followed, be it the folder itself."""
        fact = self._disk.fact(root)
        level = self._ignore.at(root)
        if fact is None or level is None or not stat.S_ISDIR(fact.mode):
            self.excluded.append(root)
            return
        if root != ".":
            (self._entered if self._ignore.excludes(root) else self._facts).append(fact)
        pending = [(root, level)]
        while pending:
            pending += self._list(*pending.pop())

    def copied(self) -> tuple[FileFact, ...]:
        """What is kept, sorted by path; an excluded folder with something kept in it is kept too, as by the engine."""
        facts = [fact for fact in self._facts if fact.path not in self._gone] if self._gone else self._facts
        parents = {parent for fact in facts for parent in _parents(fact.path)} if self._entered else set()
        return tuple(sorted(facts + [folder for folder in self._entered if folder.path in parents], key=itemgetter(0)))

    def _list(self, folder: str, level: Level) -> list[tuple[str, Level]]:
        """Notes what is directly in a folder; the folders in it that are to be listed too."""
        prefix = "" if folder == "." else f"{folder}/"
        if self._is_new_environment(folder, prefix):
            remaining = self._exclude_environment(folder)
            if remaining is None:
                return []
            level = remaining
        try:
            facts, names = self._disk.listing(folder, level.excluded)
        except Rejected as problem:
            self.rejected += problem.diagnostics
            return []
        self._facts += facts
        below = []
        for fact in facts:
            if fact.mode & 0o170444 == 0o100444 and not fact.path.endswith(".json"):
                continue  # a file that everybody may read, as nearly all are
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
            elif path.endswith(".json") and fact.size in KEY_SIZES:
                self._look_for_key(path)
        elif stat.S_ISLNK(mode):
            target = self._disk.link_target(path)
            if target is not None and not is_utf8(target):
                self.rejected.append(problems.link_not_utf8(path))
        else:
            self.special.append(path)

    def _look_for_key(self, path: str) -> None:
        if escape_pattern(path) in self.exclusions.includes:
            return
        if is_key(self._disk.head(path, KEY_SIZES.stop)):
            self.exclusions = replace(self.exclusions, keys=(*self.exclusions.keys, path))
            self._leave_out(path)

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
