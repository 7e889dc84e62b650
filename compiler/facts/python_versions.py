"""Python minors: what a version or a range of versions in, which minors out.

Ranges are read leniently: of a clause that is none, such as '>=3.6.*', the release counts, and of other texts nothing.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from functools import cache

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from caliban.compiler.facts.pep508 import NEWEST_PATCH, read_specifier
from caliban.compiler.facts.tables import Tables

_CLAUSE = r"(?a)(===|~=|==|!=|<=|>=|<|>)\s*v?(\d+(?:\.\d+)*)(\.\*)?[^,]*"
_CHOICE = re.compile(r"(?:===?)?\s*(\d+\.\d+)(?:\.(?:\d+|\*)[^\s,]*)?", re.ASCII)
_NUMBERS = re.compile(r"\d{1,9}(\.\d{1,9})*", re.ASCII)  # int() refuses a number of thousands of digits


def known_minors(tables: Tables) -> tuple[str, ...]:
    """The minors that have an image and that the installer supports, oldest first."""
    return tuple(sorted(tables["pythons"]["minors"], key=numbers))


def suite(minor: str, tables: Tables) -> str:
    """The Debian release under the image of a minor; of a minor newer than our table, that of the newest in it."""
    minors = tables["pythons"]["minors"]
    row = minors.get(minor) or minors[known_minors(tables)[-1]]
    return str(row["suite"])


@cache
def numbers(version: str) -> tuple[int, ...]:
    """'3.10' as something to compare by; () for what is no version."""
    return tuple(map(int, version.split("."))) if _NUMBERS.fullmatch(version) else ()


def chosen_minor(text: str) -> str | None:
    """The minor that a choice means: '3.11' for '3.11', '3.11.4' and '==3.11.*'; None for anything else."""
    found = _CHOICE.fullmatch(text.strip())
    return found[1] if found else None


def is_range(text: str) -> bool:
    """Return whether a text means several minors: '>=3.9', or '==3.*' for a `.python-version` of '3'."""
    return chosen_minor(text) is None and all(re.fullmatch(_CLAUSE, clause.strip()) for clause in text.split(","))


def allows(specifier: str, minor: str) -> bool:
    """Return whether a range ('>=3.9,<3.13') allows the newest patch of a minor, which its image has."""
    return _range(specifier).contains(_patches(minor)[-1])


def touches(specifier: str, minor: str) -> bool:
    """Return whether a range allows any patch of a minor: '<=3.12' allows 3.12.0 only, but means 3.12."""
    return next(iter(_range(specifier).filter(_patches(minor))), None) is not None


def allowed_minors(specifiers: Sequence[str], candidates: Sequence[str]) -> tuple[str, ...]:
    """Those whose newest patch is in all ranges, else those of which any patch is."""
    strict = tuple(minor for minor in candidates if all(allows(specifier, minor) for specifier in specifiers))
    return strict or tuple(minor for minor in candidates if all(touches(specifier, minor) for specifier in specifiers))


def newest(minors: Sequence[str], tables: Tables) -> str:
    """The newest of these, oldest first, that most packages have caught up with; without one, the newest."""
    young = tables["pythons"]["young"]
    return ([minor for minor in minors if minor not in young] or minors)[-1]


def end_of_life(minor: str, tables: Tables) -> str | None:
    """The month in which the security fixes of a minor ended, '2025-10'; None while there are any."""
    month = tables["pythons"]["minors"].get(minor, {}).get("end_of_life")
    return month if month is not None and month < tables["pythons"]["as_of"] else None


@cache
def _patches(minor: str) -> tuple[Version, ...]:
    return tuple(Version(f"{minor}.{patch}") for patch in range(NEWEST_PATCH + 1))


@cache
def _range(text: str) -> SpecifierSet:
    """Return a range without what is no clause, which is the installer's to refuse."""
    allowed = SpecifierSet(prereleases=True)
    for clause in text.split(","):
        found = re.fullmatch(_CLAUSE, clause.strip())
        for written in (clause, f"{found[1]}{found[2]}") if found else ():
            with suppress(ValueError):
                allowed &= read_specifier(written)
                break
    return allowed
