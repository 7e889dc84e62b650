"""A pattern of .dockerignore, which the engine makes a regular expression of Go, in Python's syntax."""

import re
from typing import Literal

_SINGLE_CLASSES = {"d": "0-9", "s": r"\t\n\f\r ", "w": "0-9A-Za-z_"}  # RE2's: ASCII only
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ANCHORS = {"A": r"\A", "z": r"\Z", "b": r"(?a:\b)", "B": r"(?a:\B)"}
_UNESCAPED = "{}|^"  # that the engine hands on to its regular expressions as they are (moby/patternmatcher)

# What stands between two stars: where it is first found is as good a place as any later one, because the next star
# takes the rest. Go's expressions take linear time; Python's would try every place of each in '*a*a*a*a*b'.
_STARS = re.compile(r"\[\^/\]\*((?:\w|\\[.-])+)(?=\[\^/\]\*(?![*?{]))")

Kind = Literal["exact", "prefix", "suffix", "regex"]


class BadPattern(ValueError):
    """The engine refuses it; the text says why."""


def matcher(text: str) -> tuple[Kind, str]:
    """Return the kind of a pattern, and an expression for `re.match` that matches alike. Raises BadPattern."""
    kind, regex = _translated(text)
    if kind == "exact":
        return kind, re.escape(text) + r"\Z"
    if kind == "prefix":
        return kind, re.escape(text[:-2])
    if kind == "suffix":
        folder, name = (r"(?:(?s:.*)/)?", text[3:]) if text.startswith("**/") else ("(?s:.*)", text[2:])
        return kind, rf"{folder}{re.escape(name)}\Z"
    regex = _STARS.sub(r"(?>[^/]*?\1)", regex) + r"\Z"
    try:
        re.compile(regex)
    except re.error as error:
        raise BadPattern(error.msg) from None
    return kind, regex


def _translated(text: str) -> tuple[Kind, str]:
    """The expression that the engine builds, in Python's syntax, and whether the engine takes a short cut instead."""
    kind: Kind = "exact"
    regex, unescaped = "", ""
    index = 0
    while index < len(text):
        first, char = index == 0, text[index]
        index += 1
        if text.startswith("**", index - 1):
            index += 1
            index += text.startswith("/", index)
            if index < len(text):
                regex += "(.*/)?"
                kind = "regex"
            else:
                regex += ".*"
                kind = "prefix" if kind == "exact" else "regex"
            if first:
                kind = "suffix"
        elif char in "*?":
            regex += "[^/]*" if char == "*" else "[^/]"
            kind = "regex"
        elif char == "\\":
            regex += _escape(text[index])
            index += 1
            kind = "regex"
        elif char == "[":
            members, index = _character_class(text, index)
            regex += members
            kind = "regex"
        elif char == "]":
            regex += re.escape(char)
            kind = "regex"
        else:
            regex += re.escape(char)
            unescaped = unescaped or (char if char in _UNESCAPED else "")
    if kind == "regex" and unescaped:
        raise BadPattern(
            f"'{unescaped}' needs a '\\' before it: beside a wildcard, the engine reads a regular expression"
        )
    return kind, regex


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
