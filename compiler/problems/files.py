"""Problems of reading the project's files."""

from collections.abc import Iterable

from caliban.compiler.diagnostics import Diagnostic, Place, closest, printable


def unreadable(path: str, reason: str) -> Diagnostic:
    """The operating system refuses to let us read it."""
    return Diagnostic(
        code="unreadable",
        message=f"cannot be read: {reason}",
        place=Place(source=path),
        hint="make it readable for yourself, or leave it out with a line in .dockerignore",
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


def not_text(path: str, line: int) -> Diagnostic:
    """Manifests are UTF-8."""
    return Diagnostic(
        code="not-text",
        message="not UTF-8 text",
        place=Place(source=path, line=line),
        hint=f"save it as UTF-8: iconv -t UTF-8 {path}",
    )


def unmountable(path: str) -> Diagnostic:
    """A file or folder that is read while the image is built."""
    return Diagnostic(
        code="odd-name",
        message="a builder cannot be told to read this name",
        place=Place(source=path),
        hint="rename it: ASCII characters, none of * ? [ and backslash, no ! in front",
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
