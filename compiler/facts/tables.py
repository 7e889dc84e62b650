"""The facts that decisions rest on: what caliban ships, and what the user's own files say instead."""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct, field

from caliban.compiler.facts.data_files import table

TableName = Literal["frameworks", "cuda_tags", "pythons", "wheels", "cloud_sdk"]


class Tables(
    Struct, frozen=True, kw_only=True, eq=False
):  # compared by identity, so that what is made of one can be cached
    """The tables by name. Those that nobody changed are read when they are first asked for."""

    changed: Mapping[TableName, Any] = field(default_factory=dict)  # whole tables, what was shipped included
    sources: tuple[str, ...] = ()  # the files that changed them: 'tables.json'

    def __getitem__(self, name: TableName) -> Any:
        """The content of one table."""
        return self.changed[name] if name in self.changed else table(name)


SHIPPED = Tables()


def with_changes(tables: Tables, changes: Mapping[TableName, Any], source: str) -> Tables:
    """The tables with what a file says over them, in the form of `data/tables.schema.json`."""
    merged = {name: _merged(tables[name], change) for name, change in changes.items()}
    return Tables(changed={**tables.changed, **merged}, sources=(*tables.sources, source))


def _merged(known: Any, change: Any) -> Any:
    """Objects key by key, where null removes; releases one by one; names added and removed; anything else replaced."""
    match known, change:
        case dict() | None, dict():
            old = known or {}
            merged = {**old, **{key: _merged(old.get(key), change[key]) for key in change}}
            return {key: value for key, value in merged.items() if value is not None}
        case list(), dict():
            return list(_merged(dict.fromkeys(known, True), change))
        case [{"versions": _}, *_], list():
            return _releases(known, change)
        case _:
            return change


def _releases(known: list[dict[str, Any]], changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for each release, oldest first. What is not said of a new one is as in the release before it."""
    from packaging.version import Version  # only who changes a table pays for it

    rows = {version: row for row in known for version in row["versions"]}
    for change in changes:
        for version in change["versions"]:
            before = [other for other in sorted(rows, key=Version) if Version(other) <= Version(version)]
            rows[version] = _merged(rows[before[-1] if before else min(rows, key=Version)], change)
    return [{**rows[version], "versions": [version]} for version in sorted(rows, key=Version)]
