"""Problems of starting programs, of the standard streams, and of writing what was asked for."""

from errno import EACCES, EAGAIN, ELOOP, ENOEXEC, ENOTDIR, EPERM

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.os_errors import refusal_to_read, refusal_to_write
from caliban.compiler.words.quoting import quoted

ARGS = "-- ARGS"  # the place of what is typed for the script


def output_unusable(path: str, error: OSError, option: str) -> Diagnostic:
    """A path for results cannot be made, or not written to."""
    reason, remedy = refusal_to_write(error)
    return Diagnostic(
        code="bad-output",
        message=f"'{printable(path)}' cannot be written: {reason}",
        place=Place(source=option),
        hint=remedy,
    )


def output_no_folder(path: str, typed: str, target: str | None) -> Diagnostic:
    """On the way to a folder for results is a file, or a link that leads to no folder, to `target`."""
    found = "a file" if target is None else f"a link to '{printable(target)}', and no folder is there"
    way = "" if path == typed else f"'{printable(typed)}' cannot be made: "
    return Diagnostic(
        code="bad-output",
        message=f"{way}'{printable(path)}' is {found}",
        place=Place(source="--output"),
        hint="name another place, or move that file away" if target is None else "name another place, or mend the link",
    )


def output_is_link(path: str, target: str) -> Diagnostic:
    """The folder of a group in a folder of results; a run may have written the link."""
    return Diagnostic(
        code="bad-output",
        message=f"'{printable(path)}' is a link to '{printable(target)}', and caliban follows no link there: "
        "a run may have made it",
        place=Place(source="--output"),
        hint="remove the link, or name another group: --xgroup NAME",
    )


def output_exists(path: str, option: str) -> Diagnostic:
    """Nothing that is there is overwritten."""
    return Diagnostic(
        code="exists",
        message=f"'{printable(path)}' already exists, and is not overwritten",
        place=Place(source=option),
        hint="name a folder that does not exist yet",
    )


def other_program(path: str, own: str, *, runs: bool) -> Diagnostic:
    """Another program called caliban is on PATH; `runs`: in front of ours."""
    which = "runs when you type caliban" if runs else "is on PATH too"
    return Diagnostic(
        code="another-caliban",
        severity="warning",
        message=f"another program called caliban {which}: {printable(path)}",
        hint=f"this one is {printable(own)}; put its folder first on PATH, or remove the other",
    )


def other_distribution(version: str, python: str) -> Diagnostic:
    """The distribution called caliban has a package of the same name as ours; `python` is the environment's."""
    return Diagnostic(
        code="another-caliban",
        severity="warning",
        message=f"another tool, caliban {printable(version)}, is installed in the same environment, "
        "and both have a command and a package called caliban",
        hint="remove both, then install caliban-run again, since they share files:\n"
        f"{quoted(python)} -m pip uninstall caliban caliban-run",
    )


def program_missing(name: str) -> Diagnostic:
    """Not on PATH."""
    return Diagnostic(code="no-program", message=f"there is no program called {name} on PATH", hint=f"install {name}")


def program_failed(name: str, error: OSError) -> Diagnostic:
    """The system would not start it: because of the program's file, or for lack of something."""
    reason, remedy = refusal_to_read(error)
    if error.errno in (EACCES, EPERM, ENOEXEC, ELOOP, ENOTDIR):
        remedy = f"check the file that `which {name}` names: it must be a program for this machine that you may start"
    elif error.errno == EAGAIN:
        reason, remedy = "too many processes run", "end some of them, or raise the limit: ulimit -u"
    return Diagnostic(code="no-program", message=f"{name} cannot be started: {reason}", hint=remedy)


def arguments_too_long(arguments: int, variables: int, largest: str | None) -> Diagnostic:
    """execve(2): about 2 MiB for all arguments and variables, 128 KiB for each, on Linux; sizes in bytes.

    `largest` is the name of a variable that alone is too long.
    """
    if largest is not None:
        what = f"the variable {printable(largest)} is longer than the system passes to a program (128 KiB)"
        return Diagnostic(
            code="arguments-too-long",
            message=what,
            place=Place(source="--env"),
            hint="write its value into a file, and pass that: --mount FILE",
        )
    return Diagnostic(
        code="arguments-too-long",
        message=f"the arguments take {arguments:,} bytes and the environment {variables:,}, more than the system "
        "passes to a program (2 MiB in all, 128 KiB for each)",
        place=Place(source=ARGS),
        hint="write long values into a file of the project and pass its name",
    )


def stdout_unusable(reason: str) -> Diagnostic:
    """The output cannot be written: closed, a full disk, /dev/full."""
    return Diagnostic(
        code="no-output",
        message=f"the answer cannot be written: {reason}",
        place=Place(source="standard output"),
        hint="write it somewhere else, or make room on that disk",
    )


def stdin_unusable(reason: str) -> Diagnostic:
    """The experiments come from there."""
    return Diagnostic(
        code="unreadable",
        message=f"the experiments cannot be read: {reason}",
        place=Place(source="standard input"),
        hint="pipe them in, or name a file",
    )


def no_current_directory(reason: str) -> Diagnostic:
    """It was removed, or may not be looked up."""
    return Diagnostic(
        code="no-directory",
        message=f"the current directory, which is the project, is not there: {reason}",
        hint="change to the folder of the project",
    )


def directory_not_utf8(path: str) -> Diagnostic:
    """The engine and the index carry UTF-8 alone."""
    return Diagnostic(
        code="bad-name",
        message="the path of the project is not UTF-8, and the engine would change its bytes on the way",
        place=Place(source=path),
        hint="rename the folder, or one above it; a link to it with another name does not help",
    )
