"""A problem as a value: what is wrong, where, and what to do; and its text for people."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]

USAGE = 2  # exit code: the command line, the project or a config is wrong; nothing was started
ENGINE = 125  # exit code: the engine is not there, or refused


class Place(NamedTuple):
    """The place of a problem: a flag, a file, a line in it."""

    source: str  # '--dir', 'MODULE', 'requirements.txt', 'stdin'
    line: int | None = None  # from 1
    column: int | None = None  # from 1, in characters
    text: str | None = None  # the line itself, shown under the place

    def __str__(self) -> str:
        numbers = (str(number) for number in (self.line, self.column) if number is not None)
        return ":".join((printable(self.source), *numbers))


class Diagnostic(NamedTuple):
    """One problem. Made by a constructor in `compiler.problems` or `runtime.problems`, never in place."""

    code: str  # 'unknown-target'
    message: str  # what is wrong: lower case, no final stop
    place: Place | None = None
    quotes: tuple[str, ...] = ()  # another program's own words: "uv: No solution found …"
    hint: str | None = None  # what to do, imperative
    severity: Severity = "error"


class Rejected(Exception):
    """The input cannot be compiled or run; carries every problem that one stage found."""

    def __init__(self, *diagnostics: Diagnostic, exit_code: int = USAGE) -> None:
        super().__init__(*(diagnostic.message for diagnostic in diagnostics))
        self.diagnostics = diagnostics
        self.exit_code = exit_code


def render(diagnostic: Diagnostic) -> str:
    """The text of a diagnostic, without a final newline."""
    lines = [f"{diagnostic.severity}[{diagnostic.code}]: {printable(diagnostic.message)}"]
    place = diagnostic.place
    if place is not None:
        lines.append(f"  --> {place}")
        if place.text is not None:
            from caliban.compiler.words.secret_words import masked_text  # only somebody with a problem pays for it

            text = masked_text(place.text)
            lines.append(f"   |  {printable(text)}")
            if place.column is not None:
                before = printable(text[: place.column - 1])
                lines.append(f"   |  {' ' * len(before)}^")
    lines += [f"  {printable(quote)}" for quote in diagnostic.quotes]
    if diagnostic.hint is not None:
        first, *rest = diagnostic.hint.split("\n")
        lines.append(f"  hint: {printable(first)}")
        lines += [f"        {printable(line)}" for line in rest]
    return "\n".join(lines)


def printable(text: str) -> str:
    """The text with control characters and undecodable bytes escaped: no input reaches a terminal's controls."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was not UTF-8: os.fsdecode's surrogateescape
        return f"\\x{code - 0xDC00:02x}"
    return char.encode("unicode_escape", "backslashreplace").decode("ascii")


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one, or None if none is like it; never the word itself."""
    from difflib import get_close_matches  # only somebody who mistyped pays for it

    matches = get_close_matches(word, [other for other in known if other != word], n=1, cutoff=0.6)
    return matches[0] if matches else None
