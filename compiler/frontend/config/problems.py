"""Problems of `.calibanconfig.json` and `[tool.caliban]`."""

from collections.abc import Iterable

from caliban.compiler.diagnostics import Diagnostic, Place, closest
from caliban.compiler.jsonc.problems import clipped, quoted

CODE = "bad-config"


def two_configs(one: str, other: str) -> Diagnostic:
    """Both the file and the table are there."""
    return Diagnostic(
        code=CODE,
        message=f"there are two configs: {one} and [tool.caliban] in {other}",
        place=Place(source=one),
        hint="keep one of them",
    )


def unknown_key(place: Place, key: str, known: Iterable[str]) -> Diagnostic:
    """A key that means nothing here."""
    names = list(known)
    similar = closest(key, names)
    return Diagnostic(
        code=CODE,
        message=f"there is no key {quoted(key)}",
        place=place,
        hint=f"did you mean {quoted(similar)}?" if similar is not None else f"the keys are {', '.join(names)}",
    )


def older_key(place: Place, key: str, description: str) -> Diagnostic:
    """A key of the older tool; behind the colon, its description says what to do instead."""
    _, _, instead = description.partition(": ")
    return Diagnostic(
        code="older-key",
        message=f"the key {quoted(key)} of the older tool has no meaning here",
        place=place,
        hint=f"remove it: {instead.rstrip('.')}",
        severity="warning",
    )


def unknown_alias(place: Place, alias: str) -> Diagnostic:
    """`dlvm:NAME` that names none of the images of which the older tool had aliases."""
    return Diagnostic(
        code=CODE,
        message=f"no image is known by the alias {quoted(alias)}",
        place=place,
        hint='write "dlvm:pytorch-{}-1.4", "dlvm:tf-{}-1.15", "dlvm:tf2-{}" or the like, or the image\'s own name',
    )


def unexpected(place: Place, key: str, expected: str) -> Diagnostic:
    """A value of the wrong type or form."""
    subject = f"{clipped(key)}: " if key else ""
    return Diagnostic(
        code=CODE, message=f"{subject}expected {expected}", place=place, hint="`caliban --helpfull` explains every key"
    )


def no_file(place: Place, path: str, similar: str | None) -> Diagnostic:
    """A path that leads nowhere."""
    return Diagnostic(
        code=CODE,
        message=f"there is no file {quoted(path)} in the project",
        place=place,
        hint=f"did you mean {quoted(similar)}?" if similar is not None else "paths are relative to the project",
    )


def no_python_left(place: Place) -> Diagnostic:
    """A file of tables that removes every Python."""
    return Diagnostic(
        code=CODE,
        message="no Python is left of those that caliban knows",
        place=place,
        hint="keep one that has an image",
    )


def password_in_manifest(place: Place) -> Diagnostic:
    """The build reads the file, so its password would be in the image."""
    return Diagnostic(
        code="password",
        message="a password stands in a file that the build reads",
        place=place,
        hint=f"remove it from {place.source}: give the run a variable instead, --env NAME",
    )
