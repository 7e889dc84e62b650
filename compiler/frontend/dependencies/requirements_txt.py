"""A requirements file and all that it includes, into a `RequirementsFile` and the local packages that it names.

Paths are read as uv 0.13.9 reads them (tried), which is what pip does too: `-r` and `-c` are relative to the file they
stand in, requirements (`./libs/foo`, `-e .`, `foo @ file:./foo.whl`) are relative to the working directory, which is
the project wherever the file lies. `--find-links` is relative to the file; uv, unlike pip, looks nowhere else.
`${PROJECT_ROOT}` is the working directory; any other `${NAME}` stays for the installer.
"""

from collections.abc import Iterable

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.dependencies.paths import path_in_project, resembling
from caliban.compiler.frontend.dependencies.reading import ReadRequirements
from caliban.compiler.frontend.dependencies.requirements_reader import MOST_PROBLEMS, RequirementsReader
from caliban.compiler.frontend.dependencies.statements import Statement
from caliban.compiler.frontend.disk import Disk
from caliban.compiler.problems import dependencies as problems


def read_requirements(disk: Disk, path: str) -> ReadRequirements:
    """The requirements of a file and of what it includes; a marker behind a local package is taken to be true.

    Raises Rejected where the file is missing, else with the problems of all its lines.
    """
    root = path_in_project(disk, path, base="", place=None)
    text = None if root is None else disk.text(root)
    if root is None or text is None:
        raise Rejected(problems.no_requirements_file(path, resembling(disk, path)))
    reader = RequirementsReader(disk, root)
    reader.read(root, text, only_constrains=False)
    if reader.problems:
        raise Rejected(*reader.problems[:MOST_PROBLEMS])
    return reader.result()


def read_statements(disk: Disk, path: str, listed: Iterable[Statement]) -> ReadRequirements:
    """The requirements that stand in a file of another kind: the pip section of environment.yml. Raises Rejected."""
    reader = RequirementsReader(disk, path)
    reader.follow(path, listed, only_constrains=False)
    if reader.problems:
        raise Rejected(*reader.problems[:MOST_PROBLEMS])
    return reader.result_in_lines()
