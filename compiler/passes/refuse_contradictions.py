"""Refuse requirements of one name that no version satisfies, wherever in the project they stand.

Several files are installed together, so what one of them asks for must not undo another. The installer would say so
too, minutes later, in terms of its search; here both lines are named before anything is built. Only what applies to the
chosen Python and platform counts, so this runs after `choose_python`. What a package's own metadata demands is left to
the installer.

>>> show(refuse_contradictions(recipe(Demand(python='3.11', packages=('numpy<2', 'numpy>=2')))))
Traceback (most recent call last):
caliban.compiler.diagnostics.Rejected: no version of numpy satisfies both of these
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.facts.frameworks.wanted import read_pin
from caliban.compiler.facts.pep508 import exclude_each_other
from caliban.compiler.ir.demand import Demand, Pin
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.passes import problems


def refuse_contradictions(recipe: Recipe) -> Recipe:
    """The same recipe; raises Rejected with all contradictions of its requirements."""
    demand = recipe.demand
    wrong = [
        problem
        for pins in _of_one_name(demand)
        for problem in _contradiction(pins, demand.chosen_python, demand.platform)
    ]
    if wrong:
        raise Rejected(*wrong)
    return recipe


def _of_one_name(demand: Demand) -> Iterator[tuple[Pin, ...]]:
    """Yield the requirements of each package that has more than one; constraints count only for those."""
    names = {pin.name for pin in demand.packages}
    by_name: dict[str, dict[str, Pin]] = {}
    for pin in (*demand.packages, *(limit for limit in demand.constraints if limit.name in names)):
        by_name.setdefault(pin.name, {}).setdefault(pin.text, pin)
    for pins in by_name.values():
        if len(pins) > 1:
            yield tuple(pins.values())


def _contradiction(pins: Sequence[Pin], python: str, platform: str) -> Iterator[Diagnostic]:
    """The first two that exclude each other, else all that do together."""
    wants = [want for want in map(read_pin, pins) if want.applies(python, platform)]
    direct = [want.pin for want in wants if want.direct]
    if len({_address(pin) for pin in direct}) > 1:
        yield problems.two_addresses(pins[0].name, direct)
        return
    limits = [(want.pin, want.written) for want in wants if not want.direct]
    for one, other in combinations(limits, 2):
        if exclude_each_other((one[1], other[1])):
            yield problems.no_common_version(pins[0].name, (one[0], other[0]))
            return
    if exclude_each_other(specifier for _, specifier in limits):
        yield problems.no_common_version(pins[0].name, [pin for pin, specifier in limits if specifier])


def _address(pin: Pin) -> str:
    """Return the text behind the '@', without the marker."""
    return pin.text.partition("@")[2].partition(" ;")[0].strip()
