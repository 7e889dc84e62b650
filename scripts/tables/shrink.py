"""What a new table lacks of the old one: a row, a release or a Python that vanished is a mistake of somebody's."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from packaging.version import Version

from caliban.compiler.facts.frameworks.wheel_rows import row_at, serves
from caliban.compiler.facts.pep508 import final_release
from tables.wheels import KINDS

_MINORS = tuple(f"3.{number}" for number in range(8, 40))


class Loss(NamedTuple):
    """Something that was in the old table."""

    path: tuple[str, ...]  # ('packages', 'numpy', '1.21.2')
    what: str

    def __str__(self) -> str:
        return f"{': '.join(self.path)} {self.what}"


def lost(old: Mapping[str, Any], new: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[Loss]:
    """Everything that is missing. Facts that changed into others are not lost."""
    for name, value in old.items():
        here = (*path, name)
        if name not in new:
            yield Loss(here, "is gone")
        elif isinstance(value, list) and value and "versions" in value[0]:
            yield from _lost_releases(value, new[name], here)
        elif isinstance(value, dict) and "newest" in value:
            yield from _lost_wheels(value, new[name], here)
        elif isinstance(value, dict):
            yield from lost(value, new[name], here)


def _lost_releases(old: list[dict[str, Any]], new: list[dict[str, Any]], path: tuple[str, ...]) -> Iterator[Loss]:
    now = {version: row for row in new for version in row["versions"]}
    for row in old:
        for version in row["versions"]:
            if version not in now:
                yield Loss((*path, version), "is gone")
            elif gone := sorted(set(row["pythons"]) - set(now[version]["pythons"]), key=Version):
                yield Loss((*path, version), f"has no wheels for {', '.join(gone)} any more")


def _lost_wheels(old: Mapping[str, Any], new: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Loss]:
    if Version(new["newest"]) < Version(old["newest"]):
        yield Loss((*path, old["newest"]), "is gone")
    for kind in KINDS:
        for version in sorted({*old[kind], *new[kind]}, key=Version):
            release = final_release(version)
            before, after = (row_at(rows[kind], release) if release else "" for rows in (old, new))
            gone = [minor for minor in _MINORS if serves(before, minor) and not serves(after, minor)]
            if gone:
                yield Loss((*path, version), f"has nothing for {gone[0]} any more ({kind})")
