"""A table as the text of its file: what people read stands one row to a line."""

import json
from typing import Any


def spell(value: Any, indent: str = "") -> str:
    """JSON; an object that holds others, and a list of objects, over several lines."""
    deeper = indent + "  "
    if isinstance(value, dict) and any(isinstance(inner, dict | list) for inner in value.values()):
        lines = [f"{deeper}{_line(key)}: {spell(inner, deeper)}" for key, inner in value.items()]
        return f"{{\n{_joined(lines)}\n{indent}}}"
    if isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        return f"[\n{_joined([deeper + _line(inner) for inner in value])}\n{indent}]"
    return _line(value)


def _joined(lines: list[str]) -> str:
    return ",\n".join(lines)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
