"""Whether an environment marker (PEP 508) holds for a Python minor on a platform of Linux."""

import re
from functools import cache

from caliban.compiler.python_versions import NEWEST_PATCH

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}

_EXTRA = r"""(?x)
    (?: \bextra \s* (?P<operator>==|!=) \s* (?P<quote>['"])(?P<name>[^'"]*)(?P=quote)
      | (?P<quote2>['"])(?P<name2>[^'"]*)(?P=quote2) \s* (?P<operator2>==|!=) \s* extra\b
      | (?P<quote3>['"])(?P<name3>[^'"]*)(?P=quote3) \s+ (?P<operator3>(?:not\s+)?in) \s+ (?:extras|dependency_groups)\b
    )"""


@cache
def holds(marker: str, python: str, platform: str, extras: frozenset[str] = frozenset()) -> bool:
    """The answer; `extras` are those that are wanted, normalized. A marker that cannot be decided holds."""
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    if "extra" in marker or "dependency_groups" in marker:
        marker = re.sub(_EXTRA, lambda found: _decided(found, extras), marker)
    try:
        return Marker(marker).evaluate(environment(python, platform))
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):  # the installer says so, and better
        return True


def environment(python: str, platform: str) -> dict[str, str]:
    """What markers compare with: the newest patch of the minor, which is the one that its image has."""
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


def _decided(found: re.Match[str], extras: frozenset[str]) -> str:
    """`extra` is a set of names to whoever installs, and one string in a marker; so each comparison is decided here."""
    name = found["name"] or found["name2"] or found["name3"] or ""
    operator = found["operator"] or found["operator2"] or found["operator3"]
    wanted = re.sub(r"[-_.]+", "-", name).lower() in extras
    return f"python_version {'!=' if wanted == (operator in ('==', 'in')) else '=='} '0'"
