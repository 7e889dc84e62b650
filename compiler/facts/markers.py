"""Evaluates environment markers (PEP 508) for a Python minor on a platform of Linux.

What uv and poetry write into their exports and locks is read here; anything else is for packaging to read, whose import
takes 40 ms. tests/compiler/facts/test_markers.py compares the two.
"""

import re
from collections.abc import Mapping
from functools import cache

from caliban.compiler.facts.python_versions import NEWEST_PATCH
from caliban.compiler.facts.specifiers import is_plain, read_specifier

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}

_EXTRA = r"""(?x)
    (?: \bextra \s* (?P<operator>==|!=) \s* (?P<quote>['"])(?P<name>[^'"]*)(?P=quote)
      | (?P<quote2>['"])(?P<name2>[^'"]*)(?P=quote2) \s* (?P<operator2>==|!=) \s* extra\b
      | (?P<quote3>['"])(?P<name3>[^'"]*)(?P=quote3) \s+ (?P<operator3>(?:not\s+)?in) \s+ (?:extras|dependency_groups)\b
    )"""
_COMPARISON = r"""(?a)\s*(\w+)\s*([=!]=|[<>]=?)\s*(?:'([^'"]*)'|"([^'"]*)")\s*"""
_WORDS = {
    *("os_name", "sys_platform", "platform_machine", "platform_system", "platform_python_implementation"),
    "implementation_name",
}
_VERSIONS = {"python_version", "python_full_version"}


@cache
def holds(marker: str, python: str, platform: str, extras: frozenset[str] = frozenset()) -> bool:
    """The answer; `extras` are those that are wanted, normalized. A marker that cannot be decided holds."""
    if "extra" in marker or "dependency_groups" in marker:
        marker = re.sub(_EXTRA, lambda found: _decided(found, extras), marker)
    facts = environment(python, platform)
    plainly = _holds_plainly(marker, facts)
    if plainly is not None:
        return plainly
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    try:
        return Marker(marker).evaluate(facts)
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):  # the installer says so, and better
        return True


def environment(python: str, platform: str) -> dict[str, str]:
    """Return the values that markers compare with: of the newest patch of the minor, which its image has."""
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
    """'x86_64' of 'linux/amd64'; nothing of a platform that caliban does not know."""
    return MACHINES.get(platform.split("/")[1] if "/" in platform else "", "")


def _holds_plainly(marker: str, facts: Mapping[str, str]) -> bool | None:
    """The answer for comparisons of names and releases, joined by `and` and `or` alone; None for any other marker."""
    answers = [
        [_compared(comparison, facts) for comparison in re.split(r"\sand\s", alternative)]
        for alternative in re.split(r"\sor\s", marker)
    ]
    if any(answer is None for alternative in answers for answer in alternative):
        return None
    return any(all(alternative) for alternative in answers)


def _compared(comparison: str, facts: Mapping[str, str]) -> bool | None:
    found = re.fullmatch(_COMPARISON, comparison)
    if found is None:
        return None
    name, operator, value = found[1], found[2], found[3] or found[4] or ""
    if name in _VERSIONS and is_plain(operator + value):
        return read_specifier(operator + value).contains(facts[name])
    if name in _WORDS and operator in ("==", "!=") and value[:1].isalpha():
        return (facts[name] == value) == (operator == "==")
    return None


def _decided(found: re.Match[str], extras: frozenset[str]) -> str:
    """`extra` is a set of names to whoever installs, and one string in a marker; so each comparison is decided here."""
    name = found["name"] or found["name2"] or found["name3"] or ""
    operator = found["operator"] or found["operator2"] or found["operator3"]
    wanted = re.sub(r"[-_.]+", "-", name).lower() in extras
    return f"python_version {'!=' if wanted == (operator in ('==', 'in')) else '=='} '0'"
