"""A run of patterns, all exclusions or all exceptions, sorted by what it takes to try them on a name."""

import re
from collections.abc import Sequence

from caliban.compiler.context.patterns import SPECIAL, Pattern


class PatternRun:
    """Patterns in a row; within it, it does not matter which of them matches."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.patterns = patterns
        self.exception = patterns[0].exception
        names, ends, starts, below, rest = [], [], [], [], []
        self.exact: dict[str, set[str]] = {}  # 'data/': {'raw'}
        for pattern in patterns:
            word = pattern.text.removeprefix("**/")
            if pattern.kind == "exact":
                folder, slash, name = pattern.text.rpartition("/")
                self.exact.setdefault(folder + slash, set()).add(name)
            elif pattern.text.endswith("/**") and not pattern.text.endswith("**/**") and "|" not in pattern.text:
                below.append(pattern)
            elif word == pattern.text or not _plain(word.strip("*")) or "**" in word:
                rest.append(pattern)
            elif _plain(word):
                names.append(word)
            elif _plain(word[1:]):
                ends.append(word[1:])
            elif _plain(word[:-1]):
                starts.append(word[:-1])
            else:
                rest.append(pattern)
        self.names = frozenset(names)
        self.ends, self.starts, self.rest = tuple(ends), tuple(starts), tuple(rest)
        self._below, self._rest = any_of(below), any_of(rest)

    def all_below(self, prefix: str) -> bool:
        """Return whether a pattern such as 'data/**' matches everything in a folder."""
        return bool(prefix and self._below and self._below.match(prefix + "x"))

    def names_child(self, prefix: str, name: str) -> bool:
        """Return whether any other pattern matches a child of a folder; its path has no newline."""
        return (
            name in self.names
            or name in self.exact.get(prefix, ())
            or name.endswith(self.ends)
            or name.startswith(self.starts)
            or bool(self._rest and self._rest.match(prefix + name))
        )

    def first_match(self, path: str) -> Pattern | None:
        """The first of the patterns that matches exactly this path."""
        folder, slash, name = path.rpartition("/")
        prefix = folder + slash
        if "\n" not in path and not self.all_below(prefix) and not self.names_child(prefix, name):
            return None
        return next((pattern for pattern in self.patterns if re.match(pattern.regex, path)), None)


def _plain(word: str) -> bool:
    """Return whether a part of a pattern is a plain name."""
    return bool(word) and not any(char in "/" + SPECIAL for char in word)


def any_of(patterns: Sequence[Pattern]) -> re.Pattern[str] | None:
    """One expression for all of them; None for none."""
    return re.compile("|".join(f"(?:{pattern.regex})" for pattern in patterns)) if patterns else None
