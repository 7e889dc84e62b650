"""A requirements file and all that it includes, into a `RequirementsFile` and the local packages that it names.

Paths are read as uv 0.13.9 reads them (tried), which is what pip does too: `-r` and `-c` are relative to the file they
stand in, requirements (`./libs/foo`, `-e .`, `foo @ file:./foo.whl`) are relative to the working directory, which is
the project wherever the file lies. `--find-links` is relative to the file; uv, unlike pip, looks nowhere else.
`${PROJECT_ROOT}` is the working directory; any other `${NAME}` stays for the installer.
"""

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies import problems
from caliban.compiler.frontend.dependencies.manifests.listings import listing_of
from caliban.compiler.frontend.dependencies.manifests.requirements_reader import MOST_PROBLEMS, RequirementsReader
from caliban.compiler.frontend.dependencies.manifests.statements import Statement, statements
from caliban.compiler.frontend.dependencies.passwords import holds_password, recorded_addresses
from caliban.compiler.frontend.dependencies.paths import path_in_project, resembling
from caliban.compiler.frontend.dependencies.reading import ReadRequirements
from caliban.compiler.frontend.project.disk import Disk

_LONGEST = 60_000  # characters of all lines


def read_requirements(disk: Disk, path: str) -> ReadRequirements:
    """The requirements of a file and of what it includes; a marker behind a local package is taken to be true.

    Raises Rejected where the file is missing, else with the problems of all its lines.
    """
    root = path_in_project(disk, path, base="", place=None)
    written = None if root is None else disk.encoded_text(root)
    if root is None or written is None:
        raise Rejected(problems.no_requirements_file(path, resembling(disk, path)))
    reader = RequirementsReader(disk, root)
    reader.read(root, written, only_constrains=False)
    if reader.problems:
        raise Rejected(*reader.problems[:MOST_PROBLEMS])
    in_lines = reader.result_in_lines()
    lines = in_lines.file.lines or ()
    warnings = (*in_lines.warnings, *recorded_addresses(lines, Place(source=root)))
    if may_be_spelled(lines):
        return replace(in_lines, warnings=warnings)
    if unlisted := reader.unlisted_options():
        raise Rejected(*unlisted[:MOST_PROBLEMS])
    read = reader.result()
    return replace(read, file=replace(read.file, hashed=_all_hashed(lines)), warnings=warnings)


def conda_list(disk: Disk, path: str) -> tuple[Statement, ...]:
    """The lines of a file that holds the output of `conda list --export`; none of any other. Raises Rejected."""
    text, _ = disk.encoded_text(path) or ("", "")
    listed = tuple(statements(text)) if re.search(r"(?m)^[^\s=#-]+=[^=\s]+=[^=\s]+\s*$", text) else ()
    return listed if listing_of(listed) == "conda list --export" else ()


def _all_hashed(lines: Sequence[str]) -> bool:
    """Return whether each requirement has hashes; options have none."""
    required = [line for line in lines if not line.startswith("-") or line.startswith(("-e", "--editable"))]
    return all("--hash" in line for line in required)


def may_be_spelled(lines: Sequence[str]) -> bool:
    """Return whether a Dockerfile may hold these lines: readable, and without a password.

    Then a comment, an order or an end of line in the file rebuilds nothing. With hashes, each line has dozens of words;
    and one argument of a command, as the script of a RUN is, may have 131,072 bytes (Linux, MAX_ARG_STRLEN).
    """
    return not any("--hash" in line or holds_password(line) for line in lines) and sum(map(len, lines)) < _LONGEST


def read_statements(disk: Disk, path: str, listed: Iterable[Statement]) -> ReadRequirements:
    """The requirements that stand in a file of another kind: the pip section of environment.yml. Raises Rejected."""
    reader = RequirementsReader(disk, path)
    reader.follow(path, listed, only_constrains=False)
    if reader.problems:
        raise Rejected(*reader.problems[:MOST_PROBLEMS])
    read = reader.result_in_lines()
    recorded_addresses(read.file.lines or (), Place(source=path))  # warnings come with those of other metadata
    return read
