"""Python minors for which the packages of `data/wheels.json` have wheels: pins in, limits out.

A requirement limits nothing if it allows a release newer than the table knows. The table is read only for one that has
an upper bound.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from packaging.version import Version

from caliban.compiler.facts.frameworks.wanted import Wanted, read_pin
from caliban.compiler.facts.frameworks.wheel_limit import WheelLimit
from caliban.compiler.facts.frameworks.wheel_rows import row_at, serves
from caliban.compiler.facts.pep508 import final_release
from caliban.compiler.ir.demand import Demand

_UPPER_BOUNDS = frozenset({"==", "===", "<", "<=", "~="})
_KINDS = ("amd64", "arm64", "source")

Row = Mapping[str, Any]


class _Asked(NamedTuple):
    """The releases that a requirement allows."""

    words: str  # 'numpy 1.21.6', 'numpy<2'
    releases: tuple[Version, ...]  # that it allows, the newest first; of those that are alike, one
    free: frozenset[str]  # the minors that its marker leaves alone


def compiled_limits(
    demand: Demand, candidates: Sequence[str], without: Collection[str] = frozenset()
) -> Iterator[WheelLimit]:
    """One limit for each requirement whose releases are all known; `without` those of these names."""
    wants = (read_pin(pin) for pin in demand.packages if pin.name not in without)
    bounded = [want for want in wants if any(clause.operator in _UPPER_BOUNDS for clause in want.specifier)]
    packages: Mapping[str, Row] = demand.tables["wheels"]["packages"] if bounded else {}
    for want in bounded:
        row = packages.get(want.pin.name, {})
        asked = _asked(want, row, demand, candidates) if row else None
        if asked is not None and any(row_at(row.get(kind, {}), each) for kind in _KINDS for each in asked.releases):
            limit = _limit(want, asked, row, demand, candidates)
            if limit.pythons or limit.others or not demand.indexes:  # an index of the user's may have what PyPI lacks
                yield limit


def _limit(want: Wanted, asked: _Asked, row: Row, demand: Demand, candidates: Sequence[str]) -> WheelLimit:
    wheels, sources = row.get(demand.platform.split("/")[1], {}), row.get("source", {})
    texts = [(row_at(wheels, each), row_at(sources, each)) for each in asked.releases]
    with_wheels, compiled = set[str](), set[str]()
    for minor in candidates:  # an installer takes the newest release that allows the Python, be it only its sources
        taken = next(
            ((wheel, source) for wheel, source in texts if serves(wheel, minor) or serves(source, minor)), None
        )
        if minor in asked.free or (taken and serves(taken[0], minor)):
            with_wheels.add(minor)
        elif taken:
            compiled.add(minor)
    return WheelLimit(
        words=asked.words,
        source=want.pin.source,
        pythons=frozenset(with_wheels),
        others=frozenset(compiled),
        compiles=True,
        releases={minor: f"{want.pin.name}=={release}" for minor, release in _nearest(wheels, asked, candidates)},
    )


def _asked(want: Wanted, row: Row, demand: Demand, candidates: Sequence[str]) -> _Asked | None:
    """None for a requirement that the table tells nothing of."""
    newest = final_release(row.get("newest", ""))
    if want.direct or newest is None:
        return None
    free = frozenset(minor for minor in candidates if not want.applies(minor, demand.platform))
    if want.exact and len(want.specifier) == 1:
        release = final_release(want.exact)
        return _Asked(want.words, (release,), free) if release and release <= newest else None
    if _allows_newer(want, row["newest"]):
        return None
    starts = {version for kind in _KINDS for version in row.get(kind, {})} | {row["newest"]}
    bounds = {clause.version.removesuffix(".*") for clause in want.specifier}
    known = {release for text in starts | bounds if (release := final_release(text)) and release <= newest}
    return _Asked(want.words, tuple(sorted(filter(want.specifier.contains, known), reverse=True)), free)


def _allows_newer(want: Wanted, newest: str) -> bool:
    """Return whether a requirement allows any release that could come after this one: 1.2.4, 1.3 or 2 after 1.2.3."""
    parts = [int(part) for part in newest.partition(".post")[0].split(".")]
    following = (".".join(map(str, (*parts[:place], parts[place] + 1))) for place in range(len(parts)))
    return any(want.specifier.contains(version) for version in following)


def _nearest(wheels: Mapping[str, str], asked: _Asked, candidates: Sequence[str]) -> Iterator[tuple[str, str]]:
    """For each minor the first release after those that are asked for with wheels for it, else the last before."""
    for minor in candidates:
        serving = [
            release for first, text in wheels.items() if serves(text, minor) and (release := final_release(first))
        ]
        after = [release for release in serving if release > asked.releases[0]]
        if serving:
            yield minor, str(min(after) if after else max(serving))
