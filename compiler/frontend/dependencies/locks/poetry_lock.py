"""A poetry.lock, of poetry 1.0 to 2.x, into a `Lock`; what of it the project asks for, its manifest tells."""

from collections.abc import Iterator, Sequence

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.pep508 import normalized, parse_requirement
from caliban.compiler.frontend.dependencies.locks.lock_table import LockTable, entries
from caliban.compiler.frontend.dependencies.manifests.poetry import specifier_of
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

COMMAND = "poetry lock"


def read_poetry_lock(lock: Toml, manifest: str, roots: tuple[Edge, ...] | None, wanted: Sequence[str]) -> LockFile:
    """The lock; all of the groups that are wanted where the manifest does not tell the roots. Raises Rejected."""
    metadata = lock.table("metadata")
    version = metadata.get("lock-version", "1.0")
    if not isinstance(version, str) or version.partition(".")[0] not in ("1", "2"):
        raise Rejected(problems.unknown_lock_version(lock.place("lock-version"), version, "1.0 to 2.1", COMMAND))
    files = LockTable(values=metadata, place=lock.place("[metadata]"), command=COMMAND).table("files")  # of version 1
    packages: dict[str, tuple[LockedPackage, ...]] = {}
    main: list[Edge] = []
    for table in entries(lock.text, lock.root.get("package"), "package", lock.path, COMMAND):
        package = _package(table, files)
        packages[package.name] = (*packages.get(package.name, ()), package)
        if not {"main", *wanted}.isdisjoint((table.text_or_none("category"), *table.texts("groups"))):
            main += _listed(table, package)
    return LockFile(
        path=lock.path,
        manifest=manifest,
        packages=packages,
        roots=tuple(main) if roots is None else roots,
        extras=tuple(wanted),
        flat=roots is None,
        command=COMMAND,
    )


def _listed(table: LockTable, package: LockedPackage) -> Iterator[Edge]:
    """The package by itself; one for extras only where a marker says for which (poetry 2)."""
    if package.markers or table.values.get("optional") is not True:
        yield from (Edge(package.name, (), marker, package.version) for marker in package.markers or (None,))


def _package(table: LockTable, files: LockTable) -> LockedPackage:
    source = _source(table)
    extras = table.table("extras")
    markers = table.values.get("markers", "")
    each = tuple(markers.values()) if isinstance(markers, dict) else (markers,)  # by group, where they differ
    if not all(isinstance(marker, str) for marker in each):
        raise table.broken("markers must be strings")
    edges = tuple(_edges(table.table("dependencies")))
    return LockedPackage(
        name=table.name,
        version=table.text("version"),
        line=table.place.line,
        source=source,
        artifacts=tuple(_artifacts(table, files)) if isinstance(source, LockIndex) else (),
        edges=tuple(edge for edge, optional in edges if not optional),
        optional={normalized(extra): tuple(_added(extras.texts(extra), edges)) for extra in extras.values},
        markers=tuple(marker for marker in each if marker),
    )


def _edges(dependencies: LockTable) -> Iterator[tuple[Edge, bool]]:
    """Yield the dependencies of a package, and whether only an extra of it needs each."""
    for name, value in dependencies.values.items():
        for choice in value if isinstance(value, list) else [value]:
            options = choice if isinstance(choice, dict) else {"version": choice}
            edge = dependencies.edge(name, {**options, "marker": options.get("markers")}, "extras")
            specifier = specifier_of(edge.version) if edge.version is not None else None
            yield edge._replace(version=None, specifier=specifier), options.get("optional") is True


def _added(texts: Sequence[str], edges: Sequence[tuple[Edge, bool]]) -> Iterator[Edge]:
    """Yield the dependencies that an extra adds: `async = ["asgiref (>=3.2)"]`."""
    names = {normalized(read.name) for text in texts if (read := parse_requirement(text)) is not None}
    yield from (edge for edge, _ in edges if edge.name in names)


def _source(table: LockTable) -> Source:
    source = table.table("source")
    match source.values.get("type"):
        case None:
            return LockIndex()
        case "legacy":
            return index(source.address(source.text("url")))
        case "git":
            url = source.address(source.text("url"))
            return Repository(url, source.text("resolved_reference"), source.text_or_none("subdirectory"))
        case "url" | "file":
            files = table.tables("files")
            digest = files[0].get("hash") if files else None
            return source.archive(source.text("url"), digest, source.text_or_none("subdirectory"))
        case "directory":
            return LocalFolder(source.text("url"))
        case kind:
            raise source.broken(f"a source of the type {kind}")


def _artifacts(table: LockTable, files: LockTable) -> Iterator[Artifact]:
    listed = table.tables("files") if "files" in table.values else files.tables(table.text("name"))
    for each in listed:
        yield table.artifact(each.get("file"), each.get("hash"))
