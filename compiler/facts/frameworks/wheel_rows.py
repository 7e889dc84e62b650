"""The rows of `data/wheels.json`: from which release on a package is for which Python minors.

A row holds until the next one: {"1.21.2": "3.8-3.10", "1.23.2": "3.8-3.11"}. '3.8+' is open to Pythons that do not
exist yet, '' is none, '3.8,3.10-3.12' has a gap.
"""

from collections.abc import Mapping
from functools import cache

from packaging.version import Version

from caliban.compiler.facts.pep508 import final_release
from caliban.compiler.facts.python_versions import numbers


def row_at(rows: Mapping[str, str], release: Version) -> str:
    """Return the text that holds for a release; '' for one that is older than all rows."""
    before = {start: text for first, text in rows.items() if (start := final_release(first)) and start <= release}
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
