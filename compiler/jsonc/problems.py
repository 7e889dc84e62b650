"""Problems of a JSON text, of an experiment or of a config."""

import json
from math import isfinite
from typing import Literal

from caliban.compiler.diagnostics import Diagnostic, Place, printable

Code = Literal["bad-experiment", "bad-config"]

_LONGEST_QUOTE = 60
_VALUES = {
    "bad-experiment": "a number, string, true/false or a list of these",
    "bad-config": "a string, number, true/false, a list or an object",
}
_SPELLINGS = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false", "None": "null", "Null": "null"}


def expected_value(place: Place, code: Code, after: str) -> Diagnostic:
    """No value where one must stand: behind a key, or between two commas."""
    return Diagnostic(code=code, message=f"expected a value after {clipped(after)}", place=place, hint=_VALUES[code])


def expected_document(place: Place, code: Code) -> Diagnostic:
    """An empty text, one of comments only, or one that starts with ',' or a closing bracket."""
    return Diagnostic(code=code, message="expected an object", place=place, hint="write at least {}")


def expected_key(place: Place, code: Code, found: str) -> Diagnostic:
    """Something other than a string where a key must stand."""
    bare = found.strip("'")
    hint = f"write {quoted(bare)}" if bare.isidentifier() else 'write a key like this: "name": value'
    return Diagnostic(code=code, message="expected a key in double quotes", place=place, hint=hint)


def expected_colon(place: Place, code: Code, key: str) -> Diagnostic:
    """A key without its ':'."""
    return Diagnostic(
        code=code, message=f'expected ":" after {quoted(key)}', place=place, hint=f"write {quoted(key)}: and its value"
    )


def expected_comma(place: Place, code: Code, closing: str, found: str) -> Diagnostic:
    """Two values without a comma between them, or the wrong closing bracket."""
    hint = f"close it with {closing}" if found in ("]", "}") else "put a comma between the two"
    return Diagnostic(code=code, message=f'expected "," or "{closing}"', place=place, hint=hint)


def not_closed(place: Place, code: Code, closing: str) -> Diagnostic:
    """A list, object or string that does not end; the place is where it starts."""
    what = {"]": "list", "}": "object", '"': "string"}[closing]
    return Diagnostic(code=code, message=f"this {what} is never closed", place=place, hint=f"close it with {closing}")


def more_text(place: Place, code: Code) -> Diagnostic:
    """Text behind the value that the document is."""
    hint = "remove it" if code == "bad-config" else "put several objects into one list: [{…}, {…}]"
    return Diagnostic(code=code, message="expected nothing more after the end of the JSON", place=place, hint=hint)


def not_json(place: Place, code: Code, word: str) -> Diagnostic:
    """A word that is no JSON value: True, NaN, 'text', .5, /* … */."""
    return Diagnostic(code=code, message=f"not a JSON value: {clipped(word)}", place=place, hint=_spelling_of(word))


def number_too_large(place: Place, code: Code, word: str) -> Diagnostic:
    """A number that would turn into infinity, or with more digits than Python converts."""
    return Diagnostic(
        code=code, message=f"this number is too large: {clipped(word)}", place=place, hint="write it as a string"
    )


def bad_escape(place: Place, code: Code) -> Diagnostic:
    r"""A backslash that JSON does not know: `\d`, `\u12`."""
    return Diagnostic(
        code=code, message="not a JSON escape", place=place, hint=r"write \\ for a backslash, \u and four hex digits"
    )


def control_character(place: Place, code: Code, character: str) -> Diagnostic:
    """A control character inside a string."""
    spelled = json.dumps(character)[1:-1]
    return Diagnostic(
        code=code, message="a string cannot hold a raw control character", place=place, hint=f"write {spelled}"
    )


def half_character(place: Place, code: Code) -> Diagnostic:
    r"""One half of a surrogate pair: `"\ud83d"`."""
    return Diagnostic(
        code=code,
        message="this string holds half of a surrogate pair",
        place=place,
        hint=r"write both halves, as in \ud83d\ude00, or the character itself",
    )


def not_utf8(place: Place, code: Code) -> Diagnostic:
    """A byte that is not UTF-8, read with `surrogateescape`."""
    return Diagnostic(code=code, message="the text is not UTF-8", place=place, hint="save it as UTF-8")


def too_deep(place: Place, code: Code, limit: int) -> Diagnostic:
    """Lists in lists in lists."""
    return Diagnostic(
        code=code, message=f"more than {limit} levels of lists and objects", place=place, hint="nest it less deeply"
    )


def duplicate_key(place: Place, code: Code, key: str, first: Place) -> Diagnostic:
    """One key twice in one object."""
    return Diagnostic(
        code=code, message=f"the key {quoted(key)} is already set at {first}", place=place, hint="remove one of the two"
    )


def more_problems(source: str, code: Code) -> Diagnostic:
    """The last word when a text has more problems than anybody would read."""
    return Diagnostic(
        code=code, message="there are more problems", place=Place(source=source), hint="start with those above"
    )


def quoted(text: str) -> str:
    """The text as a JSON string that can be printed, shortened if it is long."""
    return clipped(json.dumps(text[: _LONGEST_QUOTE * 2], ensure_ascii=False))


def clipped(text: str) -> str:
    """The text on one printable line, shortened if it is long."""
    shown = printable(text[: _LONGEST_QUOTE + 1])
    return shown if len(shown) <= _LONGEST_QUOTE else f"{shown[:_LONGEST_QUOTE]}…"


def _spelling_of(word: str) -> str:
    """Return the word that the author probably meant."""
    if word in _SPELLINGS:
        return f"write {_SPELLINGS[word]}"
    if word.startswith("/*"):
        return "start every line of a comment with #"
    if word.startswith("'"):
        return "use double quotes"
    try:
        number = float(word)
    except ValueError:
        return f"put text in double quotes: {quoted(word)}"
    if not isfinite(number):
        return f"JSON has no such number; write it as a string: {quoted(word)}"
    digits = word.lstrip("+-")
    if not digits.isdecimal():
        return f"write {number}"
    sign = "-" if word.startswith("-") else ""
    return f"write {sign}{clipped(digits.lstrip('0') or '0')}"
