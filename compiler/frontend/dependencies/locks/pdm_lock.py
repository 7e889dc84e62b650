"""A pdm.lock into a `Lock`; what of it the project asks for, its manifest tells."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.pep508 import normalized
from caliban.compiler.frontend.dependencies.locks.edges import edges_of
from caliban.compiler.frontend.dependencies.locks.lock_table import LockTable, entries
from caliban.compiler.frontend.dependencies.locks.targets import ARCHIVES
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
)

COMMAND = "pdm lock"


def read_pdm_lock(lock: Toml, manifest: str, roots: tuple[Edge, ...] | None, wanted: Sequence[str]) -> LockFile:
    """The lock; all of its groups that are wanted where the manifest does not tell the roots. Raises Rejected."""
    version = lock.table("metadata").get("lock_version")
    if not isinstance(version, str) or version.partition(".")[0] != "4":
        raise Rejected(problems.unknown_lock_version(lock.place("lock_version"), version, "version 4", COMMAND))
    tables = list(entries(lock.text, lock.root.get("package"), "package", lock.path, COMMAND))
    optional: dict[str, dict[str, tuple[Edge, ...]]] = {}
    for table in tables:
        for extra in table.texts("extras"):  # an entry of its own: the package once more, with what the extra adds
            optional.setdefault(table.name, {})[normalized(extra)] = tuple(_edges(table))
    packages: dict[str, tuple[LockedPackage, ...]] = {}
    for table in tables:
        if not table.texts("extras"):
            package = _package(table, optional.get(table.name, {}))
            packages[package.name] = (*packages.get(package.name, ()), package)
    return LockFile(
        path=lock.path,
        manifest=manifest,
        packages=packages,
        roots=tuple(_listed(tables, {"default", *wanted})) if roots is None else roots,
        extras=tuple(wanted),
        flat=roots is None,
        command=COMMAND,
    )


def _listed(tables: Sequence[LockTable], groups: set[str]) -> Iterator[Edge]:
    """The packages of these groups, each by itself."""
    for table in tables:
        if not groups.isdisjoint(table.texts("groups")) and not table.texts("extras"):
            yield Edge(table.name, (), table.text_or_none("marker"), table.text_or_none("version"))


def _package(table: LockTable, optional: Mapping[str, tuple[Edge, ...]]) -> LockedPackage:
    source = _source(table)
    marker = table.text_or_none("marker")
    return LockedPackage(
        name=table.name,
        version=table.text_or_none("version"),
        line=table.place.line,
        source=source,
        artifacts=tuple(_artifacts(table)) if isinstance(source, LockIndex) else (),
        edges=tuple(_edges(table)),
        optional=optional,
        markers=(marker,) if marker else (),
    )


def _edges(table: LockTable) -> Iterator[Edge]:
    yield from (edge for edge in edges_of(table.texts("dependencies")) if edge.name != table.name)


def _source(table: LockTable) -> Source:
    values = table.values
    if "git" in values:
        url = table.address(table.text("git"))
        return Repository(url, table.text("revision"), table.text_or_none("subdirectory"))
    files = table.tables("files")
    digest = files[0].get("hash") if files else None
    if "path" in values:
        path = posixpath.normpath(table.text("path"))
        return table.archive(path, digest, None) if path.endswith(ARCHIVES) else LocalFolder(path)
    if "url" in values:
        return table.archive(table.text("url"), digest, table.text_or_none("subdirectory"))
    return LockIndex()


def _artifacts(table: LockTable) -> Iterator[Artifact]:
    """By name, or by address where the lock was made with static URLs."""
    for each in table.tables("files"):
        url = each.get("url")
        name = each.get("file") or str(url).partition("#")[0].rpartition("/")[2]
        yield table.artifact(name, each.get("hash"), url)
