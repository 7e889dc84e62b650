"""Explains why no Python will do: requirements and wheels that exclude each other, with a version that would work."""

from collections.abc import Iterator, Sequence

from caliban.compiler.diagnostics import Diagnostic
from caliban.compiler.facts.frameworks import python_problems as problems
from caliban.compiler.facts.frameworks.wheel_limit import WheelLimit
from caliban.compiler.facts.python_versions import allowed_minors, known_minors, newest, touches
from caliban.compiler.facts.tables import Tables
from caliban.compiler.ir.demand import Demand, PythonNeed


def conflict_of_ranges(ranges: Sequence[PythonNeed], tables: Tables) -> Diagnostic:
    """Ranges that have no known Python in common."""
    known, way_out = known_minors(tables), None
    for left_out in ranges:
        others = [fact.specifier for fact in ranges if fact is not left_out]
        fitting = allowed_minors(others, known) if others else ()
        if fitting:
            way_out = newest(fitting, tables), left_out.source
    return problems.no_python([(fact.specifier, fact.source) for fact in ranges], _spelled(known), way_out)


def conflicts_of_choice(
    minor: str, choice: PythonNeed, ranges: Sequence[PythonNeed], limits: Sequence[WheelLimit], works: str | None
) -> Iterator[Diagnostic]:
    """Yield the contradictions of a chosen Python; `works` is one that would contradict nothing."""
    for fact in ranges:
        if not touches(fact.specifier, minor):
            yield problems.python_contradiction(minor, choice.source, fact.specifier, fact.source, works)
    for limit in limits:
        if not limit.allows(minor):
            release = limit.releases.get(minor)
            way_out = problems.other_release(release, minor, choice.source) if release else None
            way_out = problems.other_python(works) if works else way_out
            yield problems.no_wheels(limit.words, limit.source, minor, choice.source, way_out)


def conflict_of_wheels(
    ranges: Sequence[PythonNeed], fitting: Sequence[str], limits: Sequence[WheelLimit], demand: Demand
) -> Diagnostic:
    """Names the one pin that the ranges leave nothing of, if there is one, else all that are involved."""
    by = " and ".join(fact.source for fact in ranges)
    alone = next((limit for limit in limits if not any(map(limit.allows, fitting))), None)
    if alone is not None and ranges:
        minor = next((minor for minor in fitting if minor in alone.releases), None)
        way_out = problems.other_release(alone.releases[minor], minor, by) if minor else None
        return problems.no_wheels(alone.words, alone.source, _spelled(fitting), by, way_out)
    involved = [limit for limit in limits if not all(map(limit.allows, fitting))]
    ways = [(each.words, each.source, _spelled([*filter(each.allows, fitting)])) for each in involved]
    return problems.no_common_python(ways, _other_pin(fitting, involved, demand))


def conflicts_with_platform(limits: Sequence[WheelLimit], demand: Demand) -> Iterator[Diagnostic]:
    """The pins that no Python has anything of."""
    for limit in limits:
        if not limit.pythons and not limit.others:
            release = limit.releases.get(demand.host_python)
            yield problems.nowhere(limit.words, limit.source, demand.platform, release)


def _other_pin(fitting: Sequence[str], limits: Sequence[WheelLimit], demand: Demand) -> tuple[str, str] | None:
    """A release instead of one pin with which all have wheels for a Python, the host's if possible; and that Python."""
    preferred = [minor for minor in (demand.host_python, newest(fitting, demand.tables)) if minor in fitting]
    for minor in (*preferred, *reversed(fitting)):
        refusing = [limit for limit in limits if not limit.allows(minor)]
        if len(refusing) == 1 and minor in refusing[0].releases:
            return refusing[0].releases[minor], minor
    return None


def _spelled(minors: Sequence[str]) -> str:
    return minors[0] if len(minors) == 1 else f"{minors[0]} to {minors[-1]}"
