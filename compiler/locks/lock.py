"""A lock file as facts: every package with its files, and what needs what. Readers make it, passes choose from it."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct


class Artifact(NamedTuple):
    """One file of a package; a tuple, because a lock may name 20,000."""

    name: str  # 'click-8.1.7-py3-none-any.whl'
    hash: str | None  # 'sha256:…'
    url: str | None = None  # 'https://…', or a path in the project: 'wheels/click-8.1.7-py3-none-any.whl'
    size: int = 0  # bytes; 0: not known


class Edge(NamedTuple):
    """A dependency of a package; `version`, `origin` and `specifier` select one of several packages of its name."""

    name: str  # normalized
    extras: tuple[str, ...] = ()
    marker: str | None = None  # "sys_platform == 'win32'"
    version: str | None = None  # '2.8.0+cpu'
    origin: str | None = None
    specifier: str | None = None  # '>=2,<3'


class LockIndex(NamedTuple):
    """An index; None is the default one, which the configuration of the installer may have replaced."""

    url: str | None = None


class Repository(NamedTuple):
    """A commit in a git repository."""

    url: str  # 'https://github.com/pallets/click'
    commit: str
    subdirectory: str | None = None


class Archive(NamedTuple):
    """A wheel or sdist at an address, or in the project."""

    url: str  # 'https://…/foo-1.0.whl', 'wheels/foo-1.0.whl'
    hash: str | None
    subdirectory: str | None = None


class LocalFolder(NamedTuple):
    """A folder of the project, which is built and installed by steps of its own."""

    path: str  # '.', 'packages/core'


Source = LockIndex | Repository | Archive | LocalFolder


class LockedPackage(Struct, frozen=True, kw_only=True):
    """One entry of a lock."""

    name: str  # normalized
    version: str | None  # None: of a folder whose build tells it
    line: int | None  # in the lock
    source: Source
    origin: str | None = None  # what tells it from others of its name and version
    artifacts: tuple[Artifact, ...] = ()
    hashes: tuple[str, ...] = ()  # of files that the lock does not name: Pipfile.lock
    edges: tuple[Edge, ...] = ()
    optional: Mapping[str, tuple[Edge, ...]]  # what each of its extras needs besides
    markers: tuple[str, ...] = ()  # where it is meant rather than others of its name: one of them must hold


class LockFile(Struct, frozen=True, kw_only=True):
    """A lock, with what this project asks of it."""

    path: str  # 'uv.lock'
    manifest: str | None  # 'pyproject.toml': the file that it replaces
    packages: Mapping[str, tuple[LockedPackage, ...]]  # by name
    roots: tuple[Edge, ...]  # what the project itself asks for, with the extras that are wanted
    extras: tuple[str, ...] = ()  # wanted: markers ask for them
    flat: bool = False  # a list: it does not say what needs what
    command: str = "uv lock"  # what makes it again

    def source_of(self, package: LockedPackage) -> str:
        """'uv.lock:12'."""
        return self.path if package.line is None else f"{self.path}:{package.line}"

    def from_git(self) -> str | None:
        """The place of the first package that git must fetch."""
        entries = (package for packages in self.packages.values() for package in packages)
        return next((self.source_of(package) for package in entries if isinstance(package.source, Repository)), None)


# PyPI under the names that locks have for it; 'example' is that of our own fixtures.
_DEFAULT_INDEX = r"https://pypi\.(?:python\.)?(?:org|example)/simple/?"


def index(url: str) -> LockIndex:
    """The index of an address."""
    return LockIndex() if re.fullmatch(_DEFAULT_INDEX, url) else LockIndex(url)
