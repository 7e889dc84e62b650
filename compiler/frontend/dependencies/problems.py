"""Problems of choosing the files in which a project declares what it needs."""

import re
from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.frontend.dependencies.hints import did_you_mean
from caliban.compiler.words.quoting import quoted, quoted_file

# Folders of conda's builders: '/croot/x_1671487769961/work', '/C:/ci_311/x_1676411144000/work', '/tmp/abs_3q8/croots/x'
_CONDA_BUILD = re.compile(r"/croots?/|/feedstock_root/|/conda-bld/|/tmp/build/|_\d{9,}/work(?:/|$)")


def unused(paths: Sequence[str]) -> Diagnostic:
    """Nothing is declared where caliban looks, but there are files that look like it."""
    readable = next((path for path in paths if not path.endswith(("cog.yaml", ".in"))), None)
    flag = f"--requirements {quoted(readable)}" if readable else None
    return Diagnostic(
        code="unused-requirements",
        message=f"no dependency is installed, but this could declare some: {', '.join(map(printable, paths))}",
        place=Place(source=paths[0]),
        severity="warning",
        hint=f"say which file counts: {flag}" if flag else "list the packages that the run needs in requirements.txt",
    )


def nested_project(folder: str, manifest: str) -> Diagnostic:
    """The root declares nothing, and the entry lies in a distribution below it."""
    return Diagnostic(
        code="unused-requirements",
        message=f"no dependency is installed, but '{printable(folder)}' is a project of its own",
        place=Place(source=manifest),
        severity="warning",
        hint=f"start caliban there: cd {quoted_file(folder)}\n"
        f"or install it from here: a requirements.txt with the line ./{printable(folder)}",
    )


def groups_not_asked(manifest: str, groups: Sequence[str]) -> Diagnostic:
    """Dependency groups, and nothing else that declares a dependency."""
    return Diagnostic(
        code="unused-requirements",
        message=f"no dependency is installed, but {manifest} has groups of them: {', '.join(map(printable, groups))}",
        place=Place(source=manifest),
        severity="warning",
        hint=f"say which group counts: --extras {printable(groups[0])}",
    )


def one_environment(used: str, others: Sequence[str]) -> Diagnostic:
    """Several environments of conda at the root: copies of one another, or one for each kind of machine."""
    unread = " and ".join(others)
    return Diagnostic(
        code="two-environments",
        message=f"{used} is installed, and not {unread}",
        place=Place(source=used),
        severity="warning",
        hint=f"remove {unread}, or name the one that is meant: --requirements {others[0]}",
    )


def no_environment(path: str) -> Diagnostic:
    """A YAML file that is named, but is none of conda's."""
    return Diagnostic(
        code="bad-environment",
        message="no environment of conda: it has no 'dependencies'",
        place=Place(source=path),
        hint="name a requirements file, pyproject.toml, setup.py or environment.yml",
    )


def extras_of_nothing(extras: Sequence[str]) -> Diagnostic:
    """--extras in a folder that declares none."""
    return Diagnostic(
        code="no-extras",
        message=f"there is no extra '{printable(extras[0])}': no pyproject.toml or setup.py here declares any",
        place=Place(source="--extras"),
        hint="leave it out, or declare it in pyproject.toml: [project.optional-dependencies]",
    )


def no_distribution(path: str, place: Place) -> Diagnostic:
    """A requirements file wants to install a folder that is no distribution."""
    return Diagnostic(
        code="no-distribution",
        message=f"'{printable(path)}' cannot be installed: there is no pyproject.toml, setup.cfg or setup.py in it",
        place=place,
        hint="add one, or copy the folder with -d instead of installing it",
    )


def unmountable(path: str) -> Diagnostic:
    """A file or folder that is read while the image is built."""
    return Diagnostic(
        code="odd-name",
        message="a builder cannot read a file of this name",
        place=Place(source=path),
        hint="rename it: ASCII characters, none of * ? [ and backslash, no ! in front",
    )


def password_in_metadata(place: Place, *, certain: bool = True) -> Diagnostic:
    """A requirement with a password in its address becomes metadata of an installed package, or a line of the image."""
    if not certain:
        return Diagnostic(
            code="password-in-image",
            message="this address gets into the image, and a part of it looks like a token",
            place=place,
            severity="warning",
            hint="if it is one, write the address without it: a build gets the passwords of ~/.netrc as a secret",
        )
    return Diagnostic(
        code="password-in-image",
        message="the password or token in this address would get into the image",
        place=place,
        hint="write the address without it, and put the password into ~/.netrc: a build gets that as a secret",
    )


def token_in_metadata(place: Place) -> Diagnostic:
    """The address of a package that is installed from it, with a query that is a secret."""
    return Diagnostic(
        code="password-in-image",
        message="installers write the address of a package into its metadata, and this one has a token in its query",
        place=place,
        hint="download the file into the project and name it by its path, or install the package from an index",
    )


def password_in_copy(place: Place) -> Diagnostic:
    """A requirements file with a password, in a folder that is copied."""
    return Diagnostic(
        code="password-in-image",
        message="this line holds a password or token, and the file is copied into the image",
        place=place,
        severity="warning",
        hint="write ${NAME} in its place and name NAME in build_secrets, or put it into ~/.netrc or pip.conf",
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


def no_requirements_file(path: str, similar: str | None, place: Place | None = None) -> Diagnostic:
    """--requirements or a config names a file that is not there."""
    return Diagnostic(
        code="no-requirements",
        message=f"no requirements file '{printable(path)}' in the project",
        place=place,
        hint=did_you_mean(similar) or "name a file inside the current directory",
    )


def folder_of_requirements(path: str, place: Place, inside: str | None) -> Diagnostic:
    """--requirements or a config names a folder."""
    return Diagnostic(
        code="no-requirements",
        message=f"'{printable(path)}' is a directory",
        place=place,
        hint=f"name a file in it: {quoted(inside)}" if inside else "name a requirements file",
    )


def dangling(path: str, target: str) -> Diagnostic:
    """A link of a name that caliban reads, to nothing."""
    return Diagnostic(
        code="no-requirements",
        message=f"is a link to '{printable(target)}', which does not exist",
        place=Place(source=path),
        hint="put the file there, or remove the link",
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
    by_conda = _CONDA_BUILD.search(path) is not None
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
