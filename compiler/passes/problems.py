"""Problems that passes report."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.facts.places import place_of_source
from caliban.compiler.ir.demand import Pin
from caliban.compiler.locks.resolved import CALIBAN_LOCK


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


def incompatible(name: str, pins: Sequence[Pin], instead: str | None, *, rewritten: bool) -> Diagnostic:
    """Pins of which one release demands what another one, or a requirement, excludes."""
    hint = "choose releases that go together, or leave one version out: then the installer chooses it"
    if rewritten and name.startswith("nvidia-"):
        hint += "\nor take only one of them with CUDA, as declared: --no_rewrites"
    return Diagnostic(
        code="contradicting-requirements",
        message=f"no version of {name} satisfies both of these",
        place=place_of_source(pins[0].source),
        quotes=_quotes(pins),
        hint=f"write {instead}" if instead else hint,
    )


def _quotes(pins: Sequence[Pin]) -> tuple[str, ...]:
    return tuple(f"{printable(pin.source)}  {printable(pin.text)}" for pin in pins)


def trap(pin: Pin, why: str, instead: str | None) -> Diagnostic:
    """A package that surely cannot be installed, or is surely another one."""
    return Diagnostic(
        code="trap",
        message=f"'{printable(pin.text)}' cannot be installed: {pin.name} {why}",
        place=place_of_source(pin.source),
        hint=f"write {printable(instead)}" if instead else "leave out this line",
    )


def extra_of_nothing(pin: Pin, text: str, lacking: str, links: str | None) -> Diagnostic:
    """An extra that demands a package which is on no index."""
    return Diagnostic(
        code="extra-not-there",
        message=f"{printable(text)} demands {lacking}, which is not on PyPI",
        place=place_of_source(pin.source),
        hint=f"add a line with the page that has it: --find-links {links}" if links else "take a newer release",
    )


def drift(why: Sequence[str], command: str) -> Diagnostic:
    """`--locked`, and something is not as it was locked."""
    return Diagnostic(
        code="not-as-locked",
        message=f"--locked, but {'; '.join(why)}",
        place=Place(source=CALIBAN_LOCK),
        hint=f"make it again, and commit it: {command}",
    )
