"""One pattern of .dockerignore: how it is written, and the regular expression that the engine makes of it.

The engine's side is https://github.com/moby/patternmatcher; tests/engine/test_ignore_engine.py compares us with it.
"""

import posixpath
from functools import cache

from msgspec import Struct

from caliban.compiler.context.go_regex import BadPattern, Kind, matcher

# What Go's strings.TrimSpace removes; Python's str.strip() would also take the separators U+001C to U+001F.
SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
SPECIAL = "*?[]\\{}|^"  # the last four are operators because the engine forgets to escape them in its expression


class Pattern(Struct, frozen=True):
    """A pattern that the engine accepts."""

    text: str  # cleaned, without the '!': 'data/*.csv'
    exception: bool  # whether it had a '!'
    kind: Kind
    regex: str  # for `re.match` on a path without a leading '/'

    @property
    def head(self) -> str:
        """The common beginning of all paths that the pattern matches."""
        if self.kind == "exact":
            return self.text
        if "|" in self.text:
            return ""
        end = next((index for index, char in enumerate(self.text) if char in SPECIAL), len(self.text))
        return self.text[: max(end - 1, 0)] if self.text[end : end + 1] == "{" else self.text[:end]

    def may_match_in(self, prefix: str) -> bool:
        """Return whether the pattern can match something directly in a folder: '' or 'data/raw/'."""
        if self.kind == "suffix" and self.text.startswith("**/"):
            return f"/{prefix}".endswith(self.text[2 : self.text.rindex("/") + 1])
        return self.may_match_below(prefix)

    def may_match_below(self, prefix: str) -> bool:
        """Return whether the pattern can match a path that begins with `prefix`, which is empty or ends in '/'."""
        head = self.head
        if not (head.startswith(prefix) or (self.kind != "exact" and prefix.startswith(head))):
            return False
        crosses = "**" in self.text or any(char in self.text for char in "[\\|")  # a negated class matches '/' too
        return crosses or self.text.count("/") >= prefix.count("/")


@cache
def clean(line: str) -> str | None:
    """The pattern that the engine reads from a line; None for a comment or an empty line.

    Raises BadPattern for a lone '!'.
    """
    text = "" if line.startswith("#") else line.strip(SPACE)
    if not text:
        return None
    mark = "!" if text.startswith("!") else ""
    body = text[len(mark) :].strip(SPACE)
    if body:
        body = _normal(body)
        body = body[1:] if len(body) > 1 and body.startswith("/") else body
    whole = _normal((mark + body).strip(SPACE))  # the engine cleans twice: 'a /' ends as 'a'
    if whole == "!":
        raise BadPattern("'!' without a pattern")
    return whole


@cache  # a walk reads the same few again and again
def read(cleaned: str) -> Pattern:
    """The pattern of a cleaned line. Raises BadPattern."""
    exception = cleaned.startswith("!")
    text = cleaned[1:] if exception else cleaned
    _check(text)
    kind, regex = matcher(text)
    return Pattern(text, exception, kind, regex)


def escape_pattern(path: str) -> str:
    """A line of .dockerignore that matches exactly this path, and what is below it.

    A control character, which no pattern can hold, becomes '?': any character. A name that is not UTF-8 has no pattern.
    """
    if (
        not any(char in SPECIAL or _is_control(char) for char in path)
        and path[0] not in "!#" + SPACE
        and path[-1] not in SPACE
    ):
        return path
    last = len(path) - 1
    return "".join(
        "?" if _is_control(char)
        else f"[{char}]" if char in SPACE and index in (0, last)
        else f"\\{char}" if char in SPECIAL or (index == 0 and char in "!#")
        else char
        for index, char in enumerate(path)
    )  # fmt: skip


def _is_control(char: str) -> bool:
    """Return whether a character breaks the build: patterns travel as a gRPC header."""
    return char < " " or char == "\x7f"


def _normal(path: str) -> str:
    """Go's filepath.Clean: normpath, but of two leading slashes one is left."""
    return posixpath.normpath("/" + path.lstrip("/") if path.startswith("/") else path)


def _check(text: str) -> None:
    """The syntax of Go's filepath.Match, by which the engine judges a pattern before it makes an expression of it."""
    if any(_is_control(char) for char in text):
        raise BadPattern("a control character; '?' can stand for it")
    index = 0
    while index < len(text):
        char = text[index]
        index += 1
        if char == "\\":
            if index == len(text):
                raise BadPattern("'\\' at the end")
            index += 1
        elif char == "[":
            index = _check_class(text, index)


def _check_class(text: str, index: int) -> int:
    """The index behind a character class that begins before `index`."""
    index += text.startswith("^", index)
    start = index
    while not (text.startswith("]", index) and index > start):
        index = _check_member(text, index)
        if text.startswith("-", index):
            index = _check_member(text, index + 1)
    return index + 1


def _check_member(text: str, index: int) -> int:
    if text.startswith(("-", "]"), index):
        raise BadPattern(f"'{text[index]}' in a character class needs a '\\' before it")
    index += text.startswith("\\", index)
    if index + 1 >= len(text):
        raise BadPattern("'[' without ']'")
    return index + 1
