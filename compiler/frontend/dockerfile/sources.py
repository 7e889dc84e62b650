"""Finds the files that a Dockerfile reads from the build context, which is the project."""

import json
import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies.paths import resembling
from caliban.compiler.frontend.dockerfile import problems
from caliban.compiler.frontend.dockerfile.instructions import Instruction
from caliban.compiler.frontend.project.disk import Disk

_ELSEWHERE = re.compile(r"(https?|ftp|ssh|git)://|git@|<<")  # an address, a here-document
_PATTERN = frozenset("*?[\\$")  # which files are meant, only the builder knows
_MOUNT = re.compile(r"--mount=(\S+)")


def context_sources(
    disk: Disk, path: str, found: Sequence[Instruction], places: Mapping[Instruction, Place]
) -> tuple[str, ...]:
    """The files and folders, '.' where it may be any. Raises Rejected for those that are not there."""
    needed = [(source, places[each]) for each in found for source in _sources(each)]
    if wrong := [
        problems.missing_source(place, source, _beside(disk, path, source), resembling(disk, source))
        for source, place in needed
        if not disk.exists(source)
    ]:
        raise Rejected(*wrong)
    sources = tuple(dict.fromkeys(source for source, _ in needed))
    return (".",) if "." in sources else sources


def _sources(instruction: Instruction) -> Iterator[str]:
    word, value = instruction.word, instruction.value.strip()
    if word == "ONBUILD":  # done as soon as ours is built on it
        word, _, value = value.partition(" ")
        word, value = word.upper(), value.strip()
    if word in ("COPY", "ADD"):
        words = _words(value)
        flags = [each for each in words if each.startswith("--")]
        if any(each.startswith("--from=") for each in flags):
            return
        for each in words[len(flags) : -1]:
            if not _ELSEWHERE.match(each):
                yield "." if _PATTERN & set(each) else _in_context(each)
    elif word == "RUN":
        for mount in _MOUNT.findall(value):
            options = dict(each.partition("=")[::2] for each in mount.split(","))
            if options.get("type", "bind") == "bind" and "from" not in options:
                source = options.get("source") or options.get("src") or "."
                yield "." if "$" in source else _in_context(source)


def _words(value: str) -> list[str]:
    """Flags, sources and the target, which may be written as JSON."""
    flags = re.match(r"(--\S+\s+)*", value)
    start = flags.end() if flags else 0
    try:
        words = json.loads(value[start:])
    except ValueError:
        words = None
    if not (isinstance(words, list) and all(isinstance(each, str) for each in words)):
        try:
            words = shlex.split(value[start:])
        except ValueError:
            words = value[start:].split()
    return [*value[:start].split(), *words]


def _in_context(source: str) -> str:
    """As the builder takes it: nothing is above the context."""
    return posixpath.normpath(f"/{source}").lstrip("/") or "."


def _beside(disk: Disk, path: str, source: str) -> str | None:
    """The same file in the folder of the Dockerfile, for which it may have been written."""
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), source))
    return beside if beside != source and disk.exists(beside) else None
