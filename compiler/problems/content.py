"""Problems of what is copied: .dockerignore, names, sizes, credentials, and code that the copy lacks."""

import shlex
from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, printable


def bad_pattern(reason: str, place: Place) -> Diagnostic:
    """A line of .dockerignore that the engine refuses."""
    return Diagnostic(
        code="bad-pattern",
        message=f"no pattern: {reason}",
        place=place,
        hint="write '\\' before a '[' or '!' that belongs to a name",
    )


def include_outside(typed: str) -> Diagnostic:
    """--include leads out of the project."""
    return Diagnostic(
        code="outside-project",
        message=f"'{printable(typed)}' is outside the project, the current directory; nothing outside it is copied",
        place=Place(source="--include"),
        hint="name a path below the current directory",
    )


def include_missing(typed: str, closest_path: str | None) -> Diagnostic:
    """--include names nothing that is there, and is no glob."""
    return Diagnostic(
        code="nothing-to-include",
        message=f"there is no '{printable(typed)}' in the project",
        place=Place(source="--include"),
        hint=f"did you mean '{printable(closest_path)}'?"
        if closest_path
        else "name a file, a folder, or a glob: '**/*.pem'",
    )


def include_pattern(typed: str, reason: str) -> Diagnostic:
    """--include is a glob that the engine refuses."""
    return Diagnostic(
        code="bad-pattern",
        message=f"'{printable(typed)}' is no pattern: {reason}",
        place=Place(source="--include"),
        hint="write '\\' before a '[' that belongs to a name",
    )


def excluded_target(path: str, pattern: str, place: Place | None, exception: str) -> Diagnostic:
    """What caliban needs is left out of the copy: by .dockerignore, or by the default exclusions (no place).

    `exception` is the line that would bring it back.
    """
    if place is None:
        return Diagnostic(
            code="excluded",
            message=f"'{printable(path)}' is needed, but left out of every copy by default, as '{pattern}'",
            place=Place(source=path),
            hint=f"bring it back: --include {shlex.quote(printable(path))}",
        )
    return Diagnostic(
        code="excluded",
        message=f"'{printable(path)}' is needed, but '{printable(pattern)}' leaves it out",
        place=place,
        hint=f"add a line below it: {exception}",
    )


def name_not_utf8(path: str) -> Diagnostic:
    """One such name kills the build with a message that does not say which."""
    return Diagnostic(
        code="name-not-utf-8",
        message="the name is not UTF-8, and the engine refuses a copy with it",
        place=Place(source=path),
        hint="rename it, or leave it out with a line in .dockerignore ('?' stands for each odd byte)",
    )


def link_not_utf8(path: str) -> Diagnostic:
    """Where a link leads travels as a text too."""
    return Diagnostic(
        code="name-not-utf-8",
        message="the link leads to a name that is not UTF-8, and the engine refuses a copy with it",
        place=Place(source=path),
        hint="remove the link, or leave it out with a line in .dockerignore",
    )


def path_too_long(path: str, limit: int) -> Diagnostic:
    """Inside the engine, a path has its own folder before it."""
    return Diagnostic(
        code="path-too-long",
        message=f"a path of {len(path.encode(errors='replace'))} bytes, and the engine copies no more than {limit}",
        place=Place(source=f"{path[:80]}…"),
        hint="shorten it, or leave it out with a line in .dockerignore",
    )


def large_copy(path: str, size: int, largest: Sequence[tuple[str, int]]) -> Diagnostic:
    """More than a gigabyte travels to the engine."""
    what = "the project" if path == "." else f"'{printable(path)}'"
    parts = ", ".join(f"{printable(name)} {_gigabytes(part)}" for name, part in largest)
    return Diagnostic(
        code="large-copy",
        message=f"{what} copies {_gigabytes(size)}: {parts}",
        place=Place(source=path),
        hint="leave out what the run does not need with a line in .dockerignore, or mount it: --mount DIR",
        severity="warning",
    )


def special_files(paths: Sequence[str]) -> Diagnostic:
    """Sockets, pipes and devices: the engine copies a socket as an empty file, the others as they are."""
    return Diagnostic(
        code="special-file",
        message=f"no file but a socket, a pipe or a device: {_some(paths)}; a socket arrives as an empty file",
        place=Place(source=paths[0]),
        hint="leave it out with a line in .dockerignore",
        severity="warning",
    )


def unreached_folder(name: str, path: str, place: Place) -> Diagnostic:
    """The code imports a folder of the project that the container will not have."""
    return Diagnostic(
        code="not-copied",
        message=f"'{name}' is imported, but {path} is neither copied nor installed",
        place=place,
        hint=f"add -d {shlex.quote(path)}",
        severity="warning",
    )


def unreached_module(name: str, path: str, place: Place) -> Diagnostic:
    """The code imports a single file of the project that the container will not have; -d takes folders only."""
    return Diagnostic(
        code="not-copied",
        message=f"'{name}' is imported, but {path} is neither copied nor installed",
        place=place,
        hint=f"move {path} into a folder that is copied,\nor run a script in the project's root: all of it is copied",
        severity="warning",
    )


def _some(paths: Sequence[str]) -> str:
    shown = ", ".join(printable(path) for path in paths[:3])
    return f"{shown} and {len(paths) - 3} more" if len(paths) > 3 else shown


def _gigabytes(size: int) -> str:
    return f"{size / 10**9:.1f} GB"
