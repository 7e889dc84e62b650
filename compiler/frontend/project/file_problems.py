"""Problems of reading the project's files."""

import codecs
from collections.abc import Iterable
from errno import EACCES, EISDIR, ENXIO, EPERM

from caliban.compiler.diagnostics import Diagnostic, Place, closest, printable
from caliban.compiler.os_errors import refusal_to_read
from caliban.compiler.words.quoting import quoted_file


def unreadable(path: str, error: OSError) -> Diagnostic:
    """The operating system refuses to let us read what is to be copied."""
    reason, remedy = refusal_to_read(error)
    leave_out = ", or leave it out with a line in .dockerignore" if error.errno in (EACCES, EPERM) else ""
    return Diagnostic(
        code="unreadable",
        message=f"cannot be read: {reason}",
        place=Place(source=path),
        hint=remedy + leave_out,
    )


def text_unreadable(path: str, error: OSError, source: str | None = None) -> Diagnostic:
    """A file that caliban itself reads, whatever is copied; `source` is the option that names it, None for its own."""
    if not path:
        return Diagnostic(
            code="unreadable",
            message="the name of the file is empty",
            place=Place(source=source or "a file"),
            hint="name a file; in a script, check the variable that should hold the name",
        )
    reason, remedy = refusal_to_read(error)
    if error.errno in (EISDIR, ENXIO):
        remedy = "name a regular file" if source else "rename or remove it: caliban reads a file of this name"
    return Diagnostic(
        code="unreadable",
        message=f"cannot be read: {reason}",
        place=Place(source=f"{source} {path}" if source else path),
        hint=remedy,
    )


def leads_outside(path: str, target: str | None) -> Diagnostic:
    """A link, of the file or of a folder above it."""
    return Diagnostic(
        code="outside-project",
        message=f"leads out of the project, to {printable(target)!r}" if target else "leads out of the project",
        place=Place(source=path),
        hint="caliban reads nothing outside the project unless your command line names it: copy the file into it",
    )


def too_large(path: str, limit: int) -> Diagnostic:
    """A manifest of many megabytes is a mistake."""
    return Diagnostic(
        code="too-large",
        message=f"larger than {limit >> 20} MiB, so this is no file that caliban reads",
        place=Place(source=path),
        hint="check that the right file has this name",
    )


def not_text(path: str, line: int, content: bytes) -> Diagnostic:
    """Manifests are UTF-8; PowerShell writes UTF-16."""
    name, new = quoted_file(path), quoted_file(f"{path}.utf8")
    return Diagnostic(
        code="not-text",
        message="not UTF-8 text",
        place=Place(source=path, line=line),
        hint=f"save it as UTF-8: iconv -f {_encoding(content)} -t UTF-8 {name} > {new} && mv {new} {name}",
    )


def _encoding(content: bytes) -> str:
    """Return the likely encoding of a text that is not UTF-8, as iconv calls it."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16"
    if b"\0" in content:
        return "UTF-16BE" if content.startswith(b"\0") else "UTF-16LE"
    try:
        content.decode("cp1252")
    except UnicodeDecodeError:
        return "ISO-8859-1"
    return "WINDOWS-1252"


def merge_conflict(path: str, line: int, text: str) -> Diagnostic:
    """Git's marks of a conflict, in any format."""
    return Diagnostic(
        code="merge-conflict",
        message="a merge conflict begins here, and is not resolved",
        place=Place(source=path, line=line, text=text.rstrip()),
        hint=f"resolve it, or take one side: git checkout --ours {quoted_file(path)}",
    )


def missing(path: str, source: str, known: Iterable[str]) -> Diagnostic:
    """A file that an option names."""
    match = closest(path.rpartition("/")[2], known)
    return Diagnostic(
        code="no-file",
        message=f"there is no file '{printable(path)}'",
        place=Place(source=source),
        hint=f"did you mean '{printable(match)}'?" if match else "check the path, relative to the current directory",
    )
