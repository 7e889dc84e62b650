"""`-d DIR` into folders of the project: inside it, really there, each once."""

import posixpath
from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.frontend.project import problems
from caliban.compiler.frontend.project.disk import Disk


def extra_directories(disk: Disk, typed: Sequence[str], root: str) -> tuple[str, ...]:
    """The paths, relative to the project, in the order given. Raises Rejected with all that are wrong."""
    wrong: list[Diagnostic] = []
    paths: list[str] = []
    for text in typed:
        path = posixpath.normpath(text.removeprefix(root.rstrip("/") + "/") if text != root else ".")
        problem = _problem(disk, text, path)
        if problem is not None:
            wrong.append(problem)
        elif path not in paths:
            paths.append(path)
    if wrong:
        raise Rejected(*wrong)
    return tuple(paths)


def _problem(disk: Disk, typed: str, path: str) -> Diagnostic | None:
    if not typed or (typed.isspace() and not disk.is_folder(path)):
        return problems.nameless(typed, "--dir")
    if not typed.isprintable():
        return problems.unspeakable(typed, "--dir")
    if path == ".." or path.startswith(("../", "/")):
        return problems.directory_outside(typed)
    if not disk.is_folder(path):
        if disk.is_file(path):
            return problems.directory_is_file(typed)
        if (target := disk.link_target(path)) is not None:
            return problems.dangling_directory(typed, target)
        parent = posixpath.dirname(path) or "."
        known = [posixpath.join(parent, name) if parent != "." else name for name in disk.names(parent)]
        return problems.directory_missing(typed, [name for name in known if disk.is_folder(name)])
    if disk.inside(path) is None:
        return problems.directory_outside(typed, disk.link_target(path))
    return None
