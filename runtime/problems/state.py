"""Problems of the folder in which caliban keeps its state."""

from caliban.compiler.diagnostics import Diagnostic, Place, printable


def state_unusable(path: str, reason: str) -> Diagnostic:
    """The data directory cannot be written, or its disk is full."""
    return Diagnostic(
        code="no-state",
        message=f"caliban's own folder cannot be used: {reason}",
        place=Place(source=path),
        hint="make it writable, or room on its disk; or name another one by $CALIBAN_HOME",
    )


def state_not_private(path: str, reason: str) -> Diagnostic:
    """Whoever writes there decides which image is run."""
    return Diagnostic(
        code="no-state",
        message=f"caliban's own folder cannot be trusted: {reason}",
        place=Place(source=path),
        hint="make it yours alone (chmod 700), or name another one by $CALIBAN_HOME",
    )


def state_forgotten(path: str, reason: str) -> Diagnostic:
    """The index is a cache: this run goes on without it."""
    return Diagnostic(
        code="no-state",
        message=f"caliban's index cannot be used, so this run builds anew: {printable(reason)}",
        place=Place(source=path),
        severity="warning",
        hint="if it stays so: delete the file; only time is lost",
    )
