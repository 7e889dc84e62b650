"""A pylock.toml (PEP 751, https://packaging.python.org/en/latest/specifications/pylock-toml/) into a `Lock`.

It is a list rather than a graph: all is installed whose marker holds. `packaging.pylock` does not read it: that knows
no lines, which errors name here, and selects for one Python, where a base that is not ours may have any.
"""

import posixpath
from collections.abc import Iterator, Sequence
from typing import Any

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.dependencies.locks.lock_table import LockTable, entries
from caliban.compiler.frontend.dependencies.manifests.toml import Toml
from caliban.compiler.locks import problems
from caliban.compiler.locks.lock import (
    Artifact,
    Edge,
    LocalFolder,
    LockedPackage,
    LockFile,
    LockIndex,
    Repository,
    Source,
    index,
)

COMMAND = "uv export --format pylock.toml --output-file pylock.toml"


def read_pylock(lock: Toml, manifest: str | None, wanted: Sequence[str]) -> LockFile:
    """The lock, with these of its extras and groups. Raises Rejected."""
    version = lock.root.get("lock-version")
    if not isinstance(version, str) or version.partition(".")[0] != "1":
        raise Rejected(problems.unknown_lock_version(lock.place("lock-version"), version, "version 1.0", COMMAND))
    folder = posixpath.dirname(lock.path)
    packages: dict[str, tuple[LockedPackage, ...]] = {}
    roots: list[Edge] = []
    for table in entries(lock.text, lock.root.get("packages"), "packages", lock.path, COMMAND):
        package = _package(table, folder)
        packages[package.name] = (*packages.get(package.name, ()), package)
        roots.append(Edge(package.name, marker=table.text_or_none("marker"), origin=package.origin))
    return LockFile(
        path=lock.path,
        manifest=manifest,
        packages=packages,
        roots=tuple(roots),
        extras=tuple(wanted),
        flat=True,
        command=COMMAND,
    )


def _package(table: LockTable, folder: str) -> LockedPackage:
    source = _source(table, folder)
    return LockedPackage(
        name=table.name,
        version=table.text_or_none("version"),
        line=table.place.line,
        source=source,
        origin=str(table.place),  # two entries of a name and version may differ in their markers alone
        artifacts=tuple(_artifacts(table, folder)) if isinstance(source, LockIndex) else (),
        optional={},
    )


def _source(table: LockTable, folder: str) -> Source:
    subfolder = None
    if "directory" in table.values:
        directory = table.table("directory")
        path = posixpath.join(folder, directory.text("path"), directory.values.get("subdirectory", ""))
        return LocalFolder(posixpath.normpath(path))
    if "vcs" in table.values:
        vcs = table.table("vcs")
        if vcs.text("type") != "git" or "url" not in vcs.values:
            raise table.broken("it comes from a repository that is not git's, or not on the network")
        subfolder = vcs.text_or_none("subdirectory")
        return Repository(vcs.address(vcs.text("url")), vcs.text("commit-id"), subfolder)
    if "archive" in table.values:
        archive = table.table("archive")
        url = archive.text_or_none("url") or posixpath.normpath(posixpath.join(folder, archive.text("path")))
        return archive.archive(url, _hash(archive.values), archive.text_or_none("subdirectory"))
    return index(table.address(table.text("index"))) if "index" in table.values else LockIndex()


def _artifacts(table: LockTable, folder: str) -> Iterator[Artifact]:
    sdist = table.values.get("sdist")
    for each in (*table.tables("wheels"), *([sdist] if isinstance(sdist, dict) else ())):
        url = each.get("url") or posixpath.normpath(posixpath.join(folder, str(each.get("path"))))
        name = each.get("name") or str(url).partition("#")[0].rpartition("/")[2]
        yield table.artifact(name, _hash(each), url, each.get("size", 0))


def _hash(file: Any) -> str | None:
    """The strongest that the installer knows."""
    hashes = file.get("hashes")
    if not isinstance(hashes, dict):
        return None
    return next((f"{kind}:{hashes[kind]}" for kind in ("sha256", "sha512", "sha384") if kind in hashes), None)
