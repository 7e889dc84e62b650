"""Decides which lock files count, and reads them (SPEC §3)."""

import posixpath
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from caliban.compiler.diagnostics import Diagnostic, Place, Rejected
from caliban.compiler.frontend.dependencies import problems as target_problems
from caliban.compiler.frontend.dependencies.paths import has_file
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.invocation import Mode
from caliban.compiler.input.project import Package, PythonFact
from caliban.compiler.locks import problems
from caliban.compiler.locks.lock import LocalFolder, LockedPackage, LockFile

# The locks of a pyproject.toml, in the order in which they count, with the table of the tool that writes each.
_LOCKS = {"uv.lock": "uv", "pylock.toml": None, "poetry.lock": "poetry", "pdm.lock": "pdm"}
_MANIFEST = "pyproject.toml"


class Locked(NamedTuple):
    """The content of the locks."""

    packages: tuple[Package, ...]  # those of the project, and the folders that a lock names
    locks: tuple[LockFile, ...] = ()
    pythons: tuple[PythonFact, ...] = ()
    files: tuple[str, ...] = ()  # of the project that are installed: wheels, sdists
    warnings: tuple[Diagnostic, ...] = ()


def is_lock(path: str) -> bool:
    """Return whether a file is a lock that caliban reads."""
    name = posixpath.basename(path)
    return name in _LOCKS or name == "Pipfile.lock" or (name.startswith("pylock.") and name.endswith(".toml"))


def lock_names(disk: Disk, named: Sequence[str], mode: Mode) -> tuple[str, ...]:
    """The locks that are named, else those at the root. Raises Rejected for one with a manifest of its own."""
    chosen = tuple(posixpath.normpath(path) for path in named if is_lock(path))
    if wrong := [path for path in chosen if "/" in path and not posixpath.basename(path).startswith("pylock.")]:
        raise Rejected(*(problems.lock_elsewhere(path, _manifest_of(path)) for path in wrong))
    return chosen or tuple(_there(disk, mode))


def _manifest_of(path: str) -> str:
    return "Pipfile" if path.endswith("Pipfile.lock") else _MANIFEST


def read_locks(disk: Disk, names: Sequence[str], packages: tuple[Package, ...]) -> Locked:
    """Read these locks. Raises Rejected if one is missing, broken or out of date."""
    of_pipfile = [name for name in names if name.endswith("Pipfile.lock")]
    others = [name for name in names if name not in of_pipfile]
    locked = _with_manifests(disk, others, Locked(packages)) if others else Locked(packages)
    for name in of_pipfile:
        locked = _with_pipfiles(disk, name, locked)
    return locked


def _there(disk: Disk, mode: Mode) -> Iterator[str]:
    """Those at the root; a pylock for this mode beats the one for both."""
    for name in (*_LOCKS, "Pipfile.lock"):
        if name == "pylock.toml" and has_file(disk, f"pylock.{mode}.toml"):
            yield f"pylock.{mode}.toml"
        elif has_file(disk, name):
            yield name


def _with_manifests(disk: Disk, paths: Sequence[str], locked: Locked) -> Locked:
    """With the one lock that replaces pyproject.toml."""
    from caliban.compiler.frontend.dependencies.locks.lock_check import check_lock
    from caliban.compiler.frontend.dependencies.locks.read_lock import read_lock
    from caliban.compiler.frontend.dependencies.manifests.toml import read_toml

    manifest = read_toml(disk, _MANIFEST)
    own = next((package for package in locked.packages if package.path == "."), None)
    tools = {} if manifest is None else manifest.table("tool")
    path = next((path for path in paths if _LOCKS.get(path) in tools), paths[0])
    others = [other for other in paths if other != path]
    warnings = (problems.two_locks(path, others, _MANIFEST),) if others else ()
    says_all = posixpath.basename(path).startswith("pylock.") or (manifest is not None and path == "uv.lock")
    if own is None and not says_all:
        return locked._replace(warnings=(*warnings, problems.lock_without_manifest(path, _MANIFEST)))
    lock, python = read_lock(disk, path, own)
    check_lock(lock, () if own is None else own.requirements or ())
    return _with(disk, lock, python, locked._replace(warnings=warnings))


def _with_pipfiles(disk: Disk, path: str, locked: Locked) -> Locked:
    """With the lock that replaces a Pipfile."""
    from caliban.compiler.frontend.dependencies.locks.lock_check import check_lock
    from caliban.compiler.frontend.dependencies.locks.pipfile_lock import read_pipfile_lock
    from caliban.compiler.frontend.dependencies.manifests.pipfile import read_pipfile

    lock, python = read_pipfile_lock(disk, path)
    if disk.is_file("Pipfile"):
        check_lock(lock, read_pipfile(disk, "Pipfile").file.requirements)
    return _with(disk, lock, python, locked)


def _with(disk: Disk, lock: LockFile, python: PythonFact | None, locked: Locked) -> Locked:
    """With one more lock, and the folders and files of the project that it leads to."""
    from caliban.compiler.frontend.dependencies.local_sources import local_sources

    folders, files = local_sources(disk, lock)
    return locked._replace(
        packages=tuple(_packages(disk, lock, locked.packages, folders)),
        locks=(*locked.locks, lock),
        pythons=(*locked.pythons, *((python,) if python is not None else ())),
        files=(*locked.files, *files),
    )


def _packages(
    disk: Disk, lock: LockFile, packages: Sequence[Package], folders: Sequence[LockedPackage]
) -> Iterator[Package]:
    """The packages, those that are locked without requirements of their own, and the folders that the lock leads to."""
    paths = {entry.source.path: entry for entry in folders if isinstance(entry.source, LocalFolder)}
    for package in packages:
        is_locked = package.path in paths or package.manifest == lock.manifest
        yield replace(package, locked_by=lock.path, git=None) if is_locked else package
    from caliban.compiler.frontend.dependencies.manifests.packages import read_package

    known = {package.path for package in packages}
    for path, entry in sorted(paths.items()):
        found = None if path in known else read_package(disk, path, locked=True)
        if found is not None:
            yield replace(found, locked_by=lock.path, git=None)
        elif path not in {".", *known}:
            raise Rejected(target_problems.no_distribution(path, Place(source=lock.path, line=entry.line)))
