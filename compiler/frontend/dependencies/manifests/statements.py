"""The text of a requirements file, cut into statements: an option or a requirement each, without comments."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from caliban.compiler.diagnostics import Place

_LINE_END = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"(?:^|\s)#")
_OPTION = re.compile(r"(--?[A-Za-z][A-Za-z-]*)(?:\s*=\s*|\s+|$)")
_BEFORE_OPTION = re.compile(r"\s+(?=--?[A-Za-z])")


class Statement(NamedTuple):
    """One statement, which may go on over several lines."""

    line: int  # where it starts, from 1
    lines: int  # over how many lines it goes
    text: str  # without comments, in one line
    written: str  # its first line, as written
    continued: bool  # whether something other than a hash stands on its further lines

    @property
    def option(self) -> str | None:
        """'-r' of '-r base.txt'; None of a requirement."""
        if not self.text.startswith("-"):
            return None
        match = _OPTION.match(self.text)
        return self.text.split(maxsplit=1)[0] if match is None else match[1]

    @property
    def value(self) -> str:
        """'base.txt' of '-r base.txt', all of a requirement."""
        match = _OPTION.match(self.text)
        return self.text[match.end() :].strip() if match is not None else self.text

    def operand(self) -> tuple[str, tuple[str, ...]]:
        """The value without the options behind it, and those: ('torch==2.8.0', ('--hash=sha256:…',))."""
        first, *rest = (part.strip() for part in _BEFORE_OPTION.split(self.value))
        return first, tuple(rest)

    def single(self) -> tuple["Statement", ...]:
        """A statement for each option of a line that has several: '--no-index' and '-f wheels'; itself of any other.

        A value with quotes may hold what looks like an option, so a line with quotes is never taken apart.
        """
        if self.option is None or self.option in ("-e", "--editable") or set(self.text) & set("\"'"):
            return (self,)
        return tuple(self._replace(text=part) for part in _BEFORE_OPTION.split(self.text))


class Line(NamedTuple):
    """A statement where it stands."""

    statement: Statement
    place: Place
    only_constrains: bool  # of a file that is included by `-c`: it declares nothing

    @property
    def editable(self) -> bool:
        """Return whether the requirement is to be installed as a link to its folder."""
        return self.statement.option in ("-e", "--editable")


def statements(text: str) -> Iterator[Statement]:
    """The statements in order. A comment ends its line; a backslash at the end of a line joins the next one to it."""
    parts: list[str] = []
    start, written = 1, ""
    lines = _LINE_END.split(text)
    for number, line in enumerate(lines, start=1):
        if not parts:
            start, written = number, line
        bare = _COMMENT.split(line, maxsplit=1)[0]
        joins = len(bare) == len(line) and line.rstrip().endswith("\\")
        parts.append(bare.rstrip().removesuffix("\\").strip() if joins else bare.strip())
        if joins and number < len(lines):
            continue
        joined = " ".join(part for part in parts if part)
        if joined:
            continued = any(part and not part.startswith("--hash") for part in parts[1:])
            yield Statement(start, len(parts), joined, written.strip(), continued)
        parts = []
