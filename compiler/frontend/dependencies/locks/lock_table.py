"""A table of a lock file, read with care: what is of another type than its tool writes is told with its line."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from caliban.compiler.diagnostics import Diagnostic, Place, Rejected, printable
from caliban.compiler.facts.pep508 import normalized
from caliban.compiler.locks import problems
from caliban.compiler.locks.lock import Archive, Artifact, Edge
from caliban.compiler.words.secret_urls import masked_urls, secret_spans

_PASSWORD = re.compile(r"(?<=://)[^/@\s]+@")


class LockTable(Struct, frozen=True, kw_only=True):
    """One table, and where it stands."""

    values: Mapping[str, Any]
    place: Place
    command: str  # what makes the lock again

    def text(self, key: str) -> str:
        """A string that must be there."""
        value = self.values.get(key)
        if not isinstance(value, str) or not value:
            raise self.broken(f"{key} must be a string")
        return value

    def text_or_none(self, key: str) -> str | None:
        """A string, if it is there."""
        return self.text(key) if key in self.values else None

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; empty where there is none."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.broken(f"{key} must be a list of strings")
        return tuple(value)

    def table(self, key: str) -> "LockTable":
        """A table in it; empty where there is none."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.broken(f"{key} must be a table")
        return LockTable(values=value, place=self.place, command=self.command)

    def tables(self, key: str) -> list[dict[str, Any]]:
        """A list of tables as they are; there are many, so whoever reads them takes care of what is in them."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.broken(f"{key} must be a list of tables")
        return value

    def within(self, values: Mapping[str, Any]) -> "LockTable":
        """A table that stands in this one."""
        return LockTable(values=values, place=self.place, command=self.command)

    @property
    def name(self) -> str:
        """The normalized name."""
        return normalized(self.text("name"))

    def broken(self, what: str) -> Rejected:
        """The problem that something in it is not as it must be."""
        return Rejected(problems.broken_lock(self.place, what, self.command))

    def address(self, url: str) -> str:
        """An address without the user in front of its host. Raises Rejected where that is a password."""
        if any(True for _ in secret_spans(re.sub(_PASSWORD, "", url))):
            raise Rejected(problems.password_in_lock(self.place, masked_urls(url)))
        found = _PASSWORD.search(url)
        if found is None or found[0] == "git@":
            return url
        bare = _PASSWORD.sub("", url)
        if ":" in found[0]:
            raise Rejected(problems.password_in_lock(self.place, bare))
        return bare

    def artifact(self, name: object, digest: object, url: object = None, size: object = 0) -> Artifact:
        """One file, of values that are as they should be."""
        if not isinstance(name, str) or not isinstance(size, int):
            raise self.broken("a file must have a name and a size")
        if (digest is not None and not isinstance(digest, str)) or (url is not None and not isinstance(url, str)):
            raise self.broken("hash and address of a file must be strings")
        return Artifact(
            name, digest, self.address(url) if url is not None and ("@" in url or "?" in url) else url, size
        )

    def edge(self, name: object, values: Mapping[str, Any], extras: str) -> Edge:
        """Return the dependency of this name; `extras` is the key of its extras in the values."""
        wanted, marker, version = values.get(extras, ()), values.get("marker"), values.get("version")
        if not isinstance(name, str) or not isinstance(wanted, list | tuple):
            raise self.broken("a dependency must have a name")
        if not all(text is None or isinstance(text, str) for text in (marker, version, *wanted)):
            raise self.broken(f"what is said of {name} must be strings")
        return Edge(normalized(name), tuple(map(normalized, wanted)), marker, version)

    def archive(self, url: str, digest: str | None, subdirectory: str | None) -> Archive:
        """A wheel or sdist at an address."""
        return Archive(self.address(url), digest, subdirectory)


def entries(text: str, tables: object, header: str, path: str, command: str) -> Iterator[LockTable]:
    """The `[[header]]` tables of a TOML lock, each with the line below its header, where the name stands."""
    if tables is None:
        return
    lines = _lines_below(text, f"[[{header}]]")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise Rejected(_no_entries(path, header, command))
    for table in tables:
        yield LockTable(values=table, place=Place(source=path, line=next(lines, None)), command=command)


def _lines_below(text: str, header: str) -> Iterator[int]:
    """The numbers of the lines behind those that are just this header."""
    number, at = 1, 0
    for found in re.finditer(rf"^{re.escape(header)}", text, re.MULTILINE):
        number += text.count("\n", at, found.start())
        at = found.start()
        yield number + 1


def _no_entries(path: str, header: str, command: str) -> Diagnostic:
    return problems.broken_lock(Place(source=path), f"{printable(header)} must be a list of tables", command)
