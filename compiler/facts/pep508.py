"""Reads names, versions, specifiers, markers and requirements (PEP 503, 440, 508), for all of caliban.

`packaging` reads versions and specifiers, and also markers and requirements that are more than a name and a specifier.
Its modules for these are imported only if a project has any: they take 50 ms. A text that `packaging` refuses gives
None or a ValueError; installers refuse it too, and explain it better.
"""

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.markers import Marker

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
NEWEST_PATCH = 99  # of a Python minor: its image has the newest

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_CLAUSE = r"[=!<>~][^;@(),]*"
# Neither marker nor address, and a comma behind the last clause at most.
_SIMPLE = re.compile(rf"({_NAME})[ \t]*(?:\[([^\[\]]*)\][ \t]*)?({_CLAUSE}(?:,[ \t]*{_CLAUSE})*,?[ \t]*)?")
_HEAD = re.compile(rf"[ \t]*{_NAME}[ \t]*[\[(@;=!<>~]")  # of no path, option or word
_DIRECT = re.compile(r"([^@;=<>]+@\s*)(.+?)(\s;.*)?")  # with a path or URL
_MANY_DIGITS = re.compile(r"\d{1000}")  # int() refuses a number of more than 4300 digits
_EXTRA = r"""(?x)
    (?: \bextra \s* (?P<operator>==|!=) \s* (?P<quote>['"])(?P<name>[^'"]*)(?P=quote)
      | (?P<quote2>['"])(?P<name2>[^'"]*)(?P=quote2) \s* (?P<operator2>==|!=) \s* extra\b
      | (?P<quote3>['"])(?P<name3>[^'"]*)(?P=quote3) \s+ (?P<operator3>(?:not\s+)?in) \s+ (?:extras|dependency_groups)\b
    )"""


class ParsedRequirement(NamedTuple):
    """A requirement taken apart."""

    name: str  # as written
    extras: tuple[str, ...]  # sorted, as written
    specifier: SpecifierSet
    url: str | None = None  # 'https://…', './libs/foo'
    marker: str | None = None  # as written


@cache
def normalized(name: str) -> str:
    """Return a name as indexes compare it: 'Scikit_Learn' is 'scikit-learn' (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_name(text: str) -> bool:
    """Return whether a text can be the name of a distribution or of an extra (PEP 508)."""
    return re.fullmatch(_NAME, text) is not None


@cache
def parse_requirement(text: str) -> ParsedRequirement | None:
    """Return the parts of `name[extra]>=1; marker` or `name @ url ; marker`; None for any other text.

    As uv has it, a path behind the '@' may hold blanks.
    """
    simple = re.fullmatch(_SIMPLE, text.strip(" \t"))
    extras = [extra.strip() for extra in (simple[2] or "").split(",")] if simple and (simple[2] or "").strip() else []
    if simple is None or not all(map(is_name, extras)):
        return _parse_by_packaging(text) if re.match(_HEAD, text) else None
    try:
        return ParsedRequirement(simple[1], tuple(sorted(extras)), read_specifier(simple[3] or ""))
    except ValueError:
        return None


def _parse_by_packaging(text: str) -> ParsedRequirement | None:
    from packaging.requirements import InvalidRequirement, Requirement

    direct = re.fullmatch(_DIRECT, text.strip())
    if direct is not None:
        text = f"{direct[1]}{direct[2].replace(' ', '%20')}{direct[3] or ''}"
    if _MANY_DIGITS.search(text):
        return None
    try:
        read = Requirement(text)
    except InvalidRequirement:
        return None
    marker = re.split(r"\s;" if read.url is not None else ";", text, maxsplit=1)[1:]
    return ParsedRequirement(
        name=read.name,
        extras=tuple(sorted(read.extras)),
        specifier=read_specifier(str(read.specifier)),
        url=direct[2] if read.url is not None and direct is not None else read.url,
        marker=marker[0].strip() if marker else None,
    )


@cache
def read_version(text: str) -> Version | None:
    """Return the version of a text; None where it is none."""
    try:
        return None if _MANY_DIGITS.search(text) else Version(text)
    except InvalidVersion:
        return None


def final_release(text: str) -> Version | None:
    """Return a version that is no pre-release and has no local part; None for any other text."""
    version = read_version(text)
    return None if version is None or version.is_prerelease or version.local is not None else version


def is_newer(version: str, other: str) -> bool:
    """Return whether a version comes after another. Raises ValueError where one of them is none."""
    return Version(version) > Version(other)


@cache
def read_specifier(text: str) -> SpecifierSet:
    """Return the specifier of a text: '>=1.7, <2'; it allows pre-releases. Raises ValueError if the text is invalid."""
    if _MANY_DIGITS.search(text):
        raise ValueError(f"a number of many digits: {text[:20]}...")
    return SpecifierSet(text, prereleases=True)


def is_specifier(text: str) -> bool:
    """Return whether a text is a specifier; '' is one, that allows every version."""
    try:
        read_specifier(text)
    except ValueError:
        return False
    return True


def allows(specifier: SpecifierSet, version: str | None) -> bool:
    """Return whether a specifier allows a version; one that is none, or not known, is allowed."""
    if version is None or specifier.contains(version, prereleases=True):
        return True
    return read_version(version) is None


def exclude_each_other(specifiers: "Iterable[SpecifierSet]") -> bool:
    """Return whether no version, released or not, is allowed by all specifiers."""
    return SpecifierSet(",".join(map(str, specifiers)), prereleases=True).is_unsatisfiable()


@cache
def holds(marker: str, python: str, platform: str, extras: frozenset[str] = frozenset()) -> bool:
    """Return whether a marker holds for a Python minor on a platform of Linux; one that cannot be decided does.

    `extras` are those that are wanted, normalized.
    """
    from packaging.markers import InvalidMarker, UndefinedComparison, UndefinedEnvironmentName

    decided = re.sub(_EXTRA, lambda found: _decided(found, extras), marker)
    if _MANY_DIGITS.search(decided):
        return True
    try:
        return _read_marker(decided).evaluate(environment(python, platform))
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
        return True


def environment(python: str, platform: str) -> dict[str, str]:
    """Return the values that markers compare with."""
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.{NEWEST_PATCH}",
        "os_name": "posix",
        "platform_machine": machine(platform),
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{python}.{NEWEST_PATCH}",
        "python_version": python,
        "sys_platform": "linux",
        "extra": "",
    }


def machine(platform: str) -> str:
    """Return 'x86_64' for 'linux/amd64'; '' for a platform that caliban does not know."""
    return MACHINES.get(platform.split("/")[1] if "/" in platform else "", "")


@cache
def _read_marker(text: str) -> "Marker":
    from packaging.markers import Marker

    return Marker(text)


def _decided(found: re.Match[str], extras: frozenset[str]) -> str:
    """Return a comparison with `extra` as one whose answer is known.

    To whoever installs, `extra` is a set of names; in a marker it is one string. So each comparison is decided here.
    """
    name = found["name"] or found["name2"] or found["name3"] or ""
    operator = found["operator"] or found["operator2"] or found["operator3"]
    wanted = normalized(name) in extras
    return f"python_version {'!=' if wanted == (operator in ('==', 'in')) else '=='} '0'"
