"""The facts that decisions rest on: what caliban ships, and what the user's own file says instead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from caliban.compiler.data_files import table

TableName = Literal["frameworks", "cuda_tags", "pythons"]


@dataclass(frozen=True, kw_only=True, eq=False)  # compared by identity, so that what is made of one can be cached
class Tables:
    """The tables by name. Those that nobody changed are read when they are first asked for."""

    changed: Mapping[TableName, Any] = field(default_factory=dict)  # whole tables, what was shipped included

    def __getitem__(self, name: TableName) -> Any:
        """The content of one table."""
        return self.changed[name] if name in self.changed else table(name)


SHIPPED = Tables()
