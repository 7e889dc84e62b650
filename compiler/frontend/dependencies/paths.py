"""A path that a manifest writes, into the path in the project that it means; Rejected where it leads elsewhere."""

import posixpath

from caliban.compiler.diagnostics import Place, Rejected, closest
from caliban.compiler.frontend.dependencies import problems
from caliban.compiler.frontend.project.disk import Disk

_ROOT = "${PROJECT_ROOT}"  # uv puts the working directory in its place, where no such variable is set


def path_in_project(disk: Disk, written: str, *, base: str, place: Place | None) -> str | None:
    """The path that is meant, relative to the project; `base` is the folder it is relative to as it is written.

    None where an environment variable decides it. Raises Rejected where it leads out of the project.
    """
    path = _path_of_url(written) if written.startswith("file:") else written
    if path.startswith(_ROOT):
        path, base = f".{path[len(_ROOT) :]}", ""
    if "${" in path:
        return None
    if path.startswith("/") or "\0" in path:
        raise Rejected(problems.absolute_path(place, path))
    path = posixpath.normpath(posixpath.join(base, path))
    if path == ".." or path.startswith("../") or disk.inside(path) is None:
        raise Rejected(problems.outside_project(place, written))
    return path


def has_file(disk: Disk, path: str) -> bool:
    """Return whether a file of declarations exists. Raises Rejected if something else has its name.

    A folder, or a link to nothing: what its author put there would be missing from the image.
    """
    if disk.is_file(path) or not disk.exists(path):
        return disk.is_file(path)
    if disk.text(path) is None:  # which raises for what is no regular file
        raise Rejected(problems.dangling(path, disk.link_target(path) or ""))
    return True


def is_mountable(path: str) -> bool:
    """Return whether a builder can be told to read this path and no other (tried): COPY can name more."""
    return path.isascii() and path.isprintable() and not set(path) & set("*?[\\") and not path.startswith("!")


def resembling(disk: Disk, path: str) -> str | None:
    """Return an existing name that is similar: 'requirements.txt' for 'requirement.txt', 'a/b.txt' for 'a\\b.txt'."""
    if disk.exists(slashed := posixpath.normpath(path.replace("\\", "/"))) and slashed != path:
        return slashed
    folder, name = posixpath.split(path)
    match = closest(name, disk.names(folder or "."))
    return None if match is None else posixpath.join(folder, match)


def _path_of_url(url: str) -> str:
    from urllib.parse import unquote

    return unquote(url.removeprefix("file:").removeprefix("//"))
