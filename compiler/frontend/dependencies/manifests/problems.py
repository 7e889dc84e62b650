"""Problems of manifests: pyproject.toml, setup.cfg and what they say of Python, extras, groups and folders."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, closest, printable
from caliban.compiler.frontend.dependencies.hints import correction, did_you_mean
from caliban.compiler.jsonc.problems import clipped
from caliban.compiler.locks.problems import made_anew


def bad_toml(path: str, line: int | None, reason: str, remedy: str | None) -> Diagnostic:
    """A pyproject.toml or lock that no tool can read; a lock is made again."""
    return Diagnostic(
        code="bad-toml",
        message=f"not valid TOML: {printable(reason)}",
        place=Place(source=path, line=line),
        hint=made_anew(path, remedy) if remedy else "correct this line, or the one before it",
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


def unknown_requirements(manifest: str, *, fatal: bool) -> Diagnostic:
    """Requirements that only a build could tell, of a folder that no tool builds; a warning where others are there."""
    is_cfg = manifest.endswith(".cfg")
    return Diagnostic(
        code="bad-manifest",
        message=f"{'a line of install_requires' if is_cfg else 'what is dynamic here'} is known only after a build, "
        "and this folder is not built",
        place=Place(source=manifest),
        severity="error" if fatal else "warning",
        hint="write the requirements as NAME, NAME==VERSION or NAME @ URL, one per line, or add a setup.py that calls "
        "setup()"
        if is_cfg
        else "write them into dependencies, or add a [build-system] table",
    )


def unwritten_constraint(place: Place, constraint: str) -> Diagnostic:
    """A constraint of poetry's that PEP 440 cannot say, where no poetry is asked."""
    return Diagnostic(
        code="bad-requirement",
        message=f"'{clipped(constraint)}' is a constraint that poetry alone understands",
        place=place,
        hint="write a range without alternatives, such as >=1.2,<3, or make a lock: poetry lock",
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
