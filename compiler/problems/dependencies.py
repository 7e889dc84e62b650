"""Problems of the files in which a project declares what it needs."""

import re
from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, closest, printable
from caliban.compiler.problems.json_text import clipped

_CODE = "bad-requirement"


def no_requirements_file(path: str, similar: str | None, place: Place | None = None) -> Diagnostic:
    """--requirements or a config names a file that is not there."""
    return Diagnostic(
        code="no-requirements",
        message=f"no requirements file '{printable(path)}' in the project",
        place=place,
        hint=_did_you_mean(similar) or "name a file inside the current directory",
    )


def no_include(place: Place, path: str, similar: str | None) -> Diagnostic:
    """`-r` or `-c` names a file that is not there."""
    return Diagnostic(
        code="no-requirements",
        message=f"this line includes '{printable(path)}', but there is no such file",
        place=place,
        hint=_did_you_mean(similar) or "paths behind -r and -c are relative to the file that they stand in",
    )


def include_by_variable(place: Place, value: str) -> Diagnostic:
    """`-r ${NAME}.txt`: what it names is known only where the installer runs."""
    return Diagnostic(
        code="no-requirements",
        message=f"an environment variable decides which file '{printable(value)}' is, so it cannot be copied",
        place=place,
        hint="write the name of the file",
    )


def too_many_includes(place: Place, limit: int) -> Diagnostic:
    """Requirements files that include each other without end."""
    return Diagnostic(
        code="no-requirements",
        message=f"more than {limit} included requirements files",
        place=place,
        hint="put them into fewer files",
    )


def outside_project(place: Place | None, path: str) -> Diagnostic:
    """A path with '..', or a link."""
    return Diagnostic(
        code="outside-project",
        message=f"'{printable(path)}' is outside the project, the current directory; nothing outside it is copied",
        place=place,
        hint="move it into the project, or start caliban in the folder that holds both",
    )


def absolute_path(place: Place | None, path: str) -> Diagnostic:
    """It is that of one machine: a developer's own, or that on which conda built the package."""
    by_conda = any(part in path for part in ("/croot/", "/feedstock_root/", "/tmp/build/", "/conda-bld/"))
    return Diagnostic(
        code="outside-project",
        message=f"'{printable(path)}' is a path of one machine only",
        place=place,
        hint="these lines are conda's: pip list --format=freeze > requirements.txt writes versions instead"
        if by_conda
        else "write it relative to the project: ./libs/foo",
    )


def no_local_file(place: Place, path: str, similar: str | None) -> Diagnostic:
    """A wheel, sdist or folder that is not there."""
    return Diagnostic(
        code="no-requirements",
        message=f"there is no '{printable(path)}' in the project",
        place=place,
        hint=_did_you_mean(similar)
        or "paths of requirements are relative to the project, those of options to the file",
    )


def not_a_package(place: Place | None, path: str) -> Diagnostic:
    """A folder that cannot be installed."""
    shown = "the project" if path == "." else f"'{printable(path)}'"
    return Diagnostic(
        code="no-package",
        message=f"{shown} cannot be installed: it has no pyproject.toml or setup.py that says how",
        place=place,
        hint="leave out this line; code that is copied needs no installing",
    )


def not_a_requirement(place: Place) -> Diagnostic:
    """A line that no installer understands."""
    return Diagnostic(
        code=_CODE, message="this line is no requirement", place=place, hint=_correction(place.text or "")
    )


def option_without_value(place: Place, option: str) -> Diagnostic:
    """`-r` alone."""
    return Diagnostic(code=_CODE, message=f"{option} needs a value", place=place, hint=f"write {option} VALUE")


def unknown_line_option(place: Place, option: str, similar: str | None) -> Diagnostic:
    """An option that uv does not take in a requirements file."""
    glued = re.fullmatch(r"(-[rcefi])([^-=\s].*)", option)
    hint = f"write {printable(glued[1])} {printable(glued[2])}, with a space between" if glued else None
    return Diagnostic(
        code=_CODE,
        message=f"{printable(option)} is no option that uv, which installs, takes here",
        place=place,
        hint=hint or _did_you_mean(similar) or "leave it out",
    )


def not_editable(place: Place) -> Diagnostic:
    """`-e https://…`, `-e foo.whl`."""
    return Diagnostic(
        code=_CODE, message="only folders and git repositories can be editable", place=place, hint="leave out -e"
    )


def unsupported_vcs(place: Place, scheme: str) -> Diagnostic:
    """Mercurial, Subversion, Bazaar, and git's own protocol."""
    return Diagnostic(
        code=_CODE,
        message=f"uv, which installs, cannot fetch from {scheme}:// addresses",
        place=place,
        hint="use a git+https:// address, or a wheel in the project",
    )


def scp_address(place: Place, url: str) -> Diagnostic:
    """`git@github.com:me/repo.git`, which git understands and requirements do not."""
    host, _, path = url.removeprefix("git+").partition(":")
    host, path = printable(host), printable(path)
    return Diagnostic(
        code=_CODE,
        message="this is git's spelling of an address, not that of a requirement",
        place=place,
        hint=f"write git+ssh://{host}/{path}" if path else "write git+ssh://git@HOST/PATH",
    )


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
        code=_CODE,
        message=f"'{clipped(text)}' in {key} is no requirement",
        place=place,
        hint=_correction(text),
    )


def not_a_local_folder(place: Place, name: str, written: str, similar: str | None) -> Diagnostic:
    """A dependency that is to come from a folder which is not there, or from a file."""
    return Diagnostic(
        code="local-source",
        message=f"'{name}' is to come from '{printable(written)}', which is no folder of the project",
        place=place,
        hint=_did_you_mean(similar) or "name a folder with a pyproject.toml, or put a wheel into requirements.txt",
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
        hint=_did_you_mean(closest(name, declared)) or f"[dependency-groups] has {', '.join(map(printable, declared))}",
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


def _did_you_mean(similar: str | None) -> str | None:
    return None if similar is None else f"did you mean '{printable(similar)}'?"


def _correction(text: str) -> str:
    """What the author of such a line should have written."""
    if text.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return "resolve the merge conflict in this file"
    conda = re.fullmatch(r"([\w.-]+)=([\w.]+)(=[\w.]+)?", text)
    if conda is not None:
        return f"a single = is conda's spelling: write {conda[1]}=={conda[2]}"
    spaced = re.fullmatch(r"([\w.-]+) +(\d[\w.]*)", text)
    if spaced is not None:
        return f"write {spaced[1]}=={spaced[2]}"
    if re.match(r"(pip3?|conda|uv) +(pip +)?install +", text):
        return "write the names of the packages alone, one per line"
    if re.search(r"=[<>!~]|[<>]{2}", text):
        return "compare with one of == >= <= > < != ~="
    return "write NAME, NAME==VERSION or NAME>=VERSION, one requirement per line"
