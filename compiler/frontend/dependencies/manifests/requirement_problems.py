"""Problems of the files in which a project declares what it needs."""

import re
from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.frontend.dependencies.hints import correction, did_you_mean
from caliban.compiler.frontend.dependencies.manifests.line_options import BINARY_OPTIONS, OTHER_OPTIONS
from caliban.compiler.words.quoting import join, quoted, quoted_file

_CODE = "bad-requirement"


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


def printed_list(place: Place, command: str, *, for_awk: bool) -> Diagnostic:
    """The output of a command about an environment, in place of a requirements file."""
    file, new = quoted_file(place.source), quoted_file(f"{place.source}.new")
    if command == "conda list --export":
        hint = f"it is read where it is no part of another file: --requirements {quoted(place.source)}"
    elif command == "pip list" and for_awk:
        hint = f"""make requirements of it: awk 'NR > 2 {{ print $1 "==" $2 }}' {file} > {new} && mv {new} {file}"""
    else:
        hint = f"write one in that environment: pip list --format=freeze > {file}"
    return Diagnostic(
        code="not-requirements",
        message=f"this is what `{command}` prints, and no list of requirements",
        place=place,
        hint=hint,
    )


def conda_lines_among_others(place: Place, count: int) -> Diagnostic:
    """The output of `conda list --export` with lines that somebody added: neither a list of conda's nor of pip's."""
    file = quoted(place.source)
    return Diagnostic(
        code="not-requirements",
        message=f"{count} lines here are of `conda list --export`, and others are not",
        place=place,
        hint=f"move them to a file of their own, and name both: --requirements conda.txt --requirements {file}",
    )


def several_options(place: Place) -> Diagnostic:
    """Options in one line, with quotes among them: where one ends is for a shell to say."""
    return Diagnostic(
        code=_CODE,
        message="several options in one line, which uv does not take apart",
        place=place,
        hint="write each option into a line of its own",
    )


def several_names(place: Place, option: str, names: Sequence[str]) -> Diagnostic:
    """`--no-binary six,toml`: uv takes one name."""
    lines = "\n".join(f"{option} {printable(name)}" for name in names)
    return Diagnostic(
        code=_CODE,
        message=f"{option} takes one name",
        place=place,
        hint=f"write one for each, in lines of their own:\n{lines}",
    )


def option_behind(place: Place, option: str, value: str, requirement: str, name: str | None) -> Diagnostic:
    """`six --no-binary :all:`: uv takes hashes alone behind a requirement, and of most options pip takes no notice."""
    message = f"'{printable(option)}' cannot stand behind a requirement"
    if option in BINARY_OPTIONS and name is not None:
        value = name
    if option in ("-i", "--index-url"):  # in a line of its own it would be the index of all others too
        hint = f"write it into a line of its own: {printable(f'--extra-index-url {value}')}"
    elif option in (*OTHER_OPTIONS, "-f", "--find-links"):
        hint = f"write it into a line of its own: {printable(f'{option} {value}'.strip())}"
    elif option in ("-C", "--config-settings", "--global-option", "--build-option"):
        words = f"{join(('pip', 'wheel', '--no-deps', '-w', 'wheels', requirement))} {option} {value}"
        hint = f"build a wheel with it, and name that file here instead: {printable(words)}"
    else:
        hint = "leave it out"
    return Diagnostic(code=_CODE, message=message, place=place, hint=hint)


def option_among_constraints(place: Place) -> Diagnostic:
    """An option in a file of constraints, of which uv takes the versions alone."""
    return Diagnostic(
        code=_CODE,
        message="uv reads no options in a file of constraints",
        place=place,
        hint="write this line into the file that includes it",
    )


def ignored_option(place: Place, option: str) -> Diagnostic:
    """An option of pip's that uv knows and does not follow."""
    binary = "; where nothing is to be built from source, write --only-binary :all:"
    return Diagnostic(
        code="ignored-option",
        message=f"uv, which installs, does not follow {option}",
        place=place,
        severity="warning",
        hint=f"leave it out{binary if option == '--prefer-binary' else ''}",
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
        message=f"'{printable(option)}' is not an option of requirements files that uv knows",
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


def old_index(place: Place, host: str, why: str, *, gone: bool) -> Diagnostic:
    """An index that is no more."""
    return Diagnostic(
        code="old-index",
        message=f"{host} {why}",
        place=place,
        severity="error" if gone else "warning",
        hint="leave out this line: PyPI is asked anyway",
    )
