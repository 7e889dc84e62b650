"""Python minors for which the packages of `data/wheels.json` have wheels: pins in, limits out.

A requirement limits nothing if it allows a release newer than the table knows. The table is read only for one that has
an upper bound.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from caliban.compiler.facts.frameworks.wanted import Wanted, read_pin
from caliban.compiler.facts.frameworks.wheel_limit import WheelLimit
from caliban.compiler.facts.frameworks.wheel_rows import ReleaseKey, release_key, row_at, serves
from caliban.compiler.ir.demand import Demand, Pin

_BOUNDED = re.compile(r"==|<|~=")
_PLAIN = re.compile(r"[\w.-]+\s*==\s*(\d[\d.]*)(?:\s+(?:#|--hash).*)?", re.ASCII | re.DOTALL)
_KINDS = ("amd64", "arm64", "source")

Row = Mapping[str, Any]


class _Asked(NamedTuple):
    """The releases that a requirement allows."""

    words: str  # 'numpy 1.21.6', 'numpy<2'
    releases: tuple[ReleaseKey, ...]  # that it allows, the newest first; of those that are alike, one
    free: frozenset[str]  # the minors that its marker leaves alone


def compiled_limits(
    demand: Demand, candidates: Sequence[str], without: Collection[str] = frozenset()
) -> Iterator[WheelLimit]:
    """One limit for each requirement whose releases are all known; `without` those of these names."""
    bounded = [pin for pin in demand.packages if pin.name not in without and _BOUNDED.search(pin.text)]
    packages: Mapping[str, Row] = demand.tables["wheels"]["packages"] if bounded else {}
    for pin in bounded:
        row = packages.get(pin.name, {})
        asked = _asked(pin, row, demand, candidates) if row else None
        if asked is not None and any(row_at(row.get(kind, {}), key) for kind in _KINDS for key in asked.releases):
            limit = _limit(pin, asked, row, demand, candidates)
            if limit.pythons or limit.others or not demand.indexes:  # an index of the user's may have what PyPI lacks
                yield limit


def _limit(pin: Pin, asked: _Asked, row: Row, demand: Demand, candidates: Sequence[str]) -> WheelLimit:
    wheels, sources = row.get(demand.platform.split("/")[1], {}), row.get("source", {})
    texts = [(row_at(wheels, key), row_at(sources, key)) for key in asked.releases]
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
        source=pin.source,
        pythons=frozenset(with_wheels),
        others=frozenset(compiled),
        compiles=True,
        releases={minor: f"{pin.name}=={release}" for minor, release in _nearest(wheels, asked, candidates)},
    )


def _asked(pin: Pin, row: Row, demand: Demand, candidates: Sequence[str]) -> _Asked | None:
    """None for a requirement that the table tells nothing of."""
    newest = release_key(row.get("newest", ""))
    plain = _PLAIN.fullmatch(pin.text)
    if plain:
        key = release_key(plain[1].rstrip("."))
        return _Asked(f"{pin.name} {plain[1]}", (key,), frozenset()) if key and newest and key <= newest else None
    want = read_pin(pin)
    if want.direct or newest is None:
        return None
    free = frozenset(minor for minor in candidates if not want.applies(minor, demand.platform))
    if want.exact and len(want.specifier.clauses) == 1:
        key = release_key(want.exact)
        return _Asked(want.words, (key,), free) if key and key <= newest else None
    if _allows_newer(want, row["newest"]):
        return None
    starts = {version for kind in _KINDS for version in row.get(kind, {})} | {row["newest"]}
    bounds = {clause.version.removesuffix(".*") for clause in want.specifier.clauses}
    allowed = [version for version in starts | bounds if want.specifier.contains(version)]
    keys = {key for version in allowed if (key := release_key(version)) and key <= newest}
    return _Asked(want.words, tuple(sorted(keys, reverse=True)), free)


def _allows_newer(want: Wanted, newest: str) -> bool:
    """Return whether a requirement allows any release that could come after this one: 1.2.4, 1.3 or 2 after 1.2.3."""
    parts = [int(part) for part in newest.partition(".post")[0].split(".")]
    following = (".".join(map(str, (*parts[:place], parts[place] + 1))) for place in range(len(parts)))
    return any(want.specifier.contains(version) for version in following)


def _nearest(wheels: Mapping[str, str], asked: _Asked, candidates: Sequence[str]) -> Iterator[tuple[str, str]]:
    """For each minor the first release after those that are asked for with wheels for it, else the last before."""
    for minor in candidates:
        serving = {key: first for first, text in wheels.items() if serves(text, minor) and (key := release_key(first))}
        after = [key for key in serving if key > asked.releases[0]]
        if serving:
            yield minor, serving[min(after) if after else max(serving)]
