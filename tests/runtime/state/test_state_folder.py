"""Caliban's own folder: private whatever the umask, and believed only where it is."""

import os
import resource
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from projects import told

from caliban.compiler.diagnostics import ENGINE, Rejected
from caliban.compiler.input.project import FileFact
from caliban.runtime.building.records import Record, keep_record, last_records
from caliban.runtime.state.folder import existing_folder, state_folder
from caliban.runtime.state.index import State

FACT = FileFact("train.py", 0o100644, 1, 2, 3, 4)
RECORD = Record(when=1.0, image="", base=None, dockerfile="", owner="0:0", platform=None, files={}, timeline=())


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("no_umask")
def test_what_caliban_writes_is_for_its_user_alone(tmp_path: Path) -> None:
    folder = state_folder({"CALIBAN_HOME": str(tmp_path / "new/deep/caliban")})
    State(folder).note_files("/project", {FACT: b"digest"})
    keep_record(folder, "/project", "cpu", RECORD)
    seen_by_others = [path for path in (tmp_path / "new", *tmp_path.rglob("*")) if path.stat().st_mode & 0o077]
    assert (seen_by_others, sorted(os.listdir(folder))) == ([], ["builds", "contexts", "index.sqlite"])


@pytest.fixture
def full_disk() -> Iterator[None]:
    """A limit for the size of files, which ends a write as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_leaves_the_state_as_it_was(tmp_path: Path) -> None:
    folder = state_folder({"CALIBAN_HOME": str(tmp_path)})
    keep_record(folder, "/project", "cpu", RECORD)
    many = {FACT._replace(path=f"{number}.py"): b"digest" * 9 for number in range(5000)}
    with pytest.raises(sqlite3.OperationalError, match=r"full|disk I/O"):
        State(folder).note_files("/project", many)
    with pytest.raises(OSError, match="too large"):
        keep_record(folder, "/project", "cpu", replace(RECORD, dockerfile=secrets.token_hex(400_000)))
    assert (State(folder).digests("/project"), last_records(folder, "/project", "cpu", 9)) == ({}, (RECORD,))
    assert list(tmp_path.rglob("*.part")) == []


def refusal(home: Path) -> str:
    with pytest.raises(Rejected) as caught:
        state_folder({"CALIBAN_HOME": str(home)})
    assert caught.value.exit_code == ENGINE
    return told(caught.value)


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o1777])
def test_a_folder_in_which_others_may_write_is_not_believed(mode: int, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(mode)
    (home / "index.sqlite").touch()
    assert "cannot be trusted: others may write in it" in refusal(home)
    assert existing_folder({"CALIBAN_HOME": str(home)}) is None


def test_a_folder_of_somebody_else_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)  # as if another user had started caliban
    assert f"it belongs to uid {tmp_path.stat().st_uid}" in refusal(tmp_path)


def test_a_folder_that_others_may_read_is_used_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert state_folder({"CALIBAN_HOME": str(tmp_path)}) == str(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_what_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be used: " in refusal(tmp_path / "file")
