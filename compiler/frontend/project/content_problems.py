"""Problems of what is copied: .dockerignore, names, sizes, credentials, and code that the copy lacks."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.facts.sizes import size as sized
from caliban.compiler.words.quoting import quoted


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
    """A file that caliban needs is left out: by .dockerignore, or by the default exclusions (no place).

    `exception` is the line that would bring it back.
    """
    if place is None:
        return Diagnostic(
            code="excluded",
            message=f"'{printable(path)}' is needed, but left out of every copy by default, as '{pattern}'",
            place=Place(source=path),
            hint=f"bring it back: --include {quoted(path)}",
        )
    return Diagnostic(
        code="excluded",
        message=f"'{printable(path)}' is needed, but '{printable(pattern)}' leaves it out",
        place=place,
        hint=f"add a line below it: {exception}",
    )


def output_is_project() -> Diagnostic:
    """`-o .`: the results would be copied into the next image."""
    return Diagnostic(
        code="bad-output",
        message="results cannot go into the project's own folder, which is copied into the image",
        place=Place(source="--output"),
        hint="name a folder for them: -o results",
    )


def output_holds_project(typed: str) -> Diagnostic:
    """`-o ..`: the folder is writable for the run, and all of the project's files with it."""
    return Diagnostic(
        code="bad-output",
        message=f"results cannot go into '{printable(typed)}', which holds the project: "
        "the run could write over its files",
        place=Place(source="--output"),
        hint="name a folder for them: -o results",
    )


def read_as_two(option: str, source: str, target: str) -> Diagnostic:
    """`DIR[:PATH]`, where a folder has the colon in its own name."""
    typed = f"{source}:{target}"
    whole, two = typed.replace(":", "\\:"), f"{source}:/usr/app/{target}"
    return Diagnostic(
        code="ambiguous",
        message=f"'{printable(typed)}' is here, but {option} reads it as '{printable(source)}' mounted at "
        f"'{printable(target)}'",
        place=Place(source=option),
        hint=f"for '{printable(typed)}' itself: {option} {quoted(whole)}\n"
        f"for '{printable(source)}': {option} {quoted(two)}",
    )


def output_in_copy(path: str, copied: str, what: str) -> Diagnostic:
    """The results of one run would be part of the next one's image."""
    where = "holds" if copied.startswith(f"{path}/") else "is" if copied == path else "lies in"
    return Diagnostic(
        code="bad-output",
        message=f"'{printable(path)}' {where} {printable(what)}, which is copied into the image: "
        "results would be copied too",
        place=Place(source="--output"),
        hint="name a folder that holds nothing else: -o results",
    )


def copy_in_state(path: str, state: str) -> Diagnostic:
    """A copy would contain caliban's own folder, which it writes to during the build."""
    return Diagnostic(
        code="no-state",
        message=f"'{printable(path)}' is to be copied, but '{printable(state)}' is caliban's own folder, "
        "which is left out of every copy",
        place=Place(source="$CALIBAN_HOME"),
        hint="name another folder by $CALIBAN_HOME, or unset it",
    )


def output_is_copied(path: str, pattern: str) -> Diagnostic:
    """The whole project is copied, and files that nothing leaves out are where the results are to go."""
    return Diagnostic(
        code="bad-output",
        message=f"'{printable(path)}' holds files that are copied into the image: results would be copied too",
        place=Place(source="--output"),
        hint=f"name a new folder, or leave this one out with a line in .dockerignore: {printable(pattern)}",
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
    """The target of a link is not UTF-8, but links travel as text."""
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
    parts = ", ".join(f"{printable(name)} {sized(part)}" for name, part in largest)
    return Diagnostic(
        code="large-copy",
        message=f"{what} copies {sized(size)}: {parts}",
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


def _some(paths: Sequence[str]) -> str:
    shown = ", ".join(printable(path) for path in paths[:3])
    return f"{shown} and {len(paths) - 3} more" if len(paths) > 3 else shown
