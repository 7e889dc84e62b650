"""The place of caliban's own folder; only its user may write in it, because its content is trusted."""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from caliban.compiler.diagnostics import ENGINE, Rejected
from caliban.runtime.state import problems

INDEX = "index.sqlite"


def state_path(environment: Mapping[str, str]) -> str:
    """Return the absolute path of caliban's folder; a `~` that no shell expanded is the user's home."""
    data = environment.get("XDG_DATA_HOME") or os.path.join("~", ".local", "share")
    path = environment.get("CALIBAN_HOME") or os.path.join(data, "caliban")
    return os.path.abspath(os.path.expanduser(path))


def existing_folder(environment: Mapping[str, str]) -> str | None:
    """Caliban's folder, where it has an index already that nobody else could have written."""
    path = state_path(environment)
    try:
        return path if os.path.isfile(os.path.join(path, INDEX)) and _distrust(path) is None else None
    except OSError:
        return None


def state_folder(environment: Mapping[str, str]) -> str:
    """Caliban's folder, made with mode 0700 if need be.

    Raises Rejected where that is impossible, or where somebody else may write in it.
    """
    path = state_path(environment)
    with writing_into(path):
        make_private(path)
        make_private(os.path.join(path, "contexts"))
        reason = _distrust(path)
    if reason is not None:
        raise Rejected(problems.state_not_private(path, reason), exit_code=ENGINE)
    return path


@contextmanager
def writing_into(folder: str) -> Iterator[None]:
    """For what writes into caliban's folder. Raises Rejected where that fails: its disk is full, it is read-only."""
    try:
        yield
    except OSError as error:
        raise Rejected(problems.state_unusable(folder, error), exit_code=ENGINE) from None


def make_private(path: str) -> None:
    """Makes a folder and those above it, each mode 0700: `makedirs` would do so for the last alone. Raises OSError."""
    if not os.path.isdir(path):
        make_private(os.path.dirname(path))
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:  # another caliban was faster
            if not os.path.isdir(path):
                raise


def _distrust(path: str) -> str | None:
    """Return why the folder's content cannot be trusted; None if it can."""
    facts = os.stat(path)
    if facts.st_uid != os.geteuid():
        return f"it belongs to uid {facts.st_uid}"
    return "others may write in it" if facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH) else None
