"""A pattern of .dockerignore as the engine's regular expression, which is Go's, and that one in Python's syntax."""

import re
from typing import Literal

_SINGLE_CLASSES = {"d": "0-9", "s": r"\t\n\f\r ", "w": "0-9A-Za-z_"}  # RE2's: ASCII only
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ANCHORS = {"A": r"\A", "z": r"\Z", "b": r"(?a:\b)", "B": r"(?a:\B)"}
_REPEAT = re.compile(r"\{(\d+)(,(\d*))?\}")

# What stands between two stars: where it is first found is as good a place as any later one, because the next star
# takes the rest. Go's expressions take linear time; Python's would try every place of each in '*a*a*a*a*b'.
_STARS = re.compile(r"\[\^/\]\*((?:\w|\\[.-])+)(?=\[\^/\]\*(?![*?{]))")

Kind = Literal["exact", "prefix", "suffix", "regex"]


class BadPattern(ValueError):
    """The engine refuses it; the text says why."""


def matcher(text: str) -> tuple[Kind, str]:
    """Return the kind of a pattern, and an expression for `re.match` that matches alike. Raises BadPattern."""
    kind, go = _go_regex(text)
    if kind == "exact":
        return kind, re.escape(text) + r"\Z"
    if kind == "prefix":
        return kind, re.escape(text[:-2])
    if kind == "suffix":
        folder, name = (r"(?:(?s:.*)/)?", text[3:]) if text.startswith("**/") else ("(?s:.*)", text[2:])
        return kind, rf"{folder}{re.escape(name)}\Z"
    regex = _STARS.sub(r"(?>[^/]*?\1)", _python_regex(go))
    try:
        re.compile(regex)
    except re.error as error:
        raise BadPattern(error.msg) from None
    return kind, regex


def _go_regex(text: str) -> tuple[Kind, str]:
    """The expression that the engine builds, in Go's syntax, and whether it takes a short cut instead."""
    kind: Kind = "exact"
    parts = []
    index = 0
    while index < len(text):
        first, char = index == 0, text[index]
        index += 1
        if text.startswith("**", index - 1):
            index += 1
            index += text.startswith("/", index)
            if index < len(text):
                parts.append("(.*/)?")
                kind = "regex"
            else:
                parts.append(".*")
                kind = "prefix" if kind == "exact" else "regex"
            if first:
                kind = "suffix"
        elif char in "*?":
            parts.append("[^/]*" if char == "*" else "[^/]")
            kind = "regex"
        elif char == "\\":
            parts.append(text[index - 1 : index + 1])
            index += 1
            kind = "regex"
        else:
            parts.append(f"\\{char}" if char in ".+()$" else char)
            kind = "regex" if char in "[]" else kind
    return kind, "".join(parts)


def _python_regex(go: str) -> str:
    """Go's expression '^…$' in Python's syntax; a '|' in a pattern divides even the anchors: '^a', 'b$'."""
    alternatives = [""]
    index = 0
    while index < len(go):
        char = go[index]
        repeat = _REPEAT.match(go, index)
        piece, end = re.escape(char), index + 1
        if char == "\\":
            piece, end = _escape(go[index + 1]), index + 2
        elif char == "[":
            piece, end = _character_class(go, index + 1)
        elif repeat:
            piece, end = repeat[0], repeat.end()
            if any(int(number) > 1000 for number in (repeat[1], repeat[3]) if number):
                raise BadPattern("more than 1000 repetitions")
        elif char in "(.*)?^":
            piece = char
        if char == "|":
            alternatives.append("(?s:.*)")
        else:
            alternatives[-1] += piece
        index = end
    return "|".join(alternatives) + r"\Z"


def _escape(char: str) -> str:
    if char.lower() in _SINGLE_CLASSES:
        return f"[{'^' if char.isupper() else ''}{_SINGLE_CLASSES[char.lower()]}]"
    return _ANCHORS.get(char) or re.escape(_escaped_character(char))


def _escaped_character(char: str) -> str:
    if char in _CONTROLS:
        return _CONTROLS[char]
    if char.isalnum() or not char.isascii():
        raise BadPattern(f"'\\{char}' is no escape; between folders stands '/'")
    return char


def _character_class(go: str, index: int) -> tuple[str, int]:
    """A class in Python's syntax, and the index behind it."""
    negated = go.startswith("^", index)
    index += negated
    start = index
    members = ""
    while not (go.startswith("]", index) and index > start):
        if go.startswith("[:", index):
            raise BadPattern("'[:' is not supported")
        if go.startswith("\\", index) and go[index + 1] in _SINGLE_CLASSES:
            members += _SINGLE_CLASSES[go[index + 1]]
            index += 2
            continue
        low, index = _class_member(go, index)
        high = low
        if go.startswith("-", index) and not go.startswith("-]", index):
            high, index = _class_member(go, index + 1)
        if high < low:
            raise BadPattern(f"'{low}-{high}' is an empty range")
        members += re.escape(low) + (f"-{re.escape(high)}" if high != low else "")
    return f"[{'^' if negated else ''}{members}]", index + 1


def _class_member(go: str, index: int) -> tuple[str, int]:
    if index >= len(go):
        raise BadPattern("'[' without ']'")
    if go[index] == "\\":
        return _escaped_character(go[index + 1]), index + 2
    return go[index], index + 1
