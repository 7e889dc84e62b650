""".dockerignore's language: the lines of a file into patterns, and patterns into what is left out of a copy.

The engine walks the context from the top and remembers for each folder which patterns matched it: what is below them is
matched by them too, and the last match wins. A pattern that could change nothing at a folder is not even tried there,
and so not remembered: of `x`, `!x/y`, `x` the last does not reach `x/y`. Here it is the same, with one bit per run of
patterns of one kind instead of one per pattern, since within a run it does not matter which of them matched.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from caliban.compiler.context import problems
from caliban.compiler.context.go_regex import BadPattern
from caliban.compiler.context.pattern_run import PatternRun, any_of
from caliban.compiler.context.patterns import Pattern, clean, read
from caliban.compiler.diagnostics import Place, Rejected


def parse_ignore(text: str, source: str) -> tuple[str, ...]:
    """The patterns of a .dockerignore, in order and cleaned as far as each still means the same as a line of one.

    Raises Rejected that names every line the engine would refuse.
    """
    patterns, rejected = [], []
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            pattern = clean(line)
            if pattern is None:
                continue
            read(pattern)
        except BadPattern as error:
            place = Place(source=source, line=number, text=line.rstrip("\r"))
            rejected.append(problems.bad_pattern(str(error), place))
            continue
        if not pattern.removeprefix("!").startswith("/"):  # what is left of '/ /a' or '/' matches no path
            # read once more, '#a' of ' #a' would mean nothing, and '! a' of '/! a' another name
            patterns.append(pattern if clean(pattern) == pattern else line)
    if rejected:
        raise Rejected(*rejected)
    return tuple(patterns)


def locate(pattern: str, text: str, source: str) -> Place | None:
    """Return the place of a pattern that `parse_ignore` gave; None if it is not in the file."""
    for number, line in enumerate(text.split("\n"), start=1):
        if pattern in parse_ignore(line, source):
            return Place(source=source, line=number, text=line.rstrip("\r"))
    return None


class Ignore:
    """Patterns, ready to be asked about paths relative to the build context; the last match wins."""

    def __init__(self, patterns: Iterable[str]) -> None:
        cleaned = (clean(line) for line in patterns)
        read_patterns = [read(text) for text in cleaned if text is not None]
        self.runs = tuple(
            PatternRun(tuple(run)) for _, run in groupby(read_patterns, lambda pattern: pattern.exception)
        )
        self.names = frozenset[str]().union(*(run.names for run in self.runs))
        self.ends = tuple(end for run in self.runs for end in run.ends)
        self.starts = tuple(start for run in self.runs for start in run.starts)
        self.rest = tuple(pattern for run in self.runs for pattern in run.rest)

    @property
    def has_exceptions(self) -> bool:
        """Return whether something below an excluded folder may be kept."""
        return any(run.exception for run in self.runs)

    def at(self, folder: str) -> "Level | None":
        """Return the state of a walk in a folder; None if nothing below it can be kept."""
        level: Level | None = Level(self, "", 0)
        for name in () if folder == "." else folder.split("/"):
            level = level and level.enter(name)
        return level

    def excludes(self, path: str) -> bool:
        """Return whether the engine leaves a path out."""
        return self.excluded_by(path) is not None

    def excluded_by(self, path: str) -> str | None:
        """The pattern that leaves a path out; None where it is kept."""
        found: list[Pattern | None] = [None] * len(self.runs)
        decisive: Pattern | None = None
        parts = path.split("/")
        for length in range(1, len(parts) + 1):
            decisive = None
            for index, run in enumerate(self.runs):
                if found[index] is None and run.exception != (decisive is None):
                    found[index] = run.first_match("/".join(parts[:length]))
                if found[index] is not None:
                    decisive = None if run.exception else found[index]
        return None if decisive is None else decisive.text


class Level:
    """One folder of a walk: the patterns that matter among its children."""

    def __init__(self, ignore: Ignore, prefix: str, matched: int) -> None:
        self._ignore = ignore
        self._prefix = prefix  # '' or 'data/raw/'
        self._matched = matched  # bit i: run i matched a folder above, or this one
        self._odd = "\n" in prefix  # then '.*' in the engine's expression does not reach across it
        self._below = 0 if self._odd else _bits(run.all_below(prefix) for run in ignore.runs)
        self._usual = self._judge(self._below)[0]  # for a child that no pattern names
        named = frozenset[str]().union(*(run.exact.get(prefix, frozenset()) for run in ignore.runs))
        self._names = ignore.names | named if named else ignore.names
        self._ends = ignore.ends
        self._starts = ignore.starts
        self._rest = any_of([pattern for pattern in ignore.rest if pattern.may_match_in(prefix)])

    def excluded(self, names: Sequence[str]) -> set[str]:
        """Return the children that the engine leaves out."""
        suspects = set(self._names.intersection(names))
        joined = "\n".join(("", *names, ""))  # most folders have none of the endings, and need no look at each name
        if any(f"{end}\n" in joined for end in self._ends) or any(f"\n{start}" in joined for start in self._starts):
            suspects.update(name for name in names if name.endswith(self._ends) or name.startswith(self._starts))
        if self._rest is not None:
            suspects.update(name for name in names if self._rest.match(self._prefix + name))
        if self._odd or joined.count("\n") > len(names) + 1:
            suspects.update(names)
        found = {name for name in suspects if self._judge(self._matching(name))[0]}
        return found.union(set(names) - suspects) if self._usual else found

    def excludes(self, name: str) -> bool:
        """Return whether the engine leaves this child out."""
        return self._judge(self._matching(name))[0]

    def enter(self, name: str) -> "Level | None":
        """The level of a child that is a folder; None where nothing below it can be kept: it need not be walked."""
        excluded, matched = self._judge(self._matching(name))
        prefix = f"{self._prefix}{name}/"
        if excluded:
            final = max(index for index, run in enumerate(self._ignore.runs) if matched >> index & 1)
            later = self._ignore.runs[final:]  # whatever matches of an earlier run, `final` matches below too
            if not any(pattern.may_match_below(prefix) for run in later if run.exception for pattern in run.patterns):
                return None
        return Level(self._ignore, prefix, matched)

    def _matching(self, name: str) -> int:
        path = self._prefix + name
        if self._odd or "\n" in name:
            return _bits(run.first_match(path) is not None for run in self._ignore.runs)
        return self._below | _bits(run.names_child(self._prefix, name) for run in self._ignore.runs)

    def _judge(self, matching: int) -> tuple[bool, int]:
        """Return whether a child is left out, and the runs that are remembered of it."""
        excluded, matched = False, self._matched
        for index, run in enumerate(self._ignore.runs):
            bit = 1 << index
            if not matched & bit and matching & bit and run.exception == excluded:
                matched |= bit
            if matched & bit:
                excluded = not run.exception
        return excluded, matched


def _bits(flags: Iterable[bool]) -> int:
    return sum(1 << index for index, flag in enumerate(flags) if flag)
