"""Hints after a run that failed: what ended it, and what helps."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.words.quoting import quoted, quoted_file

if TYPE_CHECKING:
    from caliban.compiler.frontend.project.absence import Absence

_ADDING = {"uv.lock": "uv add", "poetry.lock": "poetry add", "pdm.lock": "pdm add", "Pipfile.lock": "pipenv install"}


def module_not_copied(module: str, path: str, found: "Absence") -> Diagnostic:
    """The project has it, the image has not."""
    return Diagnostic(
        code="no-module",
        message=f"the image lacks '{printable(module)}', because '{printable(path)}' {found.reason}",
        place=found.place,
        hint=found.remedy,
        severity="warning",
    )


def module_of_extra(module: str, extra: str) -> Diagnostic:
    """An extra or a group that was not asked for would bring it."""
    return Diagnostic(
        code="no-module",
        message=f"the image lacks '{printable(module)}', which the project declares under '{printable(extra)}' alone",
        hint=f"--extras {quoted(extra)}",
        severity="warning",
    )


def module_not_declared(module: str, requirement: str, file: str | None, *, certain: bool) -> Diagnostic:
    """Nothing declares it; `file` is where one more requirement is to be written."""
    line = requirement if certain else f"{requirement}  (if that is its name on PyPI)"
    if file is None:
        hint = f"write a file requirements.txt with this line: {line}"
    elif file in _ADDING:
        hint = f"{_ADDING[file]} {line}"
    elif file.endswith((".toml", ".cfg", "setup.py", ".lock")):
        hint = f"add it to the dependencies of {printable(file)}: {line}"
    else:
        hint = f"add a line to {printable(file)}: {line}"
    return Diagnostic(
        code="no-module",
        message=f"the image lacks '{printable(module)}', which nothing declares",
        hint=hint,
        severity="warning",
    )


def module_of_submodule(module: str, empty: Diagnostic) -> Diagnostic:
    """Nothing declares it, no package is known by its name, and a submodule was not fetched."""
    return Diagnostic(
        code="no-module",
        message=f"the image lacks '{printable(module)}', which nothing declares, and {empty.message}",
        hint=empty.hint,
        severity="warning",
    )


def file_not_copied(path: str, found: "Absence | None", *, by_root: bool) -> Diagnostic:
    """The project has it, the image has not; `by_root`: the run asked for it at its place on this machine."""
    reason = f"'{printable(path)}' {found.reason}" if found else "the project is not at its place on this machine"
    ways = [f"name it relative to the project: {quoted_file(path)}"] if by_root else []
    return Diagnostic(
        code="no-file",
        message=f"the run did not find '{printable(path)}', which the project has: {reason}",
        place=found.place if found else None,
        hint="\n".join((*ways, *([found.remedy] if found else []))),
        severity="warning",
    )


def no_library(library: str, packages: Sequence[str], config: str | None) -> Diagnostic:
    """A slim image has few of the system's libraries; `packages` are all that the config is to ask for."""
    listed = ", ".join(f'"{name}"' for name in packages)
    line = f"apt_packages = [{listed}]" if config == "pyproject.toml" else f'"apt_packages": [{listed}]'
    where = f"{config}, [tool.caliban]" if config == "pyproject.toml" else config or ".calibanconfig.json"
    return Diagnostic(
        code="no-library",
        message=f"the image lacks the shared library {printable(library)}",
        hint=f"in {where}: {line if config else '{' + line + '}'}",
        severity="warning",
    )


def shared_memory_full() -> Diagnostic:
    """Workers that hand data on by /dev/shm: a container's own, and limited."""
    return Diagnostic(
        code="shared-memory",
        message="the shared memory of the run, /dev/shm, was full",
        hint="give it more: --docker_run_args '--shm-size 32g'\nor let fewer workers hand on less data",
        severity="warning",
    )


def mounted_read_only(path: str, source: str) -> Diagnostic:
    """A folder of --mount is read-only."""
    return Diagnostic(
        code="read-only",
        message=f"the run wrote to {printable(path)}, which --mount lends it read-only",
        place=Place(source=f"--mount {source}"),
        hint="let it write to /outputs, and keep that: -o results",
        severity="warning",
    )


def driver_too_old() -> Diagnostic:
    """The CUDA in the image is newer than the driver of this machine runs."""
    return Diagnostic(
        code="old-driver",
        message="the image has a CUDA that is newer than this machine's driver runs",
        hint="pin a release of the framework that is built for an older CUDA, or update the driver;\n"
        "CALIBAN_GPU_DRIVER=VERSION builds for the driver of another machine",
        severity="warning",
    )


def negative_value(option: str, value: str) -> Diagnostic:
    """argparse takes what begins with '-' for an option, but for a plain negative number."""
    return Diagnostic(
        code="negative-value",
        message=f"argparse took '{printable(value)}' for an option, not for the value of {printable(option)}",
        place=Place(source="-- ARGS"),
        hint=f"write both as one argument: {quoted(f'{option}={value}')}",
        severity="warning",
    )
