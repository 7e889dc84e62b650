"""Problems of what the command line asks for in the container."""

from collections.abc import Callable

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.words.quoting import quoted

_INSTEAD: dict[str, Callable[[str], str]] = {
    "--mount": lambda source: f"--mount {quoted(_mount(source, '/data'))}",
    "--output": lambda source: f"-o {quoted(_mount(source))}",
}


def same_place(option: str, typed: str, other: str, target: str) -> Diagnostic:
    """The engine mounts one thing at one place."""
    return Diagnostic(
        code="bad-mount",
        message=f"'{printable(other)}' and '{printable(typed)}' are both mounted at {printable(target)}",
        place=Place(source=option),
        hint="give each a place of its own: DIR:PATH",
    )


def hides_system(option: str, source: str, target: str) -> Diagnostic:
    """A mount over a folder hides all that the image has there."""
    return Diagnostic(
        code="bad-mount",
        message=f"'{printable(source)}' mounted at {printable(target)} would hide files that every program needs",
        place=Place(source=option),
        hint=_instead(option, source),
    )


def hides_code(option: str, source: str, target: str, hidden: str) -> Diagnostic:
    """The run would find an empty folder, or something else, in place of its own code."""
    return Diagnostic(
        code="bad-mount",
        message=f"'{printable(source)}' mounted at {printable(target)} would hide {printable(hidden)}",
        place=Place(source=option),
        hint=_instead(option, source),
    )


def other_kind(option: str, source: str, path: str, *, is_file: bool) -> Diagnostic:
    """A file over a folder, or the other way round."""
    what, there = ("a file", "a folder") if is_file else ("a folder", "a file")
    return Diagnostic(
        code="bad-mount",
        message=f"'{printable(source)}' is {what}, and '{printable(path)}' in the image is {there}",
        place=Place(source=option),
        hint=f"name a place inside it: {quoted(_mount(source, f'{path}/{_name(source)}'))}"
        if is_file
        else "name another place: DIR:PATH",
    )


def _instead(option: str, source: str) -> str:
    """Return the option to write in its place."""
    where = "; a script finds it in $CALIBAN_OUTPUT_DIR" if option == "--output" else ""
    return f"mount it elsewhere: {_INSTEAD[option](source)}{where}"


def _name(source: str) -> str:
    return source.rstrip("/").rpartition("/")[2]


def _mount(*paths: str) -> str:
    """The value of --mount: a colon divides the paths, and one in a path is escaped."""
    return ":".join(path.replace(":", "\\:") for path in paths)
