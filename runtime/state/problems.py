"""Problems of the folder in which caliban keeps its state."""

import re
from errno import EACCES, EPERM, EROFS

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.os_errors import refusal_to_write
from caliban.compiler.words.quoting import quoted_file


def state_unusable(path: str, error: OSError) -> Diagnostic:
    """The data directory cannot be written, or its disk is full."""
    reason, remedy = refusal_to_write(error)
    return Diagnostic(
        code="no-state",
        message=f"caliban's own folder cannot be used: {reason}",
        place=Place(source=path),
        hint=_of_folder(error, remedy),
    )


def state_not_private(path: str, reason: str) -> Diagnostic:
    """Others may write in the folder, and so decide which image is run."""
    return Diagnostic(
        code="no-state",
        message=f"caliban's own folder cannot be trusted: {reason}",
        place=Place(source=path),
        hint="make it yours alone (chmod 700), or name another one by $CALIBAN_HOME",
    )


def state_forgotten(path: str, error: Exception) -> Diagnostic:
    """The index is a cache: this run goes on without it."""
    reason = refusal_to_write(error).reason if isinstance(error, OSError) else str(error)
    return Diagnostic(
        code="no-state",
        message=f"caliban's index cannot be used, so this run rebuilds: {printable(reason)}",
        place=Place(source=path),
        severity="warning",
        hint=next(
            (hint for words, hint in _REMEDIES.items() if re.search(words, reason)),
            f"if it stays so: rm {quoted_file(path)}; only time is lost",
        ),
    )


def _of_folder(error: OSError, remedy: str) -> str:
    if error.errno in (EACCES, EPERM, EROFS):
        remedy = "make it writable for yourself"
    if remedy.startswith("name"):
        return f"{remedy}, by $CALIBAN_HOME"
    return f"{remedy.partition(';')[0]}; or name another folder by $CALIBAN_HOME"


_REMEDIES = {  # by what SQLite says (sqlite.org/rescode.html), or the system
    "disk is full|no space|quota": "free some space on its disk (`df -h` says how full it is), "
    "or name another folder by $CALIBAN_HOME",
    "readonly|unable to open|permission|read-only": "make it writable for yourself, "
    "or name another folder by $CALIBAN_HOME",
    "locked": "let the other caliban end first, or name another folder by $CALIBAN_HOME",
}
