"""The files that a run wrote and that vanish with its container, and the `-o` that would keep them."""

import os
import posixpath
import stat
from collections.abc import Iterator
from typing import NamedTuple

from caliban.backends.report.words import size
from caliban.compiler.diagnostics import printable
from caliban.compiler.effects import HOME, WORKDIR
from caliban.runtime.execute import answer

_SHOWN = 5


class WrittenFile(NamedTuple):
    """A file that was made or changed in a container."""

    path: str  # '/usr/app/out/model.pt'
    size: int | None  # bytes, where it can be told


def written_files(container: str, upper: str | None) -> tuple[WrittenFile, ...]:
    """What a stopped container wrote, sorted, without folders, caches and byte code.

    `upper` is the overlay's folder with all that the container wrote: where we may read it, that is instant. Else the
    engine's diff tells, which takes half a second where the kernel makes it compare every file of the image.
    """
    found = _read(upper) if upper is not None and os.access(upper, os.R_OK | os.X_OK) else _asked(container)
    return tuple(sorted(file for file in found if _is_result(file.path)))


def keeping_option(files: tuple[WrittenFile, ...]) -> str:
    """The `-o` that keeps them: of their common folder, if they have one below the working directory."""
    inside = [file.path.removeprefix(f"{WORKDIR}/").partition("/") for file in files]
    tops = {top if slash and top else None for top, slash, _ in inside}
    top = tops.pop() if len(tops) == 1 else None
    return f"results:{top}" if top else "results"


def describe(files: tuple[WrittenFile, ...]) -> str:
    """The first of them with their sizes."""
    shown = []
    for path, count in files[:_SHOWN]:
        name = printable(posixpath.relpath(path, WORKDIR) if path.startswith(f"{WORKDIR}/") else path)
        shown.append(name if count is None else f"{name} ({size(count)})")
    more = len(files) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _read(upper: str) -> Iterator[WrittenFile]:
    for folder, _, names in os.walk(upper):
        for name in names:
            status = os.lstat(os.path.join(folder, name))
            if stat.S_ISREG(status.st_mode):  # a deleted file is a device there
                inside = posixpath.join("/", os.path.relpath(os.path.join(folder, name), upper))
                yield WrittenFile(inside, status.st_size)


def _asked(container: str) -> Iterator[WrittenFile]:
    changed = [line[2:] for line in answer(("docker", "diff", container)).stdout.splitlines() if line[:1] in "AC"]
    folders = {posixpath.dirname(path) for path in changed}
    yield from (WrittenFile(path, None) for path in changed if path not in folders)


def _is_result(path: str) -> bool:
    parts = path.split("/")
    inside = path.startswith((f"{WORKDIR}/", f"{HOME}/", "/outputs/"))
    return inside and "__pycache__" not in parts and not any(part.startswith(".") for part in parts)
