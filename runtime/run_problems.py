"""Problems of a container that was started."""

from caliban.compiler.diagnostics import Diagnostic, printable


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
