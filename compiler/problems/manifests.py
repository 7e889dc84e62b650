"""Problems of manifests: pyproject.toml, setup.cfg and what they say of Python, extras, groups and folders."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, closest, printable
from caliban.compiler.problems.hints import correction, did_you_mean
from caliban.compiler.problems.json_text import clipped


def bad_toml(path: str, line: int | None, reason: str, remedy: str | None) -> Diagnostic:
    """A pyproject.toml or lock that no tool can read; a lock is made anew."""
    return Diagnostic(
        code="bad-toml",
        message=f"not valid TOML: {printable(reason)}",
        place=Place(source=path, line=line),
        hint=f"make it anew: {remedy}" if remedy else "correct this line, or the one before it",
    )


def bad_ini(path: str, line: int | None, reason: str) -> Diagnostic:
    """A setup.cfg that no tool can read."""
    return Diagnostic(
        code="bad-setup-cfg",
        message=f"cannot be read: {printable(reason)}",
        place=Place(source=path, line=line),
        hint="write [section] headers, and 'key = value' below them",
    )


def wrong_type(place: Place, key: str, expected: str) -> Diagnostic:
    """A value in pyproject.toml that must be of another type: [project.dependencies] as a table, say."""
    return Diagnostic(code="bad-manifest", message=f"{key} must be {expected}", place=place, hint=_TYPE_HINTS.get(key))


def no_name(place: Place) -> Diagnostic:
    """[project] without a name: no tool can install that."""
    return Diagnostic(
        code="bad-manifest", message="[project] has no name", place=place, hint='give it one: name = "my-project"'
    )


def not_a_dependency(place: Place, key: str, text: str) -> Diagnostic:
    """A string in a list of dependencies that is no requirement."""
    return Diagnostic(
        code="bad-requirement",
        message=f"'{clipped(text)}' in {key} is no requirement",
        place=place,
        hint=correction(text),
    )


def not_a_local_folder(place: Place, name: str, written: str, similar: str | None) -> Diagnostic:
    """A dependency that is to come from a folder which is not there, or from a file."""
    return Diagnostic(
        code="local-source",
        message=f"'{name}' is to come from '{printable(written)}', which is no folder of the project",
        place=place,
        hint=did_you_mean(similar) or "name a folder with a pyproject.toml, or put a wheel into requirements.txt",
    )


def file_address(place: Place, name: str) -> Diagnostic:
    """`foo @ file:libs/foo` in a manifest: the metadata of a wheel cannot say that."""
    return Diagnostic(
        code="local-source",
        message=f"'{name}' has a file: address, which means another file wherever the project is installed",
        place=place,
        hint=f'require {name} alone, and say below [tool.uv.sources]: {name} = {{ path = "FOLDER" }}',
    )


def no_member(place: Place, name: str) -> Diagnostic:
    """`{ workspace = true }` for what no folder of the workspace is."""
    return Diagnostic(
        code="local-source",
        message=f"'{name}' is to come from the workspace, but none of its members has this name",
        place=place,
        hint='list its folder in [tool.uv.workspace]: members = ["libs/*"]; start caliban in the workspace\'s root',
    )


def bad_specifier(place: Place, text: str) -> Diagnostic:
    """requires-python that is no version specifier."""
    return Diagnostic(
        code="bad-python",
        message=f"'{printable(text)}' does not say which Python versions are meant",
        place=place,
        hint="write a specifier: >=3.9",
    )


def bad_python_version(place: Place, text: str) -> Diagnostic:
    """A .python-version with something else in it."""
    return Diagnostic(
        code="bad-python",
        message=f"'{printable(text)}' is no Python version",
        place=place,
        hint="write a version, such as 3.11, or say it on the command line: --python 3.11",
    )


def bad_extra(name: str) -> Diagnostic:
    """--extras with something that cannot be a name."""
    return Diagnostic(
        code="bad-extra",
        message=f"'{printable(name)}' cannot be the name of an extra",
        place=Place(source="--extras"),
        hint="use letters, digits, '_', '-' and '.', a letter or digit first and last",
    )


def circular_groups(place: Place, names: Sequence[str]) -> Diagnostic:
    """A dependency group that includes itself, be it by way of others."""
    return Diagnostic(
        code="bad-group",
        message=f"dependency groups include each other in a circle: {' → '.join(map(printable, names))}",
        place=place,
        hint="take one include-group out",
    )


def unknown_group(place: Place, name: str, declared: Sequence[str]) -> Diagnostic:
    """`include-group` of a group that is not there."""
    return Diagnostic(
        code="bad-group",
        message=f"there is no dependency group '{printable(name)}'",
        place=place,
        hint=did_you_mean(closest(name, declared)) or f"[dependency-groups] has {', '.join(map(printable, declared))}",
    )


def unknown_extra(name: str, manifest: str, declared: Sequence[str], place: Place | None = None) -> Diagnostic:
    """An extra, or dependency group, that the project does not declare."""
    similar = closest(name, declared)
    there = f"{manifest} declares {', '.join(declared)}" if declared else f"{manifest} declares no extras"
    return Diagnostic(
        code="unknown-extra",
        message=f"there is no extra '{printable(name)}'",
        place=place or Place(source="--extras"),
        hint=f"did you mean '{similar}'? {there}" if similar else there,
    )


_TYPE_HINTS = {"project.dependencies": 'write dependencies = ["torch>=2", "numpy"] below [project]'}
