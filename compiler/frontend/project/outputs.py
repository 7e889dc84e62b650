"""The folder of `-o` in the project: no part of what is copied, so that results of one run are no input of the next."""

from collections.abc import Iterator, Sequence
from stat import S_ISDIR

from msgspec.structs import replace

from caliban.compiler.context.patterns import escape_pattern
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.project import content_problems as problems
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.exclusions import Exclusions
from caliban.compiler.frontend.project.run_folders import is_run_folder
from caliban.compiler.frontend.project.traversal import ignores_itself
from caliban.compiler.frontend.project.walk import walk


def output_in_project(disk: Disk, output: str, typed: str) -> str | None:
    """The folder for results relative to the project; None where it lies elsewhere.

    Raises Rejected where it holds the project: what a run can write to would be the user's own files.
    """
    if disk.holds_project(output):
        raise Rejected(problems.output_holds_project(typed))
    return disk.inside(output)


def left_out_for(disk: Disk, output: str, roots: Sequence[str]) -> tuple[str, ...]:
    """Return the paths to leave out for a folder of results that would be copied with one of the roots.

    It is what caliban's own .gitignore leaves out later: the topmost folder that is made, else the folder itself.
    """
    if output == "." or not any(_is_in(output, root) for root in roots):
        return ()
    made = (folder for folder in _prefixes(output) if not disk.exists(folder) or ignores_itself(disk, folder))
    return (next(made, output),)


def check_output(
    disk: Disk, output: str, *, entry: str, code: str, directories: Sequence[str], exclusions: Exclusions
) -> None:
    """Raises Rejected where a folder for results, relative to the project, is or holds or lies in what is copied."""
    if output == ".":
        raise Rejected(problems.output_is_project())
    first = entry.partition("/")[0] if "/" in entry else entry
    for copied, what in ((code, "the code"), (first, "the code"), *((path, f"-d {path}") for path in directories)):
        if copied != "." and (_is_in(output, copied) or _is_in(copied, output)):
            raise Rejected(problems.output_in_copy(output, copied, what))
    if code == "." and _is_copied(disk, output, exclusions):
        raise Rejected(problems.output_is_copied(output, escape_pattern(output)))


def _prefixes(path: str) -> Iterator[str]:
    """A path's folders from the top, and it itself."""
    parts = path.split("/")
    return ("/".join(parts[:length]) for length in range(1, len(parts) + 1))


def _is_in(path: str, folder: str) -> bool:
    return folder in (".", path) or path.startswith(f"{folder}/")


def _is_copied(disk: Disk, output: str, exclusions: Exclusions) -> bool:
    """Return whether anything in the folder would be copied without -o."""
    if not disk.is_folder(output):
        return False
    if any(ignores_itself(disk, folder) or is_run_folder(disk, folder) for folder in _prefixes(output)):
        return False
    found = walk(disk, (output,), replace(exclusions, outputs=()))
    return any(not S_ISDIR(fact.mode) for fact in found.files)
