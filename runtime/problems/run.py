"""Problems of a run: of what it is given, and of a container that was started."""

from caliban.compiler.diagnostics import Diagnostic, Place, printable


def mount_missing(path: str, option: str) -> Diagnostic:
    """A host folder that is not there."""
    return Diagnostic(
        code="no-directory",
        message=f"there is no '{printable(path)}' on this machine",
        place=Place(source=option),
        hint="check the path; it is relative to the current directory",
    )


def output_unusable(path: str, reason: str, option: str) -> Diagnostic:
    """What an option names for results cannot be made, or not written to."""
    return Diagnostic(
        code="bad-output",
        message=f"'{printable(path)}' cannot be written: {reason}",
        place=Place(source=option),
        hint="name a place that you may write to",
    )


def output_exists(path: str, option: str) -> Diagnostic:
    """Nothing that is there is overwritten."""
    return Diagnostic(
        code="exists",
        message=f"'{printable(path)}' is there already, and is not overwritten",
        place=Place(source=option),
        hint="name a folder that does not exist yet",
    )


def variable_unset(name: str) -> Diagnostic:
    """`--env NAME` takes the value from caliban's own environment."""
    return Diagnostic(
        code="bad-variable",
        message=f"--env {name} takes the value from the environment, where {name} is not set",
        place=Place(source="--env"),
        hint=f"export {name}=…, or --env {name}=VALUE",
    )


def lost_contact(container: str) -> Diagnostic:
    """The engine went away while the container ran."""
    return Diagnostic(
        code="lost-contact",
        message=f"lost contact with the engine while {container} ran; how it ended is not known",
        hint=f"when the engine is back: docker logs {container}; docker rm {container}",
    )


def child_out_of_memory() -> Diagnostic:
    """The kernel killed a process in the container, but not the main one."""
    return Diagnostic(
        code="out-of-memory",
        message="a process of the run was killed for want of memory, though the run itself ended well",
        severity="warning",
        hint="give it more (--docker_run_args '--memory 16g'), or use less",
    )


def program_not_there(program: str) -> Diagnostic:
    """What is to run the script is not in the image: a base that the user names may have no bash."""
    return Diagnostic(
        code="no-program",
        message=f"the image has no {printable(program)}, which is to run the script",
        severity="warning",
        hint="begin the script with one that is there (#!/bin/sh), or take a base image that has it",
    )
