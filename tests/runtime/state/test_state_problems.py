"""The index that cannot be used: a remedy for each cause."""

import errno
import sqlite3

import pytest

from caliban.runtime.state.problems import state_forgotten


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (sqlite3.OperationalError("database or disk is full"), "free some space"),
        (OSError(errno.ENOSPC, "No space left on device"), "free some space"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "free some space"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "make it writable"),
        (sqlite3.OperationalError("unable to open database file"), "make it writable"),
        (sqlite3.OperationalError("database is locked"), "let the other caliban end"),
        (sqlite3.DatabaseError("malformed"), "if it stays so: rm '/a b/index.sqlite'"),
    ],
)
def test_only_a_damaged_index_is_to_be_deleted(error: Exception, remedy: str) -> None:
    hint = state_forgotten("/a b/index.sqlite", error).hint or ""
    assert (hint.startswith(remedy), "rm " in hint) == (True, remedy.startswith("if"))
