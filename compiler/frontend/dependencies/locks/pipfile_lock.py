"""A Pipfile.lock into a `Lock`. It is a list, and it names no files, only their hashes.

https://github.com/pypa/pipfile#pipfilelock
"""

import json
import posixpath
import re

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.facts.pep508 import normalized
from caliban.compiler.frontend.dependencies import problems as dependency_problems
from caliban.compiler.frontend.dependencies.locks.lock_table import LockTable
from caliban.compiler.frontend.dependencies.locks.targets import ARCHIVES
from caliban.compiler.frontend.dependencies.manifests.pipfile import required_python
from caliban.compiler.frontend.dependencies.manifests.toml import line_of
from caliban.compiler.frontend.dependencies.paths import resembling
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import PythonFact
from caliban.compiler.locks import problems
from caliban.compiler.locks.lock import Edge, LocalFolder, LockedPackage, LockFile, LockIndex, Repository, Source, index

COMMAND = "pipenv lock"


def read_pipfile_lock(disk: Disk, path: str) -> tuple[LockFile, PythonFact | None]:
    """The lock: its packages of the section 'default'; and the Python that it asks for. Raises Rejected."""
    text = disk.text(path)
    if text is None:
        raise Rejected(dependency_problems.no_requirements_file(path, resembling(disk, path)))
    root = _parsed(path, text)
    lines = _lines(text)
    indexes = _indexes(root)
    packages: dict[str, tuple[LockedPackage, ...]] = {}
    roots: list[Edge] = []
    default = root.table("default")
    for name in default.values:
        place = Place(source=path, line=lines.get(name))
        table = LockTable(values=default.table(name).values, place=place, command=COMMAND)
        package = _package(normalized(name), table, indexes)
        packages[package.name] = (package,)
        extras = tuple(normalized(extra) for extra in table.texts("extras"))
        roots.append(Edge(package.name, extras, table.text_or_none("markers")))
    manifest = posixpath.join(posixpath.dirname(path), "Pipfile")
    lock = LockFile(path=path, manifest=manifest, packages=packages, roots=tuple(roots), flat=True, command=COMMAND)
    return lock, _python(root, text)


def _parsed(path: str, text: str) -> LockTable:
    if not text.strip():
        raise Rejected(problems.empty_lock(path, COMMAND))
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        place = Place(source=path, line=error.lineno)
        raise Rejected(problems.broken_lock(place, error.msg[:1].lower() + error.msg[1:], COMMAND)) from None
    except RecursionError:
        raise Rejected(problems.broken_lock(Place(source=path), "it is nested too deeply", COMMAND)) from None
    root = LockTable(values=values if isinstance(values, dict) else {}, place=Place(source=path), command=COMMAND)
    version = root.table("_meta").values.get("pipfile-spec")
    if version != 6:
        raise Rejected(problems.unknown_lock_version(Place(source=path), version, "Pipfile's format 6", COMMAND))
    return root


def _lines(text: str) -> dict[str, int]:
    """The line of each package of the section 'default': the section ends with the first line indented as little."""
    found: dict[str, int] = {}
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        entry = re.match(r'( {4}| {8})"([^"]+)": \{', line)
        if entry is None:
            continue
        if len(entry[1]) == 4:
            inside = entry[2] == "default"
        elif inside:
            found[entry[2]] = number
    return found


def _python(root: LockTable, text: str) -> PythonFact | None:
    requires = root.table("_meta").table("requires").values
    line = line_of(text, ('"requires"', '"python_'))
    return required_python(requires, Place(source=root.place.source, line=line))


def _indexes(root: LockTable) -> dict[str, LockIndex]:
    sources = (root.within(each) for each in root.table("_meta").tables("sources"))
    return {source.text("name"): index(source.address(source.text("url"))) for source in sources}


def _package(name: str, table: LockTable, indexes: dict[str, LockIndex]) -> LockedPackage:
    version = table.text_or_none("version") or "*"
    return LockedPackage(
        name=name,
        version=version.removeprefix("==") if version.startswith("==") else None,
        line=table.place.line,
        source=_source(table, indexes),
        hashes=table.texts("hashes"),
        optional={},
    )


def _source(table: LockTable, indexes: dict[str, LockIndex]) -> Source:
    values = table.values
    if "git" in values:
        url = table.address(table.text("git").removeprefix("git+"))
        return Repository(url, table.text("ref"), table.text_or_none("subdirectory"))
    if "path" in values or "file" in values:
        hashes = table.texts("hashes")
        url = table.text_or_none("file") or posixpath.normpath(table.text("path"))
        if "://" in url or url.endswith(ARCHIVES):
            return table.archive(url, hashes[0] if hashes else None, table.text_or_none("subdirectory"))
        return LocalFolder(url)
    return indexes.get(table.text_or_none("index") or "", LockIndex())
