"""Version specifiers (PEP 440): what one of them allows, and whether several have a version in common.

Releases are compared here, '>=1.7,<2' with 1.8.1; anything else is for packaging to read, whose import takes 40 ms.

packaging can tell whether a specifier contains a version, not whether two of them contain any. But what several allow
together is a union of intervals, and each of these starts at a bound that somebody wrote, or directly above one. So it
is enough to try those.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

_LEAST = "0.dev0"  # of all versions
_RELEASE = r"\d{1,9}(?:\.\d{1,9}){0,9}"  # int() refuses a number of thousands of digits
_CLAUSE = rf"((?:[=!]=|[<>]=?)\s*{_RELEASE}|[=!]=\s*{_RELEASE}\.\*|~=\s*{_RELEASE}\.\d{{1,9}})\s*"
_PLAIN = rf"(?a)\s*(?:{_CLAUSE}(?:,\s*{_CLAUSE})*)?"


class Clause(NamedTuple):
    """One bound."""

    operator: str  # '>='
    version: str  # '1.7'; behind '==' and '!=' also '1.7.*'


class Specifier(Struct, frozen=True):
    """The clauses of a specifier; none of them allows every version."""

    clauses: tuple[Clause, ...] = ()

    def __str__(self) -> str:
        return ",".join(sorted({f"{operator}{version}" for operator, version in self.clauses}))

    def __bool__(self) -> bool:
        return bool(self.clauses)

    def contains(self, version: str) -> bool:
        """Return whether the specifier allows a version, also a pre-release. Raises ValueError if it is none."""
        text = str(self)
        release = _release(version)
        if release is None or not is_plain(text):
            return _packagings(text).contains(version, prereleases=True)
        return all(
            holds(operator, _numbers(bound.removesuffix(".*")), release, wildcard=bound.endswith("*"))
            for operator, bound in self.clauses
        )


def is_plain(text: str) -> bool:
    """Return whether a specifier only compares releases, so that `packaging` need not read it."""
    return re.fullmatch(_PLAIN, text) is not None


def read_specifier(text: str) -> Specifier:
    """The specifier of a text: '>=1.7, <2'. Raises ValueError where it is none."""
    if not is_plain(text):
        return Specifier(tuple(Clause(clause.operator, clause.version) for clause in _packagings(text)))
    clauses = (re.fullmatch(r"([=!<>~]+)\s*(\S+)", clause.strip()) for clause in text.split(","))
    return Specifier(tuple(Clause(found[1], found[2]) for found in clauses if found))


def holds(operator: str, bound: tuple[int, ...], release: tuple[int, ...], *, wildcard: bool) -> bool:
    """Return whether one clause allows a release; with a wildcard, `==` and `!=` compare the bound's numbers alone."""
    width = max(len(bound), len(release))
    ours, theirs = _padded(release, width), _padded(bound, width)
    same = ours[: len(bound)] == bound if wildcard else ours == theirs
    match operator:
        case "==" | "===":
            return same
        case "!=":
            return not same
        case ">=":
            return ours >= theirs
        case "<=":
            return ours <= theirs
        case ">":
            return ours > theirs
        case "<":
            return ours < theirs
        case _:  # '~=': at least this, and the same but for the last number
            return ours >= theirs and ours[: len(bound) - 1] == bound[:-1]


def _padded(numbers: tuple[int, ...], width: int) -> tuple[int, ...]:
    return numbers + (0,) * (width - len(numbers))


def _release(version: str) -> tuple[int, ...] | None:
    return _numbers(version) if re.fullmatch(_RELEASE, version, re.ASCII) else None


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))


@cache
def _packagings(text: str) -> "SpecifierSet":
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(text)


def common_version(specifiers: Sequence[Specifier]) -> str | None:
    """A version that all of them contain, be it one that nobody released; None where there is none."""
    bounds = [clause.version for specifier in specifiers for clause in specifier.clauses]
    written = dict.fromkeys(bound.removesuffix(".*") for bound in bounds)
    found = next((text for text in written if _release(text) and _all_contain(specifiers, text)), None)
    if found is not None:
        return found
    from packaging.version import InvalidVersion, Version

    try:
        versions = [Version(bound) for bound in written]
    except InvalidVersion:  # '===2004d' equals that text and nothing else
        return next((text for text in written if _all_contain(specifiers, text)), None)
    depth = max((len(version.release) for version in versions), default=0)
    candidates = (text for version in versions for text in _from(version, depth))
    return next((text for text in (_LEAST, *candidates) if _all_contain(specifiers, text)), None)


def _from(version: "Version", depth: int) -> Iterator[str]:
    """The version, what comes directly above it, and above all that starts like it (for `!=1.2.*`)."""
    yield str(version)
    epoch = f"{version.epoch}!" if version.epoch else ""
    release = ".".join(map(str, version.release))
    yield f"{epoch}{release}.dev0"  # the least of '==1.2.*'
    # Above 1.2 is 1.2.0.0.1: '>1.2' leaves out 1.2.post1 (PEP 440, "Exclusive ordered comparison").
    yield f"{epoch}{release}{'.0' * (depth - len(version.release))}.0.1.dev0"
    for length in range(1, len(version.release) + 1):
        *head, last = version.release[:length]
        yield f"{epoch}{'.'.join(map(str, (*head, last + 1)))}.dev0"
    yield from _above_suffix(version, f"{epoch}{release}")


def _above_suffix(version: "Version", release: str) -> Iterator[str]:
    """Above 1.2rc1 is 1.2rc2.dev0, above 1.2.post1 is 1.2.post2.dev0, above 1.2.dev1 is 1.2.dev2."""
    pre = "".join(map(str, version.pre)) if version.pre else ""
    if version.dev is not None:
        post = f".post{version.post}" if version.post is not None else ""
        yield f"{release}{pre}{post}.dev{version.dev + 1}"
    if version.post is not None:
        yield f"{release}{pre}.post{version.post + 1}.dev0"
    if version.pre is not None:
        kind, number = version.pre
        yield f"{release}{kind}{number + 1}.dev0"
    yield f"{release}.post0.dev0"


def _all_contain(specifiers: Sequence[Specifier], version: str) -> bool:
    return all(specifier.contains(version) for specifier in specifiers)
