"""Follows the imports of the entry: to files of the project, to folders that are not copied, to other packages.

29 % of real projects need a `-d`. Only warnings can come of it: what code imports is not known until it runs.
"""

import posixpath
import sys
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from caliban.compiler.diagnostics import Diagnostic, Place
from caliban.compiler.frontend.project import import_problems as problems
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.import_statements import Import, imports_in

FILES = 500  # that are followed at most
BYTES = 4 << 20  # of code that is read at most: 20 ms for each 100 kB
_SHARED = ("google", "ruamel")  # packages of which many distributions have a part
SOURCE_LIMIT = 1 << 20  # bytes; longer files are data that looks like code


class Unreached(NamedTuple):
    """A top-level name that is in the project, but neither copied nor installed."""

    name: str  # 'common'
    path: str  # 'common', a folder, or 'common.py'
    place: Place  # the import

    def warning(self) -> Diagnostic:
        """Return the warning for the user, with its remedy."""
        constructor = problems.unreached_module if self.path.endswith(".py") else problems.unreached_folder
        return constructor(self.name, self.path, self.place)


class Foreign(NamedTuple):
    """A module that code needs and that neither Python nor the project has."""

    module: str  # 'numpy', 'google.cloud.storage'
    place: Place  # the first import


class Code:
    """The code of an entry; each file is read and parsed once, and no more than `FILES` of them.

    `search_path` are the folders of the project on Python's path, in order: for `python trainer/train.py` its folder,
    then '.'; for `python -m` '.' alone.
    """

    def __init__(self, disk: Disk, entry: str, search_path: Sequence[str]) -> None:
        self.disk = disk
        self.entry = entry
        self.search_path = search_path
        self._known: dict[str, tuple[list[Import], list[bytes]]] = {}
        self._bytes = 0

    def roots(self) -> list[str]:
        """The files that surely run; none where the entry is not Python."""
        return [*_packages_of(self.entry, self.search_path), self.entry] if self.entry.endswith(".py") else []

    def imports(self, file: str) -> list[Import]:
        """All imports of a file."""
        return self._parsed(file)[0]

    def place(self, file: str, statement: Import) -> Place:
        """Return the place of an import."""
        line = self._parsed(file)[1][statement.line - 1]
        return Place(source=file, line=statement.line, text=line.decode("utf-8", "replace").strip())

    def found(self, file: str, statement: Import) -> tuple[str, list[str]]:
        """The folder in which an import finds something of the project, and what it finds; else nothing."""
        for base in _bases(file, statement, self.search_path):
            if paths := _paths(self.disk, base, statement):
                return base, paths
        return "", []

    def _parsed(self, file: str) -> tuple[list[Import], list[bytes]]:
        if file not in self._known:
            if not file.endswith(".py") or len(self._known) == FILES or self._bytes > BYTES:
                return [], []
            source = self.disk.head(file, SOURCE_LIMIT)
            self._bytes += len(source)
            statements = imports_in(source, is_entry=file == self.entry)
            self._known[file] = statements, source.splitlines() if statements else []
        return self._known[file]


def unreached_imports(code: Code, copied: Sequence[str], provided: Collection[str] | None) -> tuple[Unreached, ...]:
    """The names that the entry's Python file and the copied code it imports would miss, in the order they are met.

    `provided` are the top-level names that are installed; None if nobody knows.
    """
    if "." in copied:
        return ()
    found: dict[str, Unreached] = {}
    for file, statement, base, paths in _required(code, copied):
        missing = [path for path in paths if not _is_below(path, copied)]
        if missing and not statement.level and not _is_elsewhere(statement.module, provided):
            name = statement.module.partition(".")[0]
            found.setdefault(name, Unreached(name, _top(missing[0], base), code.place(file, statement)))
    return tuple(found.values())


