"""Problems of conda's environment files."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, printable

MOST_LISTED = 20  # packages in one message


def bad_yaml(path: str, line: int | None, reason: str) -> Diagnostic:
    """A file that no tool can read."""
    return Diagnostic(
        code="bad-yaml",
        message=f"not valid YAML: {printable(reason)}",
        place=Place(source=path, line=line),
        hint="correct this line, or the one before it: lists are '- NAME', all of one list equally far indented",
    )


def yaml_tag(place: Place, tag: str) -> Diagnostic:
    """A tag such as !!python/object: nothing in a file is evaluated."""
    return Diagnostic(
        code="bad-yaml",
        message=f"the tag {printable(tag)} has no place here: only text, lists and tables are read",
        place=place,
        hint="write the value itself",
    )


def not_a_list(place: Place, key: str) -> Diagnostic:
    """`dependencies:` or `pip:` with something else behind it."""
    return Diagnostic(
        code="bad-environment",
        message=f"{key} must be a list",
        place=place,
        hint="write a '- NAME' per line below it",
    )


def not_a_spec(place: Place, text: str) -> Diagnostic:
    """An entry that conda would not take, or that no other installer can."""
    return Diagnostic(
        code="bad-environment",
        message=f"'{printable(text)}' is no package with a version that PyPI could have",
        place=place,
        hint="indent every '- NAME' of the list equally far"
        if " - " in text
        else "write NAME, NAME=1.2 or 'NAME>=1.2,<2'; an address of a conda package cannot be installed",
    )


def conda_only(
    packages: Sequence[tuple[Place, str]], programs: Sequence[tuple[Place, str, str]], config: str
) -> Diagnostic:
    """Packages without a wheel: `packages` that only conda has, and `programs` with the Debian package of each."""
    listed = sorted([*packages, *((place, text) for place, text, _ in programs)], key=lambda each: each[0].line or 0)
    names = "1 package here has" if len(listed) == 1 else f"{len(listed)} packages here have"
    debian = ", ".join(f'"{name}"' for name in sorted({debian for _, _, debian in programs}))
    ways = [f'take what Debian has, by {config}: "apt_packages": [{debian}]'] if programs else []
    ways += ["bring an image that has them: --base_image Dockerfile"] if packages else []
    ways.append("or do without, by a file that lists the rest: --requirements requirements.txt")
    return Diagnostic(
        code="conda-only",
        message=f"{names} no wheel on PyPI, and conda is not used in the image",
        place=listed[0][0]._replace(text=None),
        quotes=tuple(f"{place}  {printable(text)}" for place, text in listed[:MOST_LISTED]),
        hint="\n".join(ways),
    )


def unset_variables(place: Place, names: Sequence[str]) -> Diagnostic:
    """`variables:`, which conda sets when an environment is activated."""
    pairs = ", ".join(f'"{printable(name)}": …' for name in names)
    return Diagnostic(
        code="conda-variables",
        message="the variables of this environment are not set in the container",
        place=place,
        severity="warning",
        hint=f'say them in the config: "env": {{{pairs}}}',
    )
