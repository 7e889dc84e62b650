"""Problems of a base that the user names: a reference that no registry could have, a Dockerfile, what is in it."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, closest, printable
from caliban.compiler.words.quoting import quoted_file


def bad_reference(source: str, text: str, reason: str, file: str | None) -> Diagnostic:
    """Neither a file of the project nor the name of an image; `file` is one of a similar name."""
    return Diagnostic(
        code="bad-base-image",
        message=f"'{printable(text)}' is no file of the project, and no name of an image: {reason}",
        place=Place(source=source),
        hint=f"did you mean '{printable(file)}'?"
        if file
        else "name an image, such as python:3.11-slim-bookworm, or a Dockerfile of the project",
    )


def no_dockerfile(source: str, path: str, similar: str | None) -> Diagnostic:
    """The path looks like a Dockerfile's, but no file exists there."""
    return Diagnostic(
        code="no-dockerfile",
        message=f"there is no Dockerfile '{printable(path)}' in the project",
        place=Place(source=source),
        hint=f"did you mean '{printable(similar)}'?" if similar else "name it relative to the project",
    )


def dockerfile_outside(source: str, path: str) -> Diagnostic:
    """Nothing outside the project is read."""
    return Diagnostic(
        code="outside-project",
        message=f"'{printable(path)}' is outside the project, the current directory; nothing outside it is read",
        place=Place(source=source),
        hint="copy it into the project, or build it yourself and name the image: --base_image NAME, after\n"
        f"docker build --tag NAME --file {quoted_file(path)} FOLDER",
    )


def dockerfile_is_folder(source: str, path: str, inside: str | None) -> Diagnostic:
    """A folder is no Dockerfile; `inside` is one in it."""
    return Diagnostic(
        code="no-dockerfile",
        message=f"'{printable(path)}' is a folder, not a Dockerfile",
        place=Place(source=source),
        hint=f"did you mean '{printable(inside)}'?" if inside else "name the file",
    )


def unknown_instruction(place: Place, word: str, known: Sequence[str]) -> Diagnostic:
    """The builder would refuse it, by the number of a line in our text and not in the user's."""
    match = closest(word, known)
    return Diagnostic(
        code="bad-dockerfile",
        message=f"no instruction of a Dockerfile: {printable(word)}",
        place=place,
        hint=f"did you mean {match}?" if match else "end the line before it with \\ if it belongs to that one",
    )


def no_from(place: Place) -> Diagnostic:
    """Nothing to build on."""
    return Diagnostic(
        code="bad-dockerfile",
        message="a Dockerfile begins with FROM, and this one does not",
        place=place,
        hint="write FROM IMAGE above it; only ARG may stand before",
    )


def open_document(place: Place, word: str) -> Diagnostic:
    """A here-document without its end."""
    return Diagnostic(
        code="bad-dockerfile",
        message=f"the here-document that begins here never ends: no line is '{printable(word)}' alone",
        place=place,
        hint=f"write {printable(word)} below it, without spaces around it",
    )


def open_instruction(place: Place) -> Diagnostic:
    """The last line says that another one follows."""
    return Diagnostic(
        code="bad-dockerfile",
        message="the instruction that begins here goes on in the next line, and there is none",
        place=place,
        hint="remove the \\ at the end of the file",
    )


def other_escape(place: Place) -> Diagnostic:
    """One text has one escape character, and ours is the usual one."""
    return Diagnostic(
        code="bad-dockerfile",
        message="the directive escape changes how the whole text is read, and caliban's instructions follow yours",
        place=place,
        hint="remove the directive, and end lines that go on with \\",
    )


def other_syntax(place: Place, syntax: str) -> Diagnostic:
    """A frontend of the user's choice would have to be pulled, and would read our instructions too."""
    return Diagnostic(
        code="other-syntax",
        message=f"the engine's own builder reads this, not {printable(syntax)}",
        place=place,
        severity="warning",
        hint="if it needs that one: build it yourself, and name the image",
    )


def no_value(place: Place, name: str) -> Diagnostic:
    """FROM needs a build argument that nobody gives."""
    return Diagnostic(
        code="bad-dockerfile",
        message=f"{printable(name)} has no value: caliban passes no build arguments",
        place=place,
        hint=f"give it a default above the first FROM: ARG {printable(name)}=VALUE",
    )


def bad_stage(place: Place, name: str) -> Diagnostic:
    """Not a name that the builder takes."""
    return Diagnostic(
        code="bad-dockerfile",
        message=f"{printable(name)!r} is no name of a stage",
        place=place,
        hint="a letter, then letters, digits, '_', '.' and '-'",
    )


def reserved_stage(place: Place, name: str) -> Diagnostic:
    """A stage of the user's and one of ours would share a name."""
    return Diagnostic(
        code="bad-dockerfile",
        message=f"caliban has a stage of its own called {printable(name)}",
        place=place,
        hint="rename yours",
    )


def missing_source(place: Place, path: str, beside: str | None, similar: str | None) -> Diagnostic:
    """The source of a COPY is not in the project; `beside` is a file of that name in the folder of the Dockerfile."""
    if beside is not None:
        hint = f"paths are relative to the project: write {printable(beside)}"
    else:
        hint = f"did you mean '{printable(similar)}'?" if similar else "paths are relative to the project"
    return Diagnostic(
        code="bad-dockerfile",
        message=f"there is no '{printable(path)}' in the project to copy",
        place=place,
        hint=hint,
    )
