"""Folders for results on this machine."""

import os
from collections.abc import Sequence
from contextlib import suppress
from errno import EACCES
from itertools import count
from stat import S_ISDIR

from caliban.compiler.diagnostics import Rejected
from caliban.runtime import problems

_IGNORED = "*\n"  # to git, and to caliban's own copies of the project


def make_output(path: str, project: str | None = None) -> None:
    """Makes a folder for results, where there is none. Raises Rejected where it cannot be made or written to.

    In `project`, an absolute path, git and the next build are told to ignore what is new or empty: results are no code.
    """
    try:
        new = _topmost_new(path)
        _check_folder(os.path.dirname(new) if new is not None else path, path)
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise _unusable(path, error) from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise Rejected(problems.output_unusable(path, PermissionError(EACCES, ""), "--output"))
    if project is not None:
        _ignore(os.path.realpath(new or path), os.path.realpath(project), is_new=new is not None)


def is_output(path: str) -> bool:
    """Return whether a folder is for results alone: in a project, caliban writes an ignore file into its own."""
    try:
        with open(f"{path}/.gitignore", encoding="utf-8") as file:
            return file.read().strip() == "*"
    except (OSError, UnicodeDecodeError):
        return False


def claim_output(folder: str, number: int, project: str | None = None) -> str:
    """Makes a folder for one run of a group: of this number, or of the next one that no run ever had.

    One that exists is never written into: it holds the results of another run. Nor is a link in place of the group's
    folder followed: a run may have made it. Raises Rejected where none can be made.
    """
    _check_no_link(folder)
    make_output(folder, project)
    try:
        group = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        _check_no_link(folder)
        raise _unusable(folder, error) from None
    try:
        return f"{folder}/{_claim_number(group, number)}"
    except OSError as error:
        raise _unusable(folder, error) from None
    finally:
        os.close(group)


def _check_no_link(folder: str) -> None:
    if os.path.islink(folder):
        raise Rejected(problems.output_is_link(folder, os.readlink(folder)))


def _claim_number(group: int, number: int) -> int:
    """Makes the folder of a number in the open folder of a group. Raises OSError."""
    taken = os.listdir(group)
    for candidate in count(_next_number(taken) if str(number) in taken else number):
        with suppress(FileExistsError):  # another caliban was faster
            os.mkdir(str(candidate), dir_fd=group)
            return candidate
    raise AssertionError("there is always another number")


def _next_number(taken: Sequence[str]) -> int:
    return max((int(name) for name in taken if name.isascii() and name.isdecimal()), default=0) + 1


def _check_folder(there: str, path: str) -> None:
    """Raises Rejected where what exists on the way to a folder is none: a file, or a link that leads to no folder.

    Raises OSError where that cannot be known: links in a circle.
    """
    try:
        if S_ISDIR(os.stat(there).st_mode):
            return
    except FileNotFoundError:
        if not os.path.islink(there):  # it was removed meanwhile
            return
    target = os.readlink(there) if os.path.islink(there) else None
    raise Rejected(problems.output_no_folder(there, path, target))


def _unusable(path: str, error: OSError) -> Rejected:
    return Rejected(problems.output_unusable(path, error, "--output"))


def _topmost_new(path: str) -> str | None:
    """The topmost folder on the way to a path that does not exist yet."""
    new = None
    while not os.path.lexists(path):
        new, path = path, os.path.dirname(path)
    return new


def _ignore(folder: str, project: str, *, is_new: bool) -> None:
    """Writes a .gitignore for all of a folder of the project that is new, or holds nothing yet."""
    with suppress(OSError):
        if _is_ignored(os.path.dirname(folder), project) or not (is_new or not os.listdir(folder)):
            return
        with open(os.path.join(folder, ".gitignore"), "x", encoding="utf-8") as file:
            file.write(_IGNORED)


def _is_ignored(folder: str, project: str) -> bool:
    """Return whether a folder is outside the project, or in an ignored folder of it."""
    if folder == project:
        return False
    if not folder.startswith(f"{project.rstrip('/')}/"):
        return True
    try:
        with open(os.path.join(folder, ".gitignore"), encoding="utf-8", errors="replace") as file:
            if file.read(len(_IGNORED) + 1) == _IGNORED:
                return True
    except OSError:
        pass
    return _is_ignored(os.path.dirname(folder), project)
