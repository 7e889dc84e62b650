"""Problems of MODULE and of the directories to copy."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, closest, printable
from caliban.compiler.frontend.cli.older_commands import OLDER_COMMANDS
from caliban.compiler.words.quoting import quoted, quoted_file


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


def link_outside(typed: str, target: str | None) -> Diagnostic:
    """A link would have to be followed out of the project; where a folder above is the link, `target` is None."""
    leads = f", to '{printable(target)}'" if target else ""
    return Diagnostic(
        code="outside-project",
        message=f"'{printable(typed)}' is a link that leads out of the project{leads}, and links are copied as links",
        place=Place(source="MODULE"),
        hint="replace the link by the file itself",
    )


def link_to_nothing(typed: str, target: str) -> Diagnostic:
    """A dangling link, or a loop of them."""
    return Diagnostic(
        code="unknown-target",
        message=f"'{printable(typed)}' is a link to '{printable(target)}', and no file is there",
        place=Place(source="MODULE"),
        hint="make the link lead to a file of the project, or name that file",
    )


def folder(typed: str, path: str, inside: Sequence[str]) -> Diagnostic:
    """A folder without `__main__.py`."""
    return Diagnostic(
        code="folder-target",
        message=f"'{printable(typed)}' is a folder without __main__.py: caliban cannot tell what to run in it",
        place=Place(source="MODULE"),
        hint=f"name a file in it: {', '.join(inside[:4])}"
        if inside
        else f"name a file to run, or add '{printable(path)}/__main__.py'",
    )


def notebook(path: str) -> Diagnostic:
    """Notebooks are no scripts."""
    return Diagnostic(
        code="notebook",
        message=f"'{path}' is a notebook; caliban runs scripts and modules",
        place=Place(source="MODULE"),
        hint=f"convert it: jupyter nbconvert --to script {quoted_file(path)}",
    )


_NO_SCRIPTS = {
    "program": ("a program in machine code", 'start it from a script: one with the line exec ./{path} "$@"'),
    "binary": ("binary data", "name a script, or a module"),
    "json": ("JSON", "name a script; for a sweep, --experiment_config {path}"),
    "settings": ("no script, by its name", "name a script, or a module; arguments go after --"),
    "python": (
        "Python, but neither its name nor its first line says so",
        "rename it to {path}.py, or begin it with #!/usr/bin/env python3",
    ),
}


def no_script(path: str, kind: str) -> Diagnostic:
    """Without a shebang it would be given to bash."""
    what, hint = _NO_SCRIPTS[kind]
    return Diagnostic(
        code="no-script",
        message=f"'{printable(path)}' is {what}: bash, which runs files without a shebang, cannot run it",
        place=Place(source="MODULE"),
        hint=hint.format(path=quoted(path)),
    )


def script_not_installed(name: str, file: str, place: Place) -> Diagnostic:
    """A command of the project's, in a project that is not installed."""
    return Diagnostic(
        code="not-installed",
        message=f"'{printable(name)}' is a command of this project, which is not installed, so no image has it",
        place=place,
        hint=f"name its file: {printable(file)}\nor let the project be installed: [build-system] in pyproject.toml",
    )


def unknown_target(typed: str, known: Sequence[str], files: Sequence[str] = ()) -> Diagnostic:
    """Neither a file nor a module; `known` is what could run, `files` whatever the folder has."""
    stems = {path.rpartition("/")[2].removesuffix(".py"): path for path in reversed(known)}
    match = closest(typed, (*known, *files)) or stems.get(closest(typed, stems) or "")
    if match is not None:
        hint = f"did you mean '{printable(match)}'?"
    elif known:
        hint = f"there is {', '.join(printable(name) for name in known[:5])}"
    elif files:
        hint = f"no script is here, but {', '.join(printable(name) for name in files[:5])}"
    else:
        hint = "no file is here: change to the folder that holds the code"
    if typed in OLDER_COMMANDS:
        hint = f"{hint}\n'{typed}' is a command of the older tool; instead: {OLDER_COMMANDS[typed]}"
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


def directory_outside(typed: str, target: str | None = None) -> Diagnostic:
    """-d leads out of the project, perhaps by a link to `target`."""
    leads = f"is a link to '{printable(target)}', " if target else "is "
    return Diagnostic(
        code="outside-project",
        message=f"'{printable(typed)}' {leads}outside the project, the current directory; nothing outside it is copied",
        place=Place(source="--dir"),
        hint="mount it instead, read-only and without copying: --mount " + quoted(typed.replace(":", "\\:")),
    )


def directory_is_file(typed: str) -> Diagnostic:
    """-d takes directories."""
    return Diagnostic(
        code="no-directory",
        message=f"'{printable(typed)}' is a file, not a directory",
        place=Place(source="--dir"),
        hint="name the directory that holds it",
    )


def nameless(typed: str, source: str) -> Diagnostic:
    """An empty value: a variable of the shell that is not set."""
    return Diagnostic(
        code="bad-name",
        message="the name is empty" if not typed else f"'{printable(typed)}' is no name",
        place=Place(source=source),
        hint="name a directory below the current one; in a script, check the variable that should hold the name",
    )


def changed_missing(typed: str, match: str | None) -> Diagnostic:
    """--changed names nothing of the project, or not as a path in it."""
    return Diagnostic(
        code="no-file",
        message=f"the project has no '{printable(typed)}'",
        place=Place(source="--changed"),
        hint=f"did you mean '{printable(match)}'?"
        if match
        else "name a file or folder of the project, relative to the current directory",
    )


def dangling_directory(typed: str, target: str) -> Diagnostic:
    """-d names a link to nothing."""
    return Diagnostic(
        code="no-directory",
        message=f"'{printable(typed)}' is a link to '{printable(target)}', and no directory is there",
        place=Place(source="--dir"),
        hint="make the link lead to a directory of the project, or name that directory",
    )


def credential_directory(typed: str, pattern: str) -> Diagnostic:
    """-d alone does not bring a folder of credentials: that takes a word of its own."""
    return Diagnostic(
        code="credentials",
        message=f"'{printable(typed)}' holds credentials ({pattern}), which are copied into no image unless asked for",
        place=Place(source="--dir"),
        hint=f"mount it for the run instead: --mount {quoted(typed)}\n"
        f"or copy it all the same: --include {quoted(typed)}",
    )


def own_ignore_file(path: str) -> Diagnostic:
    """A folder that COPY cannot name is a context of its own, and the builder obeys a .dockerignore in its top."""
    return Diagnostic(
        code="odd-name",
        message=f"'{printable(path)}' has a name that COPY cannot spell, and the builder obeys the .dockerignore in it",
        place=Place(source=f"{path}/.dockerignore"),
        hint="rename the folder, or remove its .dockerignore",
    )


def unspeakable(path: str, source: str) -> Diagnostic:
    """A name that no COPY and no argument can carry."""
    if not path:
        return Diagnostic(
            code="bad-name", message="a name is empty", place=Place(source=source), hint="name a directory"
        )
    return Diagnostic(
        code="bad-name",
        message=f"the name '{printable(path)}' has characters that a build cannot carry",
        place=Place(source=source),
        hint="rename it",
    )
