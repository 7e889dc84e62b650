"""Makes the ordered list of patterns that are left out of every copy (SPEC §2).

By content, not by name, `frontend.walk` finds virtual environments and keys for Google Cloud, and adds them here.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from msgspec import Struct

from caliban.compiler.context.go_regex import BadPattern
from caliban.compiler.context.ignore import Ignore
from caliban.compiler.context.patterns import clean, escape_pattern, read
from caliban.compiler.diagnostics import Rejected, closest
from caliban.compiler.facts.data_files import table
from caliban.compiler.frontend.project import content_problems as problems
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.run_folders import ALWAYS

# What a packaging tool leaves beside the project's manifest; deeper down, 'build' may well be code of a package.
BUILT = ("build", "dist")
# Made again by the tool that made them, different on every machine: left out without a word.
CACHES = ("**/__pycache__", "**/*.pyc", "**/.mypy_cache", "**/.pytest_cache", "**/.ruff_cache", "**/.hypothesis",
          "**/.tox", "**/.nox", "**/.eggs", "**/.coverage", "**/.DS_Store")  # fmt: skip
RUNS = tuple(f"**/{name}" for name in ALWAYS)
HISTORY = ("**/.git", "**/.hg", "**/.svn", "**/*.egg-info")  # '.git' is a file in a submodule or a worktree
SECRETS: tuple[str, ...] = tuple(row["pattern"] for row in table("credentials")["files"])
ANYWHERE = (*CACHES, *RUNS, *HISTORY, *SECRETS)

KEY_SIZES = range(150, 16 << 10)  # bytes; user credentials have 350, a service-account key of 2048 bits 2,300
_KEY = rb'"(private_key|refresh_token)"\s*:'
_KEY_TYPE = rb'"type"\s*:\s*"(service_account|authorized_user|external_account_authorized_user|gdch_service_account)"'
# In place of '.' itself, where somebody ran `python -m venv .`
_IN_PLACE = ("pyvenv.cfg", "conda-meta", "lib64", "lib/python[23]*")


class Exclusions(Struct, frozen=True, kw_only=True):
    """All that decides what is left out."""

    user_patterns: tuple[str, ...] = ()  # of .dockerignore, as `parse_ignore` gives them
    directories: tuple[str, ...] = ()  # -d, relative to the project
    includes: tuple[str, ...] = ()  # --include, as `include_patterns` gives them
    environments: tuple[str, ...] = ()  # folders that are virtual environments: '.venv'
    outputs: tuple[str, ...] = ()  # folders that take the results of runs: 'results'
    code: tuple[str, ...] = ()  # folders that the entry is in or imports, whatever their names: 'build', 'lib/wandb'
    found: tuple[str, ...] = ()  # folders that runs leave, and files that this command writes: 'runs', 'err.txt'
    state: tuple[str, ...] = ()  # caliban's own folder: '.state'
    keys: tuple[str, ...] = ()  # files that are credentials: 'keys/train.json'


@cache
def context_patterns(exclusions: Exclusions) -> tuple[str, ...]:
    """The list for the engine; the last match wins.

    1. `build`, `dist`, unless they are code; the user's .dockerignore; `!DIR` for each -d, so that -d beats it.
    2. What is left out anywhere, inside each -d too, but for code and each -d of such a name; `!` of the user's.
    3. `!PATH` for each --include. 4. Keys and caliban's own folder: nothing brings back what is in use.
    """
    hidden = (
        *ANYWHERE,
        *_environment_patterns(exclusions.environments),
        *(escape_pattern(path) for path in sorted({*exclusions.outputs, *exclusions.found})),
    )
    hiding = Ignore(hidden)
    spoken_of = [line for line in _exceptions(exclusions.user_patterns) if hiding.excludes(line[1:])]
    user = Ignore(exclusions.user_patterns)
    code = [path for path in exclusions.code if not user.excludes(path)]
    return tuple(
        _settled(
            (
                *BUILT,
                *_brought_back(escape_pattern(path) for path in exclusions.code if path in BUILT),
                *own_patterns(exclusions),
                *hidden,
                *_with_insides((*code, *exclusions.directories), hiding, hidden),
                *(line for line in spoken_of if not user.excludes(line[1:])),
                *_brought_back(exclusions.includes),
                *map(escape_pattern, (*exclusions.keys, *exclusions.state)),
            )
        )
    )


def own_patterns(exclusions: Exclusions) -> tuple[str, ...]:
    """Return the user's patterns, without the defaults."""
    directories = (
        escape_pattern(path)
        for path in exclusions.directories
        if exclusions.user_patterns or path.partition("/")[0] in BUILT
    )
    return (*exclusions.user_patterns, *_brought_back(directories))


