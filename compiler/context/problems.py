"""Problems of ignore patterns."""

from caliban.compiler.diagnostics import Diagnostic, Place


def bad_pattern(reason: str, place: Place) -> Diagnostic:
    """A line of .dockerignore that the engine refuses."""
    return Diagnostic(
        code="bad-pattern",
        message=f"no pattern: {reason}",
        place=place,
        hint="write '\\' before a '[' or '!' that belongs to a name",
    )
