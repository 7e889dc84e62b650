"""Passwords that stand in what declares dependencies: they must not get into an image, and often would."""

import re
from collections.abc import Iterator, Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, Rejected
from caliban.compiler.frontend.dependencies import problems
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import NamedIndex, Package, RequirementsFile
from caliban.compiler.words.secret_urls import doubtful_spans, has_secret_query, secret_spans

_TEXTS = (".txt", ".in", ".toml")


def passwords_in_metadata(files: Sequence[RequirementsFile], packages: Sequence[Package]) -> Iterator[Diagnostic]:
    """Those of requirements that an image holds: in the metadata of a package, or as a list that no tool can read."""
    for file in files:
        yield from _refused(file.lines or (), Place(source=file.path))
    for package in packages:
        for requirement in (*(package.requirements or ()), *(found for _, adds in package.optional for found in adds)):
            yield from _refused((requirement.text,), requirement.place)


def _refused(lines: Sequence[str], place: Place) -> Iterator[Diagnostic]:
    """A problem for what is surely a password, and a warning for what only may be one: a name may look like a token."""
    if any(True for line in lines for _ in secret_spans(line)):
        yield problems.password_in_metadata(place)
    elif any(map(holds_password, lines)):
        yield problems.password_in_metadata(place, certain=False)


def recorded_addresses(lines: Sequence[str], place: Place) -> tuple[Diagnostic, ...]:
    """Warnings for addresses of packages that may hold a token. Raises Rejected for those that surely do.

    An installer writes the address of a package, with the values of variables in it, into the package's metadata
    (PEP 610, direct_url.json): uv 0.13.9 leaves out users and passwords there, and keeps queries.
    """
    direct = [
        _without_user(line) for line in lines if not line.startswith("-") or line.startswith(("-e", "--editable"))
    ]
    if any(map(has_secret_query, direct)):
        raise Rejected(problems.token_in_metadata(place))
    return (problems.password_in_metadata(place, certain=False),) if any(map(holds_password, direct)) else ()


def _without_user(line: str) -> str:
    return re.sub(r"(?<=://)[^/\s@]*@", "", line)


def passwords_in_copies(
    disk: Disk, files: Sequence[RequirementsFile], indexes: Sequence[NamedIndex], copied: Sequence[str]
) -> Iterator[Diagnostic]:
    """Those of files that installers read, where they lie in folders that are copied: '.', 'trainer'."""
    read = [path for file in files for path in (file.path, *file.includes) if path.endswith(_TEXTS)]
    if any(holds_password(index.url) for index in indexes):
        read.append("pyproject.toml")
    for path in dict.fromkeys(read):
        if any(folder == "." or path.startswith(f"{folder}/") for folder in copied):
            text, _ = disk.encoded_text(path) or ("", "")
            yield from (problems.password_in_copy(place) for place in _places(path, text))


def _places(path: str, text: str) -> Iterator[Place]:
    for number, line in enumerate(text.splitlines(), start=1):
        if holds_password(line.partition(" #")[0]) and not line.lstrip().startswith("#"):
            yield Place(source=path, line=number)


def holds_password(text: str) -> bool:
    """Return whether an address may contain a secret that is written out, not by an environment variable."""
    return "://" in text and any(True for _ in doubtful_spans(text))