def foreign_imports(code: Code, copied: Sequence[str], beside: Sequence[str] = ()) -> tuple[Foreign, ...]:
    """The modules that code needs once it is imported, in the order they are met; of the entry, also its functions'.

    Not those of which the project has a file or a folder of code on Python's path, or in one of the folders `beside`.
    """
    found: dict[str, Foreign] = {}
    for file, statement, _, paths in _required(code, copied):
        top = statement.module.partition(".")[0]
        if paths or statement.level or (statement.late and file != code.entry):
            continue
        if top == "__main__" or top in sys.stdlib_module_names:
            continue
        bases = (*code.search_path, *beside)
        if not any(has_code(code.disk, "" if base == "." else base, top) for base in bases):
            whole = [f"{statement.module}.{name}" for name in statement.names] if top in _SHARED else []
            for module in whole or [statement.module if top in _SHARED else top]:
                found.setdefault(module, Foreign(module, code.place(file, statement)))
    return tuple(found.values())


def imported_paths(code: Code) -> frozenset[str]:
    """The entry and the code of the project that it imports: files, and folders of code without `__init__.py`.

    Imports that may fail, those inside `try:`, are among them.
    """
    pending = code.roots()
    seen = {*pending, code.entry}
    for file in pending:  # it grows meanwhile
        for statement in code.imports(file):
            new = [path for path in code.found(file, statement)[1] if path not in seen]
            pending += new
            seen.update(new)
    return frozenset(seen)


def _required(code: Code, copied: Sequence[str]) -> Iterator[tuple[str, Import, str, list[str]]]:
    """Each import that must succeed, of the copied code that is reached by such imports, with what it finds."""
    pending = code.roots()
    seen = set(pending)
    for file in pending:  # it grows meanwhile
        for statement in code.imports(file):
            if statement.optional:
                continue
            base, paths = code.found(file, statement)
            yield file, statement, base, paths
            new = [path for path in paths if path.endswith(".py") and path not in seen and _is_below(path, copied)]
            pending += new
            seen.update(new)


def _packages_of(entry: str, search_path: Sequence[str]) -> list[str]:
    """Return the files that `python -m a.b.c` runs before c: 'a/__init__.py', 'a/b/__init__.py'; none for a script."""
    folder = posixpath.dirname(entry)
    if (folder or ".") == search_path[0]:
        return []
    parts = folder.split("/")
    return [f"{'/'.join(parts[:length])}/__init__.py" for length in range(1, len(parts) + 1)]


def _bases(file: str, statement: Import, search_path: Sequence[str]) -> Sequence[str]:
    """The folders in which the module is looked for, in Python's order."""
    if statement.level == 0:
        return () if statement.module.partition(".")[0] in sys.builtin_module_names else search_path
    folder = posixpath.dirname(file)
    for _ in range(statement.level - 1):
        folder = posixpath.dirname(folder)
    return (folder or ".",)


def _paths(disk: Disk, base: str, statement: Import) -> list[str]:
    """The files of the project that an import runs, as far as they are there; else a folder of code that it names."""
    stem = "" if base == "." else base
    found = []
    for part in statement.module.split(".") if statement.module else ():
        stem = posixpath.join(stem, part)
        if file := _module(disk, stem):
            found.append(file)
        elif not disk.is_folder(stem):
            return found
    found += [file for name in statement.names if (file := _module(disk, posixpath.join(stem, name)))]
    if found or not any(name.endswith(".py") for name in disk.names(stem or ".")):
        return found
    return [stem]


def _module(disk: Disk, stem: str) -> str | None:
    return next((file for file in (f"{stem}/__init__.py", f"{stem}.py") if disk.is_file(file)), None)


def has_code(disk: Disk, stem: str, name: str) -> bool:
    """Return whether a folder has a module of that name, or a folder of that name with code at any depth."""
    path = posixpath.join(stem, name)
    if _module(disk, path) is not None:
        return True
    inside = [f"{path}/{each}" for each in disk.names(path)]
    return any(each.endswith(".py") or any(deep.endswith(".py") for deep in disk.names(each)) for each in inside)


def _top(path: str, base: str) -> str:
    """Return the direct child of a folder that leads to a path: 'common' for 'common/net.py', or 'common.py'."""
    prefix = "" if base == "." else f"{base}/"
    return prefix + path[len(prefix) :].partition("/")[0]


def _is_below(path: str, folders: Sequence[str]) -> bool:
    return any(folder in (".", path) or path.startswith(f"{folder}/") for folder in folders)


def _is_elsewhere(module: str, provided: Collection[str] | None) -> bool:
    """Return whether Python finds a module without the project."""
    name = module.partition(".")[0]
    return name in sys.stdlib_module_names or (provided is not None and name in provided)
