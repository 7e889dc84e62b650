"""Problems of explain and diff."""

from caliban.compiler.diagnostics import Diagnostic, Place


def no_two_builds(root: str) -> Diagnostic:
    """`caliban diff` has nothing to compare."""
    return Diagnostic(
        code="no-two-builds",
        message="caliban remembers less than two builds of this project",
        place=Place(source=root),
        hint="start it in the project's folder, after a second `caliban run` or `caliban build` that built something",
    )
