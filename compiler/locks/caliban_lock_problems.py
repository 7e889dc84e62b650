"""Problems of `caliban.lock`."""

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.locks.resolved import CALIBAN_LOCK


def broken(what: str, line: int | None, command: str) -> Diagnostic:
    """An edit, a merge, half a file."""
    return Diagnostic(
        code="broken-lock",
        message=f"this lock cannot be read: {what}",
        place=Place(source=CALIBAN_LOCK, line=line),
        hint=anew(command),
    )


def newer(version: int, command: str) -> Diagnostic:
    """A format that a later caliban writes."""
    return Diagnostic(
        code="broken-lock",
        message=f"format version {version}, and this caliban reads version 1",
        place=Place(source=CALIBAN_LOCK),
        hint=f"use the caliban that wrote it, or {anew(command)}",
    )


def file_gone(path: str, command: str) -> Diagnostic:
    """A wheel of the project that was locked."""
    return Diagnostic(
        code="stale-lock",
        message=f"it has '{printable(path)}', and the project has no such file",
        place=Place(source=CALIBAN_LOCK),
        hint=f"bring the file back, or {anew(command)}",
    )


def anew(command: str) -> str:
    """The remedy for a lock that cannot be used, not even by `caliban lock` itself; it holds other modes too."""
    return f"make it again, once for each mode: rm {CALIBAN_LOCK} && {command}"
