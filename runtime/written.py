"""The files that a run wrote and that vanish with its container, and the `-o` that would keep them."""

import posixpath
import subprocess
import tarfile
from typing import NamedTuple

from caliban.compiler.diagnostics import printable
from caliban.compiler.plan import HOME, WORKDIR
from caliban.runtime.execute import answer, start
from caliban.runtime.say import size

_SHOWN = 5


class WrittenFiles(NamedTuple):
    """Paths of files in the container, sorted."""

    paths: tuple[str, ...]

    def option(self) -> str:
        """The `-o` that keeps them: their common folder, if they have one below the working directory."""
        tops = {
            path.removeprefix(f"{WORKDIR}/").partition("/")[0] for path in self.paths if "/" in path[len(WORKDIR) + 1 :]
        }
        inside = all(path.startswith(f"{WORKDIR}/") and "/" in path[len(WORKDIR) + 1 :] for path in self.paths)
        return f"results:{min(tops)}" if inside and len(tops) == 1 else "results"


def written_files(container: str) -> WrittenFiles:
    """What the engine's diff says of a stopped container, without folders, caches and byte code."""
    changed = [line[2:] for line in answer(("docker", "diff", container)).stdout.splitlines() if line[:1] in "AC"]
    folders = {posixpath.dirname(path) for path in changed}
    kept = (path for path in changed if path not in folders and _is_result(path))
    return WrittenFiles(tuple(sorted(kept)))


def describe(container: str, files: WrittenFiles) -> str:
    """The first of them with their sizes."""
    shown = [
        f"{printable(posixpath.relpath(path, WORKDIR) if path.startswith(WORKDIR) else path)}{_size(container, path)}"
        for path in files.paths[:_SHOWN]
    ]
    more = len(files.paths) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _is_result(path: str) -> bool:
    parts = path.split("/")
    inside = path.startswith((f"{WORKDIR}/", f"{HOME}/", "/outputs/"))
    return inside and "__pycache__" not in parts and not any(part.startswith(".") for part in parts)


def _size(container: str, path: str) -> str:
    """Its size in brackets, from the header of the archive that the engine would copy; the rest is not waited for."""
    process = start(
        ("docker", "cp", f"{container}:{path}", "-"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None, "the output is a pipe"
    try:
        header = tarfile.TarInfo.frombuf(process.stdout.read(512), "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return ""
    finally:
        process.stdout.close()
        process.kill()
        process.wait()
    return f" ({size(header.size)})"
