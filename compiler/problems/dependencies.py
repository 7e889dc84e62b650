"""Problems of the files in which a project declares what it needs."""

import re

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.problems.hints import correction, did_you_mean

_CODE = "bad-requirement"


def no_requirements_file(path: str, similar: str | None, place: Place | None = None) -> Diagnostic:
    """--requirements or a config names a file that is not there."""
    return Diagnostic(
        code="no-requirements",
        message=f"no requirements file '{printable(path)}' in the project",
        place=place,
        hint=did_you_mean(similar) or "name a file inside the current directory",
    )


def no_include(place: Place, path: str, similar: str | None) -> Diagnostic:
    """`-r` or `-c` names a file that is not there."""
    return Diagnostic(
        code="no-requirements",
        message=f"this line includes '{printable(path)}', but there is no such file",
        place=place,
        hint=did_you_mean(similar) or "paths behind -r and -c are relative to the file that they stand in",
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
        hint=did_you_mean(similar) or "paths of requirements are relative to the project, those of options to the file",
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
    return Diagnostic(code=_CODE, message="this line is no requirement", place=place, hint=correction(place.text or ""))


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
        hint=hint or did_you_mean(similar) or "leave it out",
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
