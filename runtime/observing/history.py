"""The frequency of changes in the project's folders, from the last commits and builds."""

import os
import sqlite3
from collections.abc import Mapping

from caliban.compiler.lowering.observed import History
from caliban.runtime.building.bands import read_bands
from caliban.runtime.observing import git
from caliban.runtime.session import Session

COMMITS = 500  # that are counted; older ones say little, and a long history must not cost more
SEARCHED = 5000  # for commits that touch a project which is only a part of its repository
_LOG = (
    *("log", f"--max-count={COMMITS}", "--format=%x01%D", "--decorate=short", "--decorate-refs-exclude=*"),
    *("--name-only", "--relative", "--no-renames", "-z", "--no-show-signature", "--no-ext-diff", "--no-textconv"),
)


def observe_history(session: Session, *, ask_git: bool = True) -> History:
    """Return the history from git and caliban's index; empty if they have none, and never an error."""
    commits, committed = _committed(session.root) if ask_git else (0, {})
    index = session.known_index
    if index is None:
        return History(commits=commits, committed=committed)
    try:
        built, orders = index.layers(session.root)
        bands = {mode: read_bands(text) for mode, text in index.bands(session.root).items()}
    except sqlite3.Error:
        return History(commits=commits, committed=committed)
    return History(commits=commits, committed=committed, built=built, layer_orders=orders, bands=bands)


def count_changes(log: str) -> tuple[int, dict[str, int]]:
    """The number of commits in the output of that `git log`, and in how many of them each file and folder changed.

    Where a clone was cut off ('grafted'), the oldest commit seems to add all that is there: it says nothing.
    """
    commits = [commit for commit in log.split("\x01")[1:] if not commit.startswith("grafted")]
    counts: dict[str, int] = {}
    for commit in commits:
        touched: set[str] = set()
        for name in commit.split("\0")[1:]:
            path = name.strip("\n")
            while path and path not in touched:
                touched.add(path)
                path = path.rpartition("/")[0]
        for path in (*touched, *((".",) if touched else ())):
            counts[path] = counts.get(path, 0) + 1
    return len(commits), counts


def _committed(root: str) -> tuple[int, Mapping[str, int]]:
    repository = _repository(root)
    if repository is None:
        return 0, {}
    searched = () if repository == os.path.realpath(root) else _last_commits(root)
    log = git.ask_git(root, (*_LOG, *searched, "--", "."))
    return count_changes(log) if log is not None else (0, {})


def _repository(root: str) -> str | None:
    """The folder with the repository that a project is in, where git is worth asking."""
    folder = os.path.realpath(root)
    while not os.path.lexists(os.path.join(folder, ".git")):
        if folder == os.path.dirname(folder):
            return None
        folder = os.path.dirname(folder)
    return folder


def _last_commits(root: str) -> tuple[str, ...]:
    """A range of commits that ends `SEARCHED` before the last: git would search 100,000 for the few of a folder."""
    oldest = git.ask_git(root, ("rev-list", "--max-count=1", f"--skip={SEARCHED}", "HEAD"))
    return (f"{oldest.strip()}..HEAD",) if oldest and oldest.strip() else ()
