"""Problems of requirements that cannot be had together."""

from collections.abc import Sequence

from caliban.compiler.bases import Pin
from caliban.compiler.diagnostics import Diagnostic, printable
from caliban.compiler.problems.places import place_of_source


def no_common_version(name: str, pins: Sequence[Pin]) -> Diagnostic:
    """Specifiers that exclude each other."""
    which = "both of these" if len(pins) == 2 else f"all of these {len(pins)}"
    return Diagnostic(
        code="contradicting-requirements",
        message=f"no version of {name} satisfies {which}",
        place=place_of_source(pins[0].source),
        quotes=_quotes(pins),
        hint="change one of them, or leave it out, or name the file that counts: --requirements FILE",
    )


def two_addresses(name: str, pins: Sequence[Pin]) -> Diagnostic:
    """Two files or repositories for one package."""
    return Diagnostic(
        code="contradicting-requirements",
        message=f"{name} is to come from {len(pins)} different addresses",
        place=place_of_source(pins[0].source),
        quotes=_quotes(pins),
        hint="leave one of them",
    )


def _quotes(pins: Sequence[Pin]) -> tuple[str, ...]:
    return tuple(f"{printable(pin.source)}  {printable(pin.text)}" for pin in pins)
