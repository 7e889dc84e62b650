"""Arguments of the script that name what the container will not have: the words after `--` in, warnings out."""

import posixpath
from collections.abc import Iterator, Sequence

from caliban.compiler.diagnostics import Diagnostic
from caliban.compiler.frontend.project import placeholder_problems as problems
from caliban.compiler.frontend.project.absence import InContainer, absence
from caliban.compiler.frontend.project.disk import Disk

_MOST = 1000  # words that are looked at
_LONGEST = 4096  # characters of a path


def absent_arguments(
    disk: Disk, arguments: Sequence[str], container: InContainer, mounted: Sequence[str]
) -> Iterator[Diagnostic]:
    """A warning for each path of the project that a word names and the run does not have.

    `mounted` are the paths below the working directory at which something is mounted.
    """
    seen = set(mounted)
    for word in arguments[:_MOST]:
        path = _path(word)
        if path is None or path in seen or any(path.startswith(f"{place}/") for place in mounted):
            continue
        seen.add(path)
        if found := absence(disk, path, container):
            yield problems.absent_argument(path, found)


def _path(word: str) -> str | None:
    """The path that a word may name: of 'data/', '--data=data' and 'data.root=data'."""
    text = word.partition("=")[2] if "=" in word else word
    if not text or len(text) > _LONGEST or text.startswith(("/", "-")):
        return None
    path = posixpath.normpath(text)
    return None if path in (".", "..") or path.startswith("../") else path
