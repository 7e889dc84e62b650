"""What is noted of a run is there for a later caliban, and goes with it."""

import os
import time
from pathlib import Path

from caliban.runtime.running.notes import Note, prune_notes, read_note, remove_note, write_note


def test_a_note_is_read_as_it_was_written(tmp_path: Path) -> None:
    note = Note(output="/r/\udcff\n", since=1, until=2, lost=time.time())
    write_note(str(tmp_path), "c", note)
    assert (read_note(str(tmp_path), "c"), note.is_kept) == (note, True)
    remove_note(str(tmp_path), "c")
    assert read_note(str(tmp_path), "c") is None


def test_what_is_no_note_is_none(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    for text in ("", "[]", '{"output": ', '{"unknown": 1}', "1"):
        (tmp_path / "runs" / "c").write_text(text)
        assert read_note(str(tmp_path), "c") is None


def test_a_full_disk_ends_no_run(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("no folder")
    write_note(str(tmp_path), "c", Note(output="/r"))
    prune_notes(str(tmp_path), ())
    assert read_note(str(tmp_path), "c") is None


def test_notes_of_containers_that_are_gone_go_after_a_year(tmp_path: Path) -> None:
    for name in ("old", "kept", "new"):
        write_note(str(tmp_path), name, Note(output="/r"))
        if name != "new":
            os.utime(tmp_path / "runs" / name, (0, 0))
    prune_notes(str(tmp_path), {"kept"})
    assert sorted(os.listdir(tmp_path / "runs")) == ["kept", "new"]
