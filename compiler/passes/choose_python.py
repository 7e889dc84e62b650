"""Choose the Python of the image: the strongest wish of user and project for which the frameworks have wheels.

A wheel's own metadata may promise more than there is (torch 2.1.2 says >=3.8 and has no wheel for 3.12), so a Python
that only satisfies the ranges would fail minutes later, inside the build, with the installer's words.

Before:  BaseNeed(python=None, host_python='3.12', packages=(Pin('torch==2.1.2', 'requirements.txt:1'),)), CreateVenv()
After:   BaseNeed(python='3.11', python_reason='Python 3.11: torch 2.1.2 has no wheels for 3.12 (requirements.txt:1)'),
         CreateVenv(python='3.11')
"""

from collections.abc import Sequence
from dataclasses import replace

from caliban.compiler.bases import BaseNeed, PythonNeed
from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.frameworks.wheels import WheelLimit, wheel_limits
from caliban.compiler.plan import Recipe
from caliban.compiler.problems import base as problems
from caliban.compiler.python_versions import allows, chosen_minor, is_range, known_minors, numbers, touches
from caliban.compiler.steps import CreateVenv


def choose_python(recipe: Recipe) -> Recipe:
    """The recipe with its Python; on a base that the user names, that is the one for where its own will not do."""
    original = recipe.base
    assert isinstance(original, BaseNeed), "choose_python runs before choose_base"
    need = replace(original, packages=()) if original.named else original  # a base may hold what the tables doubt
    facts = need.python_facts
    choice = next((fact for fact in facts if fact.exact and not is_range(fact.specifier)), None)
    ranges = tuple(fact for fact in facts if not fact.exact or is_range(fact.specifier))
    python, reason = _by_range(ranges, need) if choice is None else _by_choice(choice, ranges, need)
    base = replace(original, python=python, python_reason=f"Python {python}: {reason}")
    steps = tuple(replace(step, python=python) if isinstance(step, CreateVenv) else step for step in recipe.steps)
    return replace(recipe, base=base, steps=steps)


def _by_choice(choice: PythonNeed, ranges: Sequence[PythonNeed], need: BaseNeed) -> tuple[str, str]:
    """The chosen minor and its reason; a minor newer than our table is taken at its word."""
    oldest, minor = known_minors(need.tables)[0], chosen_minor(choice.specifier)
    if minor is None or numbers(minor) < numbers(oldest):
        raise Rejected(problems.unknown_python(choice.specifier, choice.source, oldest))
    limits = wheel_limits(need, (minor, *known_minors(need.tables)))
    works = _newest_that_works(ranges, limits, known_minors(need.tables))
    wrong: list[Diagnostic] = [
        problems.python_contradiction(minor, choice.source, fact.specifier, fact.source, works)
        for fact in ranges
        if not touches(fact.specifier, minor)
    ]
    wrong += [
        problems.no_wheels(limit.words, limit.source, minor, choice.source, works)
        for limit in limits
        if limit.firm and minor not in limit.pythons
    ]
    if wrong:
        raise Rejected(*wrong)
    return minor, choice.source


def _by_range(ranges: Sequence[PythonNeed], need: BaseNeed) -> tuple[str, str]:
    """The running interpreter's minor if ranges and wheels allow it, else the newest allowed; and the reason."""
    host = need.host_python
    minors = known_minors(need.tables)
    candidates = (*minors, host) if numbers(host) > numbers(minors[-1]) else minors
    allowed = _allowed(ranges, candidates)
    if not allowed:
        raise Rejected(problems.no_python([(fact.specifier, fact.source) for fact in ranges]))
    preferred = host if host in allowed else allowed[-1]
    limits = wheel_limits(need, candidates)
    served = _served(allowed, [limit for limit in limits if limit.firm])
    if not served:
        raise Rejected(_conflict(ranges, allowed, [limit for limit in limits if limit.firm]))
    best = _served(served, limits) or served
    if preferred not in best:
        limit = next(limit for limit in limits if preferred not in limit.pythons)
        return best[-1], f"{limit.words} has no wheels for {preferred} ({limit.source})"
    if preferred == host:
        return host, "the interpreter that ran caliban"
    fact = next((fact for fact in ranges if not allows(fact.specifier, host)), None)
    return preferred, f"{fact.source} asks for {fact.specifier}" if fact else "the newest that caliban knows"


def _conflict(ranges: Sequence[PythonNeed], allowed: Sequence[str], firm: Sequence[WheelLimit]) -> Diagnostic:
    """Names the one pin that the ranges leave nothing of, if there is one, else all that are involved."""
    alone = next((limit for limit in firm if not limit.pythons.intersection(allowed)), None)
    if alone is not None and ranges:
        by = " and ".join(fact.source for fact in ranges)
        return problems.no_wheels(alone.words, alone.source, _spelled(allowed), by, None)
    ways = [(limit.words, limit.source, _spelled(_served(allowed, [limit]))) for limit in firm]
    return problems.no_common_python(ways)


def _newest_that_works(
    ranges: Sequence[PythonNeed], limits: Sequence[WheelLimit], candidates: Sequence[str]
) -> str | None:
    found = _served(_allowed(ranges, candidates), limits)
    return found[-1] if found else None


def _allowed(ranges: Sequence[PythonNeed], candidates: Sequence[str]) -> tuple[str, ...]:
    """Those whose newest patch is in all ranges, else those of which any patch is."""
    strict = tuple(minor for minor in candidates if all(allows(fact.specifier, minor) for fact in ranges))
    return strict or tuple(minor for minor in candidates if all(touches(fact.specifier, minor) for fact in ranges))


def _served(minors: Sequence[str], limits: Sequence[WheelLimit]) -> tuple[str, ...]:
    return tuple(minor for minor in minors if all(minor in limit.pythons for limit in limits))


def _spelled(minors: Sequence[str]) -> str:
    return minors[0] if len(minors) == 1 else f"{minors[0]} to {minors[-1]}"
