"""Refuse requirements that surely cannot be installed, and warn of those that are not what their author means.

`sklearn`, `cv2` or `pkg-resources==0.0.0` stand in many projects; what the installer answers comes late and tells no
way out. Here all of a project are told at once, each with what to write instead; the facts are in data/traps.json. An
index of the project's own may have a package of such a name, and a base that the user names may hold one: then this
only warns, or says nothing.

>>> show(refuse_traps(recipe(Demand(packages=('sklearn', 'six')))))
Traceback (most recent call last):
caliban.compiler.diagnostics.Rejected: 'sklearn' cannot be installed: sklearn only raises an error
>>> show(refuse_traps(recipe(Demand(packages=('enum34', 'six')))))
Demand(packages=('enum34', 'six'))
note: enum34 is part of Python since 3.4, as enum: leave it out (requirements.txt:1)
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.data_files import table
from caliban.compiler.facts.frameworks.wanted import read_pin
from caliban.compiler.facts.pep508 import final_release
from caliban.compiler.ir.demand import Demand, Pin
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.passes import problems

_WITHOUT_PKG_RESOURCES = "82"  # the first setuptools


class _Trap(Struct, frozen=True, kw_only=True):
    """A requirement that is one."""

    pin: Pin
    why: str  # 'only raises an error'
    instead: str | None  # the line to write; None: none
    fatal: bool


def refuse_traps(recipe: Recipe) -> Recipe:
    """The recipe with notes about traps; raises Rejected with all that cannot be installed."""
    demand = recipe.demand
    if recipe.base.named:
        return recipe
    traps = tuple(_traps(demand))
    fatal = [problems.trap(trap.pin, trap.why, trap.instead) for trap in traps if trap.fatal and not demand.indexes]
    if fatal:
        raise Rejected(*fatal)
    notes = (*(_note(trap) for trap in traps), *_without_pkg_resources(demand))
    return replace(recipe, notes=recipe.notes + notes)


def _without_pkg_resources(demand: Demand) -> Iterator[str]:
    """Notes about releases that import what the newest setuptools has no more, where no line asks for an older one."""
    importing = table("traps")["pkg_resources"]
    pins = [pin for pin in demand.packages if pin.name in importing]
    if not pins or any(_is_older_setuptools(pin) for pin in (*demand.packages, *demand.constraints)):
        return
    for want in map(read_pin, pins):
        release, last = final_release(want.exact or ""), final_release(importing[want.pin.name])
        applies = not want.direct and want.applies(demand.chosen_python, demand.platform)
        if applies and release is not None and last is not None and release <= last:
            yield f"{want.words} imports pkg_resources, which it does not bring: add setuptools<82 ({want.pin.source})"


def _is_older_setuptools(pin: Pin) -> bool:
    return pin.name == "setuptools" and not read_pin(pin).specifier.contains(_WITHOUT_PKG_RESOURCES)


def _traps(demand: Demand) -> Iterator[_Trap]:
    names = table("traps")["names"]
    for pin in demand.packages:
        fact = names.get(pin.name)
        if fact is not None and _applies(pin, fact, demand):
            yield _Trap(pin=pin, why=fact["why"], instead=_instead(pin, fact), fatal=not fact.get("warns", False))


def _applies(pin: Pin, fact: dict[str, Any], demand: Demand) -> bool:
    """Return whether a package is installed here at all, and from an index."""
    want = read_pin(pin)
    wanted = want.applies(demand.chosen_python, demand.platform)
    return wanted and not want.direct and want.exact not in fact.get("spared", ())


def _instead(pin: Pin, fact: dict[str, Any]) -> str | None:
    """`torch==2.1; python_version < "3.12"` for `pytorch==2.1; python_version < "3.12"`."""
    name = fact.get("write")
    if name is None or not fact.get("same_versions"):
        return name
    return f"{name}{pin.text[len(pin.name) :]}"


def _note(trap: _Trap) -> str:
    way_out = f"write {trap.instead}" if trap.instead else "leave it out"
    return f"{trap.pin.name} {trap.why}: {way_out} ({trap.pin.source})"
