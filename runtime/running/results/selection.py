"""Selects what is brought of what a container changed, and in which streams: pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from caliban.runtime.engine.answers import ContainerChange

_STREAM = 20e-3  # seconds that the engine takes to begin one
_RATE = 300e6  # bytes per second of one
_GARBLED = "\N{REPLACEMENT CHARACTER}"  # for bytes of a name that are no UTF-8, in what the engine tells


class Selection(NamedTuple):
    """Paths in a container."""

    added: tuple[str, ...]  # files, and folders with all that is in them
    changed: tuple[str, ...]  # that the image has too: files, perhaps with the same bytes, or folders
    deleted: tuple[str, ...]
    entries: int  # of `added`, with all that is in its folders


class Transfer(NamedTuple):
    """One stream: a path, and which of its entries are wanted."""

    path: str
    names: frozenset[str] | None = None  # None: the path itself, with all that is in it


def select(changes: Iterable[ContainerChange], folder: str, mounts: Sequence[str]) -> Selection:
    """Select the paths written below a folder, without mounts and byte code; `changes` has folders before contents."""
    added: list[str] = []
    changed: list[str] = []
    deleted: list[str] = []
    entries = 0
    for change in below(changes, folder, mounts):
        entries += change.kind == "A"
        if added and _is_below(change.path, added[-1]):
            continue
        if changed and _is_below(change.path, changed[-1]):
            changed.pop()  # a folder
        if change.kind == "D":
            deleted.append(change.path)
        elif change.kind == "C":
            changed.append(change.path)
        elif any(_is_below(mount, change.path) for mount in mounts):
            entries -= 1  # the way to a mount: what else is in it follows
        else:
            added.append(change.path)
    return Selection(tuple(added), tuple(changed), tuple(deleted), entries)


def transfers(paths: Sequence[str], sizes: Mapping[str, int], mounts: Sequence[str]) -> Iterator[Transfer]:
    """The streams for paths: those of one folder together, where that folder is streamed sooner than each of them.

    `sizes` has the bytes that the image holds below some folders. What is mounted would be streamed too.
    """
    by_folder: dict[str, list[str]] = {}
    for path in paths:
        by_folder.setdefault(path.rpartition("/")[0], []).append(path)
    for folder, inside in by_folder.items():
        there = sum(size for path, size in sizes.items() if _is_below(path, folder) or _is_below(f"{folder}/", path))
        mounted = any(_is_below(mount, folder) for mount in mounts)
        garbled = any(map(is_garbled, inside))  # no order can have the name that the engine did not tell
        if (len(inside) > 1 or garbled) and not mounted and (garbled or there / _RATE < _STREAM * len(inside)):
            yield Transfer(folder, frozenset(as_reported(path.rpartition("/")[2]) for path in inside))
        else:
            yield from (Transfer(path) for path in inside)


def is_garbled(path: str) -> bool:
    """Return whether the engine could not report a name correctly."""
    return _GARBLED in path


def as_reported(name: str) -> str:
    """A name as the engine tells it: with one character for bytes that are no UTF-8, however many it has for them."""
    return re.sub(f"{_GARBLED}+", _GARBLED, name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def is_byte_code(path: str) -> bool:
    """Return whether a path lies in a folder of Python's byte code."""
    return "/__pycache__/" in f"{path}/"


def below(changes: Iterable[ContainerChange], folder: str, mounts: Sequence[str]) -> Iterator[ContainerChange]:
    """The changes below a folder, without mounts and byte code."""
    for change in changes:
        mounted = any(change.path == mount or _is_below(change.path, mount) for mount in mounts)
        if _is_below(change.path, folder) and not mounted and not is_byte_code(change.path):
            yield change


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(f"{folder.rstrip('/')}/")
