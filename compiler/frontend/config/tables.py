"""The user's own tables over the shipped ones: a file of the project and one of the host in, `Tables` out."""

from typing import Any

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.tables import SHIPPED, TableName, Tables, with_changes
from caliban.compiler.frontend.config import problems
from caliban.compiler.frontend.config.config_text import ConfigText, json_settings
from caliban.compiler.frontend.config.schema import check
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.caller import HostFile

_NAMES: tuple[TableName, ...] = ("frameworks", "cuda_tags", "pythons", "wheels", "cloud_sdk")


def read_tables(disk: Disk, configured: str | None, named: HostFile | None) -> Tables:
    """The tables with what the project's file says over them, and over that what the host's says. Raises Rejected."""
    tables = SHIPPED
    if configured is not None and (text := disk.text(configured)) is not None:
        tables = _changed(tables, json_settings(text, configured))
    if named is not None:
        tables = _changed(tables, json_settings(named.text, named.path))
    return tables


def _changed(tables: Tables, file: ConfigText) -> Tables:
    check(file, "tables.schema")
    known = tables["frameworks"]
    frameworks: dict[str, Any] = file.values.get("frameworks", {})
    wrong = [
        problems.unknown_key(file.place(("frameworks", name), of_key=True), name, known)
        for name in frameworks
        if name not in known
    ]
    if wrong:
        raise Rejected(*wrong)
    changes = {name: file.values[name] for name in _NAMES if name in file.values}
    changed = with_changes(tables, changes, file.source)
    if not changed["pythons"]["minors"]:
        raise Rejected(problems.no_python_left(file.place(("pythons", "minors"))))
    return changed
