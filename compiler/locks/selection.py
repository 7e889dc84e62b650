"""Selects the packages of a lock for a Python on a platform, along the dependencies of the project."""

from collections import deque
from typing import NamedTuple

from caliban.compiler.facts.pep508 import allows, holds, read_specifier
from caliban.compiler.locks.lock import Edge, LockedPackage, LockFile


class Environment(NamedTuple):
    """The environment into which packages are installed."""

    python: str  # '3.11'
    platform: str  # 'linux/amd64'


class Selected(NamedTuple):
    """A package that is installed."""

    package: LockedPackage
    by: tuple[str, ...]  # the names of those that need it; '' is the project itself; empty where the lock is a list


def select(lock: LockFile, environment: Environment) -> tuple[Selected, ...]:
    """The packages, by name; those of a platform or Python of their own only where these are meant."""
    found = _Walk(lock, environment).found
    return tuple(
        Selected(package, () if lock.flat else tuple(sorted(by))) for _, (package, by) in sorted(found.items())
    )


class _Walk:
    """Breadth first; each package once, and once more for each of its extras."""

    def __init__(self, lock: LockFile, environment: Environment) -> None:
        self.found: dict[tuple[str, int], tuple[LockedPackage, set[str]]] = {}
        self._lock = lock
        self._environment = environment
        self._extras = frozenset(lock.extras)
        self._done: set[tuple[str, int, str]] = set()
        self._queue = deque((edge, "", "") for edge in lock.roots)
        while self._queue:
            self._follow(*self._queue.popleft())

    def _follow(self, edge: Edge, by: str, of_extra: str) -> None:
        if edge.marker is not None and not self._holds(edge.marker, of_extra):
            return
        for package in self._meant(edge):
            key = package.name, package.line or 0
            _, needed_by = self.found.setdefault(key, (package, set()))
            needed_by.add(by)
            for extra in ("", *edge.extras):
                if (*key, extra) not in self._done:
                    self._done.add((*key, extra))
                    edges = package.edges if extra == "" else package.optional.get(extra, ())
                    self._queue.extend((each, package.name, extra) for each in edges)

    def _meant(self, edge: Edge) -> tuple[LockedPackage, ...]:
        """Of several packages of the name, those that this edge means: one, unless the lock tells no more."""
        named = self._lock.packages.get(edge.name, ())
        if len(named) < 2:
            return named
        if edge.version is not None:
            named = tuple(package for package in named if package.version == edge.version)
        if edge.origin is not None:
            named = tuple(package for package in named if package.origin == edge.origin)
        if len(named) > 1:
            named = tuple(each for each in named if not each.markers or any(map(self._holds, each.markers)))
        if len(named) > 1 and edge.specifier:
            named = tuple(package for package in named if _allows(edge.specifier, package.version))
        return named[:1]

    def _holds(self, marker: str, of_extra: str = "") -> bool:
        extras = self._extras | {of_extra} if of_extra else self._extras
        return holds(marker, self._environment.python, self._environment.platform, extras)


def _allows(specifier: str, version: str | None) -> bool:
    """Return whether a specifier allows a locked version; one that cannot be read allows all."""
    try:
        return allows(read_specifier(specifier), version)
    except ValueError:
        return True
