"""Where caliban's own folder is; nobody but its user may write in it, because what it says is believed."""

import os
import stat
from collections.abc import Mapping

from caliban.compiler.diagnostics import ENGINE, Rejected
from caliban.runtime import state_problems

INDEX = "index.sqlite"


def existing_folder(environment: Mapping[str, str]) -> str | None:
    """Caliban's folder, where it has an index already that nobody else could have written."""
    path = _path(environment)
    try:
        return path if os.path.isfile(os.path.join(path, INDEX)) and _distrust(path) is None else None
    except OSError:
        return None


def state_folder(environment: Mapping[str, str]) -> str:
    """Caliban's folder, made with mode 0700 if need be.

    Raises Rejected where that is impossible, or where somebody else may write in it.
    """
    path = _path(environment)
    try:
        _make(path)
        _make(os.path.join(path, "contexts"))
        reason = _distrust(path)
    except OSError as error:
        raise Rejected(state_problems.state_unusable(path, error.strerror or str(error)), exit_code=ENGINE) from None
    if reason is not None:
        raise Rejected(state_problems.state_not_private(path, reason), exit_code=ENGINE)
    return path


def _path(environment: Mapping[str, str]) -> str:
    data = environment.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    return os.path.abspath(environment.get("CALIBAN_HOME") or os.path.join(data, "caliban"))


def _make(path: str) -> None:
    """The folder and those above it, each mode 0700 whatever the umask: `makedirs` would do so for the last alone."""
    if not os.path.isdir(path):
        _make(os.path.dirname(path))
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:  # another caliban was faster
            if not os.path.isdir(path):
                raise


def _distrust(path: str) -> str | None:
    """Why what it holds cannot be believed; None where it can."""
    facts = os.stat(path)
    if facts.st_uid != os.geteuid():
        return f"it belongs to uid {facts.st_uid}"
    return "others may write in it" if facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH) else None
