"""The index: whatever became of its file, it costs a build at most; the newest images are kept."""

import sqlite3
from pathlib import Path

import pytest

from caliban.runtime.interrupts import Interrupts
from caliban.runtime.observing.history import observe_history
from caliban.runtime.session import Session
from caliban.runtime.state.index import Image, State

NEWER = 99  # of the index, made by a later caliban


def image(number: int) -> Image:
    return Image(f"fingerprint-{number}", f"sha256:{number}", None, f"caliban/p:cpu-{number}", "python:3.11")


def index(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "index.sqlite", isolation_level=None)


@pytest.mark.parametrize("version", [1, NEWER])
def test_an_index_of_another_version_is_made_anew(version: int, tmp_path: Path) -> None:
    State(str(tmp_path)).note_image("/p", "cpu", image(1))
    index(tmp_path).execute(f"PRAGMA user_version = {version}")
    state = State(str(tmp_path))
    assert state.image("fingerprint-1", "/p") is None
    state.note_image("/p", "cpu", image(2))
    assert State(str(tmp_path)).image("fingerprint-2", "/p") == image(2)


@pytest.mark.parametrize("damage", [b"", b"no database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_index_is_made_anew(damage: bytes, tmp_path: Path) -> None:
    State(str(tmp_path)).note_image("/p", "cpu", image(1))
    (tmp_path / "index.sqlite").write_bytes(damage)
    assert State(str(tmp_path)).image("fingerprint-1", "/p") is None


def test_an_index_that_another_process_is_writing_can_be_read(tmp_path: Path) -> None:
    State(str(tmp_path)).note_image("/p", "cpu", image(1))
    writer = index(tmp_path)
    writer.execute("BEGIN IMMEDIATE")
    assert State(str(tmp_path)).image("fingerprint-1", "/p") == image(1)


def test_an_index_that_is_damaged_inside_tells_the_history_nothing(tmp_path: Path) -> None:
    State(str(tmp_path)).note_bands("/p", "cpu", "[]")
    index(tmp_path).execute("DROP TABLE layers")
    session = Session("/p", {"CALIBAN_HOME": str(tmp_path)}, Interrupts())
    assert observe_history(session, ask_git=False).layer_orders == {}


def test_an_image_from_the_future_does_not_make_new_ones_old(tmp_path: Path) -> None:
    state = State(str(tmp_path))
    state.note_image("/p", "cpu", image(1))
    index(tmp_path).execute("UPDATE images SET used = 9e9")  # a time, as earlier versions wrote; the year 2255
    for number in (2, 3):
        state.note_image("/p", "cpu", image(number))
    assert state.superseded("/p", "cpu", keep=2) == [image(1)]


def test_projects_of_equal_content_each_have_their_image(tmp_path: Path) -> None:
    state = State(str(tmp_path))
    of_q = image(1)._replace(tag="caliban/q:cpu-1")
    state.note_image("/p", "cpu", image(1))
    state.note_image("/q", "cpu", of_q)
    assert (state.image("fingerprint-1", "/p"), state.newest("/q", "cpu")) == (image(1), of_q)
    state.forget_image("/q", "cpu", of_q)
    assert (state.newest("/p", "cpu"), state.newest("/q", "cpu")) == (image(1), None)


def test_a_tag_that_another_project_of_the_name_has_is_known(tmp_path: Path) -> None:
    state = State(str(tmp_path))
    state.note_image("/p", "cpu", image(1))
    assert [state.has_another(root, image(1).tag) for root in ("/p", "/other/p")] == [False, True]
