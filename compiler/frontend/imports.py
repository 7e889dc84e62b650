"""What the entry's code imports from the project, but the container would not have: the `-d` that is missing.

29 % of real projects need one. Only a warning can come of it: what code imports is not known until it runs.
"""

import posixpath
import sys
from collections.abc import Collection, Sequence
from typing import NamedTuple

from caliban.compiler.diagnostics import Diagnostic, Place
from caliban.compiler.frontend.disk import Disk
from caliban.compiler.frontend.import_statements import Import, required_imports
from caliban.compiler.problems import content as problems

FILES = 500  # that are followed at most: 20 ms for each 100 kB of code
SOURCE_LIMIT = 1 << 20  # bytes; longer files are data that looks like code


class Unreached(NamedTuple):
    """A top-level name that is in the project, but neither copied nor installed."""

    name: str  # 'common'
    path: str  # 'common', a folder, or 'common.py'
    place: Place  # the import

    def warning(self) -> Diagnostic:
        """What the user is told, with what to do."""
        constructor = problems.unreached_module if self.path.endswith(".py") else problems.unreached_folder
        return constructor(self.name, self.path, self.place)


def unreached_imports(
    disk: Disk,
    entry: str,
    search_path: Sequence[str],
    copied: Sequence[str],
    provided: Collection[str] | None,
) -> tuple[Unreached, ...]:
    """The names that the entry's Python file and the copied code it imports would miss, in the order they are met.

    `search_path` are the folders of the project on Python's path, in order: for `python trainer/train.py` its folder,
    then '.'; for `python -m` '.' alone. `provided` are the top-level names that are installed; None if nobody knows.
    """
    if "." in copied or not entry.endswith(".py"):
        return ()
    found: dict[str, Unreached] = {}
    pending = [*_packages_of(entry, search_path), entry]
    seen = set(pending)
    for file in pending:  # it grows meanwhile
        source = disk.head(file, SOURCE_LIMIT)
        for statement in required_imports(source, is_entry=file == entry):
            for base in _bases(file, statement, search_path):
                paths = _paths(disk, base, statement)
                missing = [path for path in paths if not _is_below(path, copied)]
                if missing and not statement.level and not _is_elsewhere(statement.module, provided):
                    name, line = statement.module.partition(".")[0], statement.line
                    place = Place(source=file, line=line, text=_line(source, line))
                    found.setdefault(name, Unreached(name, _top(missing[0], base), place))
                files = [path for path in paths if path not in missing and path.endswith(".py") and path not in seen]
                pending += files[: FILES - len(pending)]
                seen.update(files)
                if paths:
                    break
    return tuple(found.values())


def _packages_of(entry: str, search_path: Sequence[str]) -> list[str]:
    """What `python -m a.b.c` runs before c: 'a/__init__.py', 'a/b/__init__.py'; nothing for a script."""
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


def _top(path: str, base: str) -> str:
    """What directly in a folder leads to a path: 'common' for 'common/net.py', or 'common.py'."""
    prefix = "" if base == "." else f"{base}/"
    return prefix + path[len(prefix) :].partition("/")[0]


def _is_below(path: str, folders: Sequence[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _is_elsewhere(module: str, provided: Collection[str] | None) -> bool:
    """Whether Python finds it without the project's help."""
    name = module.partition(".")[0]
    return name in sys.stdlib_module_names or (provided is not None and name in provided)


def _line(source: bytes, number: int) -> str:
    return source.splitlines()[number - 1].decode("utf-8", "replace").strip()
