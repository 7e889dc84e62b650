"""A pyproject.toml as plain values, with the lines that Python's own reader does not tell."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from msgspec import Struct

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies.manifests import problems
from caliban.compiler.frontend.project.disk import Disk

_AT_LINE = r"(?s)(.*) \(at (?:line (\d+), column \d+|end of document)\)"


class Toml(Struct, frozen=True, kw_only=True):
    """A TOML file that was read."""

    path: str
    text: str
    root: Mapping[str, Any]

    def table(self, *keys: str) -> Mapping[str, Any]:
        """The table at a path of keys; empty where there is none. Raises Rejected where something else is there."""
        table = self.root
        for depth, key in enumerate(keys, start=1):
            value = table.get(key, {})
            if not isinstance(value, dict):
                raise Rejected(problems.wrong_type(self.place(key), ".".join(keys[:depth]), "a table"))
            table = value
        return table

    def strings(self, table: Mapping[str, Any], key: str, name: str) -> tuple[str, ...]:
        """A list of strings; empty where there is none. Raises Rejected where it is something else."""
        value = table.get(key, [])
        if not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            raise Rejected(problems.wrong_type(self.place(key), name, "a list of strings"))
        return tuple(value)

    def place(self, *words: str) -> Place:
        """The place of the first line that holds the last of the words, below lines that hold those before it."""
        return Place(source=self.path, line=line_of(self.text, words))

    def place_of_string(self, text: str) -> Place:
        """The place of a string, as far as it is written without escapes."""
        lines = (line_of(self.text, (f"{quote}{text}{quote}",)) for quote in ('"', "'"))
        return Place(source=self.path, line=next((line for line in lines if line is not None), None))


def read_toml(disk: Disk, path: str, *, remedy: str | None = None) -> Toml | None:
    """The file, or None where there is none. Raises Rejected, with the remedy, where it is no TOML."""
    text = disk.text(path)
    if text is None:
        return None
    try:
        return toml_of(path, text)
    except RecursionError:
        raise Rejected(problems.bad_toml(path, None, "it is nested too deeply", remedy)) from None
    except ValueError as error:  # TOMLDecodeError, or an integer with more digits than Python converts
        match = re.fullmatch(_AT_LINE, str(error))
        reason = str(error) if match is None else match[1]
        line = int(match[2]) if match is not None and match[2] else None
        raise Rejected(problems.bad_toml(path, line, reason[:1].lower() + reason[1:], remedy)) from None


def toml_of(path: str, text: str) -> Toml:
    """A text as TOML. Raises ValueError where it is none, RecursionError where it is nested too deeply."""
    return Toml(path=path, text=text, root=_parsed(text))


@cache  # half a dozen readers look into a manifest
def _parsed(text: str) -> Mapping[str, Any]:
    import tomli

    return tomli.loads(text)


def line_of(text: str, words: Sequence[str]) -> int | None:
    """The line, from 1, on which the last word stands, each searched for behind the one before; None if it does not."""
    at = 0
    for word in words:
        at = text.find(word, at)
        if at < 0:
            return None
    return text.count("\n", 0, at) + 1
