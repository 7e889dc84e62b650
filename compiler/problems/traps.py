"""Problems of requirements that are not what their author means."""

from caliban.compiler.bases import Pin
from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.problems.places import place_of_source


def trap(pin: Pin, why: str, instead: str | None) -> Diagnostic:
    """A package that surely cannot be installed, or is surely another one."""
    return Diagnostic(
        code="trap",
        message=f"'{printable(pin.text)}' cannot be installed: {pin.name} {why}",
        place=place_of_source(pin.source),
        hint=f"write {printable(instead)}" if instead else "leave out this line",
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
