"""Manifests that the copied code looks for above itself: the copies of a project in, the files to copy beside it, out.

A package that runs from its source may look for `setup.py` or `pyproject.toml` above itself, to find its data or its
version. After `pip install -e` it finds them; beside a copy of `src` alone it would not.
"""

import posixpath
import re
from collections.abc import Iterator, Sequence

from caliban.compiler.context.ignore import Ignore
from caliban.compiler.frontend.dependencies.passwords import holds_password
from caliban.compiler.frontend.project.copies import Copies
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import FileFact, Package

_MANIFESTS = ("setup.py", "setup.cfg", "pyproject.toml")
_LARGEST = 1 << 20  # bytes; a source file that is larger is no source file


def sought_manifests(disk: Disk, packages: Sequence[Package], code: str, copies: Copies) -> Iterator[FileFact]:
    """The manifests of installed packages that a module in the copied code names, and that hold no secret."""
    if code == "." or not any(package.installable for package in packages):
        return
    folders = {package.path for package in packages if package.installable and _holds(package.path, code)}
    paths = (posixpath.normpath(posixpath.join(folder, name)) for folder in folders for name in _MANIFESTS)
    ignore = Ignore(copies.patterns)
    there = [path for path in paths if disk.is_file(path) and not ignore.excludes(path) and not _holds(code, path)]
    if not there:
        return
    named = _named(disk, code, copies)
    for path in sorted(there):
        text, fact = disk.text(path) or "", disk.fact(path)
        if fact and posixpath.basename(path) in named and not any(map(holds_password, text.splitlines())):
            yield fact


def _named(disk: Disk, code: str, copies: Copies) -> set[str]:
    """The names of manifests that stand in quotes in the modules of the copied code."""
    words = {name: re.compile(rb"""["'/]""" + re.escape(name.encode()) + rb"""["']""") for name in _MANIFESTS}
    named: set[str] = set()
    for fact in copies.files:
        if fact.path.endswith(".py") and fact.size <= _LARGEST and _holds(code, fact.path):
            text = disk.head(fact.path, fact.size)
            named |= {name for name, pattern in words.items() if name.encode() in text and pattern.search(text)}
    return named


def _holds(folder: str, path: str) -> bool:
    return folder in (".", path) or path.startswith(f"{folder}/")
