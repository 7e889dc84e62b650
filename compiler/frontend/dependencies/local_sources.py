"""Folders and files of the project that a lock refers to."""

from collections.abc import Iterator

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies import problems
from caliban.compiler.frontend.dependencies.paths import path_in_project, resembling
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.locks.lock import Archive, LocalFolder, LockedPackage, LockFile


def local_sources(disk: Disk, lock: LockFile) -> tuple[tuple[LockedPackage, ...], tuple[str, ...]]:
    """The packages that are folders, and the paths of files, of all that the project may need on any platform.

    Raises Rejected where one is not there, or not in the project.
    """
    folders: list[LockedPackage] = []
    files: dict[str, None] = {}
    for package in _reachable(lock):
        source = package.source
        if isinstance(source, LocalFolder):
            _check(disk, lock, package, source.path)
            folders.append(package)
        elif isinstance(source, Archive) and "://" not in source.url:
            files[_check(disk, lock, package, source.url)] = None
        for artifact in package.artifacts:
            if artifact.url is not None and "://" not in artifact.url:
                files[_check(disk, lock, package, artifact.url)] = None
    return tuple(folders), tuple(files)


def _check(disk: Disk, lock: LockFile, package: LockedPackage, path: str) -> str:
    place = Place(source=lock.path, line=package.line)
    if path_in_project(disk, path, base="", place=place) is None or not disk.exists(path):
        raise Rejected(problems.no_local_file(place, path, resembling(disk, path)))
    return path


def _reachable(lock: LockFile) -> Iterator[LockedPackage]:
    """All that the roots lead to, whatever the markers say."""
    seen: set[str] = set()
    queue = [edge.name for edge in lock.roots]
    for name in queue:  # which grows
        if name in seen:
            continue
        seen.add(name)
        for package in lock.packages.get(name, ()):
            yield package
            queue += [edge.name for edge in package.edges]
            queue += [edge.name for added in package.optional.values() for edge in added]
