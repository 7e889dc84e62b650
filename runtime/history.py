"""How often the folders of a project changed, of its last commits and builds: the `History` that orders the layers."""

import os
import sqlite3
from collections.abc import Mapping

from caliban.compiler.host import History
from caliban.runtime import git
from caliban.runtime.bands import read_bands
from caliban.runtime.state import State
from caliban.runtime.state_folder import existing_folder

COMMITS = 500  # that are looked at; older ones say little, and a long history must not cost more
_LOG = (
    *("log", f"--max-count={COMMITS}", "--format=%x01", "--name-only", "--relative", "--no-renames", "-z"),
    *("--no-show-signature", "--no-ext-diff", "--no-textconv", "--", "."),
)


def observe_history(root: str, environment: Mapping[str, str], *, ask_git: bool = True) -> History:
    """What git and caliban's own index know; empty where they know nothing, and never an error."""
    commits, committed = _committed(root) if ask_git else (0, {})
    folder = existing_folder(environment)
    if folder is None:
        return History(commits=commits, committed=committed)
    root = os.path.realpath(root)
    try:
        state = State(folder)
        built, orders = state.layers(root)
        bands = {mode: read_bands(text) for mode, text in state.bands(root).items()}
    except (sqlite3.Error, OSError):
        return History(commits=commits, committed=committed)
    return History(commits=commits, committed=committed, built=built, layer_orders=orders, bands=bands)


def count_changes(log: str) -> tuple[int, dict[str, int]]:
    """The number of commits in the output of that `git log`, and in how many of them each file and folder changed."""
    commits = log.split("\x01")[1:]
    counts: dict[str, int] = {}
    for commit in commits:
        touched: set[str] = set()
        for name in commit.split("\0"):
            path = name.strip("\n")
            while path and path not in touched:
                touched.add(path)
                path = path.rpartition("/")[0]
        for path in (*touched, *((".",) if touched else ())):
            counts[path] = counts.get(path, 0) + 1
    return len(commits), counts


def _committed(root: str) -> tuple[int, Mapping[str, int]]:
    if not _in_repository(root):
        return 0, {}
    log = git.ask_git(root, _LOG)
    return count_changes(log) if log is not None else (0, {})


def _in_repository(root: str) -> bool:
    """Whether git is worth asking."""
    folder = os.path.realpath(root)
    while not os.path.lexists(os.path.join(folder, ".git")):
        if folder == os.path.dirname(folder):
            return False
        folder = os.path.dirname(folder)
    return True
