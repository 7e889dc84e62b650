"""A uv.lock (uv's own format, https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile) into a `Lock`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.pep508 import normalized
from caliban.compiler.frontend.dependencies.locks.lock_table import LockTable, entries
from caliban.compiler.frontend.dependencies.manifests.toml import Toml
from caliban.compiler.locks import problems
from caliban.compiler.locks.lock import (
    Archive,
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

COMMAND = "uv lock"
_FOLDERS = ("editable", "virtual", "directory")


def read_uv_lock(lock: Toml, manifest: str, wanted: Sequence[str]) -> LockFile:
    """The lock, with what the project at the root and these extras and groups of it ask for. Raises Rejected."""
    version = lock.root.get("version")
    if version != 1:
        raise Rejected(problems.unknown_lock_version(lock.place("version"), version, "version 1", COMMAND))
    tables = list(entries(lock.text, lock.root.get("package"), "package", lock.path, COMMAND))
    packages: dict[str, tuple[LockedPackage, ...]] = {}
    for table in tables:
        package = _package(table)
        packages[package.name] = (*packages.get(package.name, ()), package)
    own = next((table for table in tables if _folder(table.values.get("source")) == "."), None)
    roots = _members(tables) if own is None else _roots(own, wanted, lock.path)
    return LockFile(
        path=lock.path,
        manifest=manifest,
        packages=packages,
        roots=roots,
        extras=tuple(wanted) if own is None else _conflict_names(own.name, wanted),
        command=COMMAND,
    )


def _roots(own: LockTable, wanted: Sequence[str], path: str) -> tuple[Edge, ...]:
    """Return the dependencies of the project, and those of its extras and groups."""
    optional, groups = own.table("optional-dependencies"), own.table("dev-dependencies")
    found = list(_edges(own, "dependencies"))
    for name in wanted:
        tables = [
            (table, key) for table in (optional, groups) for key in table.values if normalized(key) == name
        ]  # an extra without requirements is in neither
        declared = own.table("metadata").values.get("provides-extras", [])
        if not tables and name not in map(normalized, declared):
            raise Rejected(problems.unlocked_extra(path, name, COMMAND))
        found += (edge for table, key in tables for edge in _edges(table, key))
    return tuple(found)


def _members(tables: Sequence[LockTable]) -> tuple[Edge, ...]:
    """All members of a workspace whose root is no package itself."""
    return tuple(Edge(table.name) for table in tables if _folder(table.values.get("source")) is not None)


def _conflict_names(project: str, wanted: Sequence[str]) -> tuple[str, ...]:
    """The names as markers have them, also where extras or groups exclude each other: 'extra-4-demo-cpu'.

    https://github.com/astral-sh/uv/blob/main/crates/uv-resolver/src/universal_marker.rs
    """
    kinds = [f"{kind}-{len(project)}-{project}-{name}" for name in wanted for kind in ("extra", "group")]
    return (*wanted, *kinds)


def _package(table: LockTable) -> LockedPackage:
    source = table.table("source")
    found = _source(source, next((file["hash"] for file in _files(table) if "hash" in file), None))
    optional = table.table("optional-dependencies")
    return LockedPackage(
        name=table.name,
        version=table.text_or_none("version"),
        line=table.place.line,
        source=found,
        origin=_origin(source.values),
        artifacts=tuple(_artifacts(table, source)) if isinstance(found, LockIndex) else (),
        edges=tuple(_edges(table, "dependencies")),
        optional={normalized(extra): tuple(_edges(optional, extra)) for extra in optional.values},
    )


def _edges(table: LockTable, key: str) -> Iterator[Edge]:
    for each in table.tables(key):
        edge = table.edge(each.get("name"), each, "extra")
        source = table.within(each).table("source").values
        yield edge._replace(origin=_origin(source)) if source else edge


def _source(source: LockTable, digest: str | None) -> Source:
    """Return the source of a package; `digest` is that of its file, if there is only one."""
    values = source.values
    folder = _folder(values)
    if folder is not None:
        return LocalFolder(folder)
    if "registry" in values:
        return index(source.address(source.text("registry")))
    if "git" in values:
        url, _, commit = source.text("git").partition("#")
        url, _, query = url.partition("?")
        folders = parse_qs(query).get("subdirectory", [None])
        return Repository(source.address(url), commit, folders[0])
    if "url" in values:
        return source.archive(source.text("url"), digest, source.text_or_none("subdirectory"))
    if "path" in values:
        return Archive(source.text("path"), digest)
    raise source.broken("its source is of a kind that caliban does not know")


def _folder(source: object) -> str | None:
    if not isinstance(source, dict):
        return None
    return next((str(source[kind]) for kind in _FOLDERS if kind in source), None)


def _origin(source: Mapping[str, Any]) -> str:
    return " ".join(f"{key} {source[key]}" for key in sorted(source))


def _files(table: LockTable) -> list[dict[str, Any]]:
    """The wheels and, last, the sdist."""
    sdist = table.values.get("sdist")
    return [*table.tables("wheels"), *([sdist] if isinstance(sdist, dict) else ())]


def _artifacts(table: LockTable, source: LockTable) -> Iterator[Artifact]:
    """Those of an index that is a folder have paths relative to it."""
    folder = "" if "://" in source.text("registry") else f"{source.text('registry')}/"
    for each in _files(table):
        url = each.get("url") or f"{folder}{each.get('path', '')}"
        name = each.get("filename") or str(url).partition("#")[0].rpartition("/")[2]
        yield table.artifact(name, each.get("hash"), url, each.get("size", 0))