def include_patterns(disk: Disk, includes: Iterable[str]) -> tuple[str, ...]:
    """Each --include, a path or a glob in .dockerignore's language, as a pattern. Raises Rejected."""
    return tuple(_include_pattern(disk, typed) for typed in includes)


@cache
def credentials_in(path: str) -> str | None:
    """The pattern by which a path is, or lies in, a file or folder of credentials; None where it does not."""
    return Ignore(SECRETS).excluded_by(path)


def is_key(content: bytes) -> bool:
    """Return whether a file is a key for Google Cloud, by its first `KEY_SIZES.stop` bytes."""
    return re.search(_KEY, content) is not None and re.search(_KEY_TYPE, content) is not None


def _include_pattern(disk: Disk, typed: str) -> str:
    path = posixpath.normpath(typed) if typed else ""
    if path.startswith("/"):
        path = disk.inside(path) or ".."
    if path == ".." or path.startswith("../"):
        raise Rejected(problems.include_outside(typed))
    if path == ".":
        return "**"
    if path and disk.exists(path):
        return escape_pattern(path)
    if any(char in path for char in "*?["):
        try:
            pattern = clean(path)
            if pattern is not None and not pattern.startswith("!"):
                read(pattern)
                return pattern
        except BadPattern as error:
            raise Rejected(problems.include_pattern(typed, str(error))) from None
    folder, slash, name = path.rpartition("/")
    match = closest(name, disk.names(folder or "."))
    raise Rejected(problems.include_missing(typed, match and folder + slash + match))


def _with_insides(paths: Iterable[str], hiding: Ignore, hidden: Sequence[str]) -> Iterator[str]:
    """Brings back folders that are left out by their names, without what is left out in them."""
    for path in map(escape_pattern, (path for path in paths if hiding.excludes(path))):
        yield from _brought_back((path,))
        yield from (f"{path}/{pattern}" for pattern in ANYWHERE)
        yield from (pattern for pattern in hidden if pattern.startswith(f"{path}/"))


def _environment_patterns(environments: Iterable[str]) -> Iterator[str]:
    for path in environments:
        yield from _IN_PLACE if path == "." else (escape_pattern(path),)


def _exceptions(patterns: Iterable[str]) -> list[str]:
    return [line for line in patterns if line.startswith("!")]


def _brought_back(patterns: Iterable[str]) -> Iterator[str]:
    """With what is below: the engine does not remember an exception at a folder that was not left out."""
    for pattern in patterns:
        yield f"!{pattern}"
        if not pattern.endswith("**"):
            yield f"!{pattern}/**"


def _settled(patterns: Iterable[str]) -> Iterator[str]:
    """The patterns, and after an exception `x` also as `x/**`.

    Otherwise the engine would list what is below `x`, because it does not remember `x` there, but refuse to read it:
    files arrive empty (seen with buildx 0.29). https://github.com/moby/patternmatcher, MatchesUsingParentResults
    """
    after_exception = False
    for pattern in patterns:
        yield pattern
        if pattern.startswith("!"):
            after_exception = True
        elif after_exception and not pattern.endswith("**"):
            yield f"{pattern}/**"
