"""The rows of `data/wheels.json`: from which release on a package is for which Python minors.

A row holds until the next one: {"1.21.2": "3.8-3.10", "1.23.2": "3.8-3.11"}. '3.8+' is open to Pythons that do not
exist yet, '' is none, '3.8,3.10-3.12' has a gap.
"""

from collections.abc import Mapping

from caliban.compiler.python_versions import numbers


def serves(text: str, minor: str) -> bool:
    """Whether a row's text names a minor."""
    return any(_contains(run, numbers(minor)) for run in text.split(",") if run)


def row_at(rows: Mapping[str, str], version: str) -> str:
    """The text that holds for a release; '' for one that is older than all rows."""
    from packaging.version import Version  # only a project with such a package pays for it

    before = [first for first in rows if Version(first) <= Version(version)]
    return rows[before[-1]] if before else ""


def _contains(run: str, minor: tuple[int, ...]) -> bool:
    if run.endswith("+"):
        return minor >= numbers(run[:-1])
    low, _, high = run.partition("-")
    return numbers(low) <= minor <= numbers(high or low)
