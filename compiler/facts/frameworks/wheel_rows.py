"""The rows of `data/wheels.json`: from which release on a package is for which Python minors.

A row holds until the next one: {"1.21.2": "3.8-3.10", "1.23.2": "3.8-3.11"}. '3.8+' is open to Pythons that do not
exist yet, '' is none, '3.8,3.10-3.12' has a gap. Releases are compared without `packaging`, whose import takes 40 ms.
"""

import re
from collections.abc import Mapping
from functools import cache

from caliban.compiler.facts.python_versions import numbers

ReleaseKey = tuple[tuple[int, ...], int]

_RELEASE = re.compile(r"(\d{1,9}(?:\.\d{1,9})*)(?:\.post(\d{1,9}))?", re.ASCII)


@cache
def release_key(version: str) -> ReleaseKey | None:
    """A final release as something to compare by, '1.10' like '1.10.0'; None for a pre-release and whatever is none."""
    found = _RELEASE.fullmatch(version)
    if found is None:
        return None
    parts = numbers(found[1])
    while parts and parts[-1] == 0:
        parts = parts[:-1]
    return parts, int(found[2]) if found[2] else -1


def row_at(rows: Mapping[str, str], key: ReleaseKey) -> str:
    """The text that holds for a release; '' for one that is older than all rows."""
    before = {start: text for first, text in rows.items() if (start := release_key(first)) and start <= key}
    return before[max(before)] if before else ""


@cache
def serves(text: str, minor: str) -> bool:
    """Return whether a row's text names a minor."""
    return any(_contains(run, numbers(minor)) for run in text.split(",") if run)


def _contains(run: str, minor: tuple[int, ...]) -> bool:
    if run.endswith("+"):
        return minor >= numbers(run[:-1])
    low, _, high = run.partition("-")
    return numbers(low) <= minor <= numbers(high or low)
