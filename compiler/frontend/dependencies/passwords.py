"""Passwords that stand in what declares dependencies: they must not get into an image, and often would."""

import re
from collections.abc import Iterator, Sequence

from caliban.compiler.diagnostics import Diagnostic, Place
from caliban.compiler.frontend.disk import Disk
from caliban.compiler.problems import network as problems
from caliban.compiler.project import NamedIndex, Package, RequirementsFile

_ADDRESS = re.compile(r"https?://(?P<user>[^\s/@:]*)(?::(?P<password>[^\s/@]*))?@")
_TEXTS = (".txt", ".in", ".toml")


def passwords_in_metadata(files: Sequence[RequirementsFile], packages: Sequence[Package]) -> Iterator[Diagnostic]:
    """Those of requirements that an image holds: in the metadata of a package, or as a list that no tool can read."""
    for file in files:
        if any(holds_password(line) for line in file.lines or ()):
            yield problems.password_in_metadata(Place(source=file.path))
    for package in packages:
        for requirement in (*(package.requirements or ()), *(found for _, adds in package.optional for found in adds)):
            if holds_password(requirement.text):
                yield problems.password_in_metadata(requirement.place)


def passwords_in_copies(
    disk: Disk, files: Sequence[RequirementsFile], indexes: Sequence[NamedIndex], copied: Sequence[str]
) -> Iterator[Diagnostic]:
    """Those of files that installers read, where they lie in folders that are copied: '.', 'trainer'."""
    read = [path for file in files for path in (file.path, *file.includes) if path.endswith(_TEXTS)]
    if any(holds_password(index.url) for index in indexes):
        read.append("pyproject.toml")
    for path in dict.fromkeys(read):
        if any(folder == "." or path.startswith(f"{folder}/") for folder in copied):
            yield from (problems.password_in_copy(place) for place in _places(path, disk.text(path) or ""))


def _places(path: str, text: str) -> Iterator[Place]:
    for number, line in enumerate(text.splitlines(), start=1):
        if holds_password(line.partition(" #")[0]) and not line.lstrip().startswith("#"):
            yield Place(source=path, line=number)


def holds_password(text: str) -> bool:
    """Whether an address has one, or a token in place of a user: written out, not by a variable of the environment."""
    for found in _ADDRESS.finditer(text):
        hidden = found["user"] if found["password"] is None else found["password"]
        if hidden not in ("", "git") and not hidden.startswith("$"):
            return True
    return False
