"""Problems of what the machine is asked for."""

from caliban.compiler.diagnostics import Diagnostic, Place
from caliban.compiler.os_errors import refusal_to_read


def tables_unreadable(path: str, error: OSError) -> Diagnostic:
    """$CALIBAN_TABLES names no file."""
    reason, remedy = refusal_to_read(error)
    return Diagnostic(
        code="unreadable",
        message=f"cannot be read: {reason}",
        place=Place(source=f"$CALIBAN_TABLES: {path}"),
        hint=f"{remedy}, or unset $CALIBAN_TABLES",
    )


def project_in_state(folder: str) -> Diagnostic:
    """Caliban's own folder is the project, or a folder above it."""
    return Diagnostic(
        code="no-state",
        message="the project is, or lies in, caliban's own folder, where every command writes",
        place=Place(source=f"$CALIBAN_HOME: {folder}"),
        hint="name another folder by $CALIBAN_HOME, or unset it",
    )
