"""Problems of MODULE and of the directories to copy."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, closest, printable


def not_a_name(typed: str) -> Diagnostic:
    """Empty, or with control characters in it."""
    return Diagnostic(
        code="bad-target",
        message="MODULE is empty" if not typed else f"MODULE has a control character in it: '{printable(typed)}'",
        place=Place(source="MODULE"),
        hint="name a module or a file: trainer.train, trainer/train.py",
    )


def outside(typed: str) -> Diagnostic:
    """Nothing outside the project is copied."""
    return Diagnostic(
        code="outside-project",
        message=f"'{printable(typed)}' is outside the project, the current directory; nothing outside it is copied",
        place=Place(source="MODULE"),
        hint="change to the folder that holds the code, and name the file from there",
    )


def link_outside(typed: str) -> Diagnostic:
    """A link would have to be followed out of the project."""
    return Diagnostic(
        code="outside-project",
        message=f"'{printable(typed)}' is a link that leads out of the project, and links are copied as links",
        place=Place(source="MODULE"),
        hint="replace the link by the file itself",
    )


def folder(typed: str, path: str, inside: Sequence[str]) -> Diagnostic:
    """A folder without `__main__.py`."""
    return Diagnostic(
        code="folder-target",
        message=f"'{printable(typed)}' is a folder without __main__.py: caliban cannot tell what to run in it",
        place=Place(source="MODULE"),
        hint=f"name a file in it: {', '.join(inside[:4])}"
        if inside
        else f"name a file to run, or add {path}/__main__.py",
    )


def notebook(path: str) -> Diagnostic:
    """Notebooks are no scripts."""
    return Diagnostic(
        code="notebook",
        message=f"'{path}' is a notebook; caliban runs scripts and modules",
        place=Place(source="MODULE"),
        hint=f"convert it: jupyter nbconvert --to script {path}",
    )


def unknown_target(typed: str, known: Sequence[str]) -> Diagnostic:
    """Neither a file nor a module."""
    match = closest(typed, known)
    if match is not None:
        hint = f"did you mean '{printable(match)}'?"
    elif known:
        hint = f"there is {', '.join(printable(name) for name in known[:5])}"
    else:
        hint = "change to the folder that holds the code"
    return Diagnostic(
        code="unknown-target",
        message=f"no module or script called '{printable(typed)}'",
        place=Place(source="MODULE"),
        hint=hint,
    )


def directory_missing(typed: str, known: Sequence[str]) -> Diagnostic:
    """-d names something that is not there, or is a file."""
    match = closest(typed, known)
    return Diagnostic(
        code="no-directory",
        message=f"no directory '{printable(typed)}' in the project",
        place=Place(source="--dir"),
        hint=f"did you mean '{printable(match)}'?" if match else "name a directory below the current one",
    )


def directory_outside(typed: str) -> Diagnostic:
    """-d leads out of the project."""
    return Diagnostic(
        code="outside-project",
        message=f"'{printable(typed)}' is outside the project, the current directory; nothing outside it is copied",
        place=Place(source="--dir"),
        hint=f"mount it instead, read-only and without copying: --mount {printable(typed)}",
    )


def directory_is_file(typed: str) -> Diagnostic:
    """-d takes directories."""
    return Diagnostic(
        code="no-directory",
        message=f"'{printable(typed)}' is a file, not a directory",
        place=Place(source="--dir"),
        hint="name the directory that holds it",
    )


def unspeakable(path: str, source: str) -> Diagnostic:
    """A name that no COPY and no argument can carry."""
    return Diagnostic(
        code="bad-name",
        message=f"the name '{printable(path)}' has characters that a build cannot carry",
        place=Place(source=source),
        hint="rename it",
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
