"""Choose the Python of the image: the strongest wish of user and project for which the requirements have wheels.

A wheel's own metadata may promise more than there is (torch 2.1.2 says >=3.8 and has no wheel for 3.12), so a Python
that only satisfies the ranges would fail minutes later, inside the build, with the installer's words.

Without a choice, it is the running interpreter's minor where that is allowed, else the newest that fits. A Python that
many packages have not caught up with (`young` in the table) is the newest only where no older one fits: the tables
know few packages, and the others are no further. What would have to be compiled is a reason against a Python, and told
where one is chosen in spite of it, but never refused.

>>> show(choose_python(recipe(Demand(host_python='3.12', packages=('torch==2.1.2',)), CreateVenv())))
Demand(host_python='3.12', python='3.11', python_reason='Python 3.11: torch 2.1.2 has no wheels for 3.12
    (requirements.txt:1)', packages=('torch==2.1.2',))
CreateVenv(python='3.11')
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.frameworks import python_problems as problems
from caliban.compiler.facts.frameworks.python_conflicts import (
    conflict_of_ranges,
    conflict_of_wheels,
    conflicts_of_choice,
    conflicts_with_platform,
)
from caliban.compiler.facts.frameworks.wheel_limit import WheelLimit
from caliban.compiler.facts.frameworks.wheels import wheel_limits
from caliban.compiler.facts.python_versions import (
    allowed_minors,
    allows,
    chosen_minor,
    end_of_life,
    is_range,
    known_minors,
    newest,
    numbers,
)
from caliban.compiler.ir.demand import Demand, PythonNeed
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.python import CreateVenv


class _Chosen(NamedTuple):
    python: str
    reason: str
    notes: tuple[str, ...]


def choose_python(recipe: Recipe) -> Recipe:
    """The recipe with its Python; on a base that the user names, that is the one for where its own will not do."""
    named = recipe.base.named
    # A base that the user names may hold what the tables doubt, and another Python.
    demand = replace(recipe.demand, packages=()) if named else recipe.demand
    facts = demand.python_facts
    choice = next((fact for fact in facts if fact.exact and not is_range(fact.specifier)), None)
    ranges = tuple(fact for fact in facts if not fact.advice and (not fact.exact or is_range(fact.specifier)))
    advice = tuple(fact for fact in facts if fact.advice)
    python, reason, notes = _by_range(ranges, advice, demand) if choice is None else _by_choice(choice, ranges, demand)
    chosen = replace(recipe.demand, python=python, python_reason=f"Python {python}: {reason}")
    steps = tuple(replace(step, python=python) if isinstance(step, CreateVenv) else step for step in recipe.steps)
    return replace(recipe, demand=chosen, steps=steps, notes=recipe.notes if named else recipe.notes + notes)


def _by_choice(choice: PythonNeed, ranges: Sequence[PythonNeed], demand: Demand) -> _Chosen:
    """The chosen minor; one that is newer than our table is taken at its word."""
    known, minor = known_minors(demand.tables), chosen_minor(choice.specifier)
    if minor is None or numbers(minor) < numbers(known[0]):
        raise Rejected(problems.unknown_python(choice.specifier, choice.source, known[0]))
    limits = wheel_limits(demand, (*known, minor) if minor not in known else known)
    works = _that_works(ranges, limits, demand)
    wrong = list(conflicts_with_platform(limits, demand))
    wrong = wrong or list(conflicts_of_choice(minor, choice, ranges, limits, works))
    if wrong:
        raise Rejected(*wrong)
    return _Chosen(minor, choice.source, tuple(_notes(minor, limits, works, demand)))


def _by_range(ranges: Sequence[PythonNeed], advice: Sequence[PythonNeed], demand: Demand) -> _Chosen:
    """The running interpreter's minor, if ranges allow it and nothing has more wheels for another; else the newest.

    What classifiers name comes before both, as far as the ranges allow it.
    """
    host, known = demand.host_python, known_minors(demand.tables)
    candidates = (*known, host) if numbers(host) > numbers(known[-1]) else known
    fitting = allowed_minors([fact.specifier for fact in ranges], candidates)
    if not fitting:
        raise Rejected(conflict_of_ranges(ranges, demand.tables))
    limits = wheel_limits(demand, candidates)
    possible = [minor for minor in fitting if all(limit.allows(minor) for limit in limits)]
    if not possible:
        nowhere = list(conflicts_with_platform(limits, demand))
        raise Rejected(*(nowhere or [conflict_of_wheels(ranges, fitting, limits, demand)]))
    best = _best_served(possible, limits)
    advised = allowed_minors([fact.specifier for fact in (*ranges, *advice)], candidates) or fitting
    preferred = host if host in advised else newest(advised, demand.tables)
    python = preferred if preferred in best else newest(best, demand.tables)
    reason = _reason(python, preferred, (*ranges, *advice), limits, demand)
    return _Chosen(python, reason, tuple(_notes(python, limits, _that_works(ranges, limits, demand), demand)))


def _best_served(possible: Sequence[str], limits: Sequence[WheelLimit]) -> list[str]:
    """Those for which the most requirements have wheels."""
    served = {minor: sum(minor in limit.pythons for limit in limits) for minor in possible}
    return [minor for minor in possible if served[minor] == max(served.values())]


def _that_works(ranges: Sequence[PythonNeed], limits: Sequence[WheelLimit], demand: Demand) -> str | None:
    """The newest Python that is in all ranges and for which everything has wheels."""
    fitting = allowed_minors([fact.specifier for fact in ranges], known_minors(demand.tables))
    served = [minor for minor in fitting if all(minor in limit.pythons for limit in limits)]
    return newest(served, demand.tables) if served else None


def _reason(
    python: str, preferred: str, ranges: Sequence[PythonNeed], limits: Sequence[WheelLimit], demand: Demand
) -> str:
    if python != preferred:
        limit = next(limit for limit in limits if preferred not in limit.pythons)
        return f"{limit.words} has no wheels for {preferred} ({limit.source})"
    if python == demand.host_python:
        return "the interpreter that ran caliban"
    fact = next((fact for fact in ranges if not allows(fact.specifier, demand.host_python)), None)
    if fact is None:
        return "the newest that caliban knows"
    return f"{fact.source} {'names by its classifiers' if fact.advice else 'asks for'} {fact.specifier}"


def _notes(python: str, limits: Sequence[WheelLimit], works: str | None, demand: Demand) -> Iterator[str]:
    """Yield doubts about a Python that is chosen all the same."""
    compiled = [limit for limit in limits if limit.compiles and python not in limit.pythons]
    if compiled:
        names = ", ".join(f"{limit.words} ({limit.source})" for limit in compiled)
        has, are = ("has", "is") if len(compiled) == 1 else ("have", "are")
        better = f"; Python {works} has wheels for all pins" if works else ""
        yield f"{names} {has} no wheels for Python {python} and {are} compiled{better}"
    ended = end_of_life(python, demand.tables)
    if ended:
        yield f"Python {python} has had no security fixes since {ended}"
