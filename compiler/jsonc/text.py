"""Reads JSON that people write: a text with comments and trailing commas in, a tree with positions or Rejected out."""

import json
import re
from math import isfinite
from typing import NoReturn

from caliban.compiler.diagnostics import Diagnostic, Place, Rejected
from caliban.compiler.jsonc import problems
from caliban.compiler.jsonc.tree import Array, Document, Member, Node, Object, Scalar, place_in

DEEPEST = 200  # levels of lists and objects; far below Python's recursion limit
MOST_PROBLEMS = 20  # that are reported at once

# White space and comments, then one lexeme. It is empty only at the end of the text, so that the whole never fails and
# never backtracks. A string runs up to its closing quote (the last group) or to what no string may hold.
_LEXEME = re.compile(
    r"""
    (?: [ \t\r\n]+ | (?:\#|//)[^\r\n]* )*
    (
        [{}\[\]:,]
      | " [^"\\\x00-\x1f]* (?: \\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}) [^"\\\x00-\x1f]* )* ("?)
      | (?: [^ \t\r\n{}\[\]:,"\#/] | /(?!/) )+
      |
    )
    """,
    re.VERBOSE,
)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS = {"true": True, "false": False, "null": None}
_NO_VALUE = frozenset(("", "}", "]", ":", ","))


def read_json(text: str, source: str, *, code: problems.Code) -> Document:
    """The document that a text holds: JSON (RFC 8259), perhaps with comments (`#`, `//`), trailing commas, a BOM.

    Decode the bytes with `surrogateescape`: what is not UTF-8 is then reported with its place.
    Raises Rejected, with diagnostics of this code.
    """
    return _Reader(text.removeprefix("\ufeff"), source, code).document()


class _Reader:
    """A cursor over the lexemes of a text; each method reads one kind of node and leaves the cursor behind it."""

    def __init__(self, text: str, source: str, code: problems.Code) -> None:
        self._text = text
        self._source = source
        self._code = code
        self._found: list[Diagnostic] = []  # problems that reading on does not make worse
        self._end = 0  # of the lexeme at the cursor
        self._advance()

    def document(self) -> Document:
        bad = _SURROGATE.search(self._text)
        if bad is not None:
            raise Rejected(problems.not_utf8(self._place(bad.start()), self._code))
        if self._lexeme in _NO_VALUE:
            raise Rejected(problems.expected_document(self._place(self._at), self._code))
        root = self._value(depth=0, after=0)
        if self._lexeme:
            self._stop(problems.more_text(self._place(self._at), self._code))
        if self._found:
            raise Rejected(*self._found)
        return Document(root=root, text=self._text, source=self._source)

    def _value(self, *, depth: int, after: int) -> Node:
        """The value at the cursor. `after`: where that stands which promised a value, a key or a comma."""
        lexeme, at = self._lexeme, self._at
        if lexeme[:1] == '"':
            return Scalar(value=self._string(), at=at)
        if lexeme in _NO_VALUE:
            promise = self._text[after : self._behind]
            self._stop(problems.expected_value(self._place(at), self._code, promise))
        if lexeme not in ("[", "{"):
            return Scalar(value=self._literal(), at=at)
        if depth == DEEPEST:
            self._stop(problems.too_deep(self._place(at), self._code, DEEPEST))
        return self._array(depth + 1) if lexeme == "[" else self._object(depth + 1)

    def _array(self, depth: int) -> Array:
        opening = after = self._at
        items: list[Node] = []
        self._advance()
        while self._lexeme not in ("]", ""):
            items.append(self._value(depth=depth, after=after))
            if self._lexeme != ",":
                break
            after = self._at
            self._advance()
        self._close("]", opening)
        return Array(items=tuple(items), at=opening)

    def _object(self, depth: int) -> Object:
        opening = self._at
        members: dict[str, Member] = {}
        self._advance()
        while self._lexeme not in ("}", ""):
            member = self._member(depth)
            first = members.setdefault(member.key, member)
            if first is not member:
                place, of_first = self._place(member.at), self._place(first.at)
                self._note(problems.duplicate_key(place, self._code, member.key, of_first))
            if self._lexeme != ",":
                break
            self._advance()
        self._close("}", opening)
        return Object(members=tuple(members.values()), at=opening)

    def _member(self, depth: int) -> Member:
        at = self._at
        if self._lexeme[:1] != '"':
            self._stop(problems.expected_key(self._place(at), self._code, self._lexeme))
        key = self._string()
        if self._lexeme != ":":
            self._stop(problems.expected_colon(self._place(self._at), self._code, key))
        self._advance()
        return Member(key=key, at=at, value=self._value(depth=depth, after=at))

    def _close(self, closing: str, opening: int) -> None:
        if not self._lexeme:
            self._stop(problems.not_closed(self._place(opening), self._code, closing))
        if self._lexeme != closing:
            self._stop(problems.expected_comma(self._place(self._at), self._code, closing, self._lexeme))
        self._advance()

    def _string(self) -> str:
        lexeme, at = self._lexeme, self._at
        if not self._is_closed:
            self._stop(self._fault_in_string(at, at + len(lexeme)))
        self._advance()
        if "\\" not in lexeme:
            return lexeme[1:-1]
        value = str(json.loads(lexeme))
        if _SURROGATE.search(value):
            self._note(problems.half_character(self._place(at), self._code))
        return value

    def _fault_in_string(self, start: int, end: int) -> Diagnostic:
        """Return the problem at the end of a string that is not closed."""
        stopper = self._text[end : end + 1]
        if stopper == "\\":
            return problems.bad_escape(self._place(end), self._code)
        if stopper in ("", "\n", "\r"):
            return problems.not_closed(self._place(start), self._code, '"')
        return problems.control_character(self._place(end), self._code, stopper)

    def _literal(self) -> int | float | bool | None:
        word, at = self._lexeme, self._at
        if word in _WORDS:
            self._advance()
            return _WORDS[word]
        number = _NUMBER.fullmatch(word)
        if number is None:
            self._stop(problems.not_json(self._place(at), self._code, word))
        self._advance()
        value = _number(word, is_whole=number.lastindex is None)
        if value is None:
            self._note(problems.number_too_large(self._place(at), self._code, word))
        return value

    def _advance(self) -> None:
        match = _LEXEME.match(self._text, self._end)
        if match is None:
            raise AssertionError("a lexeme starts at every offset, if an empty one")
        self._behind = self._end  # the lexeme before the cursor ends here
        self._lexeme, self._end = match[1], match.end()
        self._is_closed = match[2] == '"'  # if it is a string
        self._at = match.start(1) if self._lexeme else self._behind

    def _place(self, at: int) -> Place:
        return place_in(self._text, self._source, at)

    def _note(self, problem: Diagnostic) -> None:
        if len(self._found) == MOST_PROBLEMS:
            self._stop(problems.more_problems(self._source, self._code))
        self._found.append(problem)

    def _stop(self, problem: Diagnostic) -> NoReturn:
        raise Rejected(*self._found, problem)


def _number(word: str, *, is_whole: bool) -> int | float | None:
    """The number, or None if it is too large: infinite, or of more digits than `sys.get_int_max_str_digits` (4300)."""
    if not is_whole:
        value = float(word)
        return value if isfinite(value) else None
    try:
        return int(word)
    except ValueError:
        return None
