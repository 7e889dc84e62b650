"""Folders that only one process needs: removed by it, or by the next one."""

import os
import socket
import stat
import subprocess
import time
from pathlib import Path

import pytest

from caliban.runtime.running.owner import owner_of_process
from caliban.runtime.state.temporary import remove_folder, remove_leftovers, temporary_folder

DAY = 86_400


def left(state: Path, owner: str, host: str = "", *, name: str = "build-x") -> Path:
    """A folder as a process of that owner would leave it."""
    folder = state / name
    folder.mkdir()
    (folder / "owner").write_text(f"{owner}\n{host or socket.gethostname()}")
    (folder / "Dockerfile").write_text("FROM x")
    return folder


def dead() -> str:
    process = subprocess.Popen(["true"])
    process.wait()
    uid, _, start, boot = owner_of_process()[0].split(":")
    return f"{uid}:{process.pid}:{start}:{boot}"


def test_a_folder_is_there_while_it_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), temporary_folder(str(tmp_path)) as folder:
        remove_leftovers(str(tmp_path))
        assert os.path.isdir(folder)
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    left(tmp_path, dead())
    remove_leftovers(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_what_was_left_before_a_boot_is_removed(tmp_path: Path) -> None:
    uid, pid, start, _ = owner_of_process()[0].split(":")
    left(tmp_path, f"{uid}:{pid}:{start}:another-boot-4026531836")
    remove_leftovers(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_what_may_be_in_use_elsewhere_stays(tmp_path: Path) -> None:
    uid, pid, start, boot = owner_of_process()[0].split(":")
    namespace = f"{boot.rpartition('-')[0]}-1"
    folders = [
        left(tmp_path, dead(), "elsewhere", name="build-host"),
        left(tmp_path, f"{int(uid) + 1}:{dead().partition(':')[2]}", name="build-user"),
        left(tmp_path, f"{uid}:{pid}:{start}:{namespace}", name="build-container"),
        left(tmp_path, dead(), name="keys"),
    ]
    remove_leftovers(str(tmp_path))
    assert sorted(tmp_path.iterdir()) == sorted(folders)


@pytest.mark.parametrize(("days", "stays"), [(0, True), (2, False)])
def test_a_folder_that_names_no_owner_stays_for_a_day(days: int, stays: bool, tmp_path: Path) -> None:
    folder = tmp_path / "build-x"
    folder.mkdir()
    os.utime(folder, (time.time() - days * DAY,) * 2)
    remove_leftovers(str(tmp_path))
    assert folder.exists() is stays


def test_removing_a_folder_changes_no_file_that_is_linked_in_it(tmp_path: Path) -> None:
    users = tmp_path / "users.txt"
    users.write_text("precious")
    users.chmod(0o400)
    folder = tmp_path / "build-x"
    (folder / "closed" / "deeper").mkdir(parents=True)
    os.link(users, folder / "closed" / "deeper" / "users.txt")
    (folder / "closed" / "deeper").chmod(0o500)
    (folder / "closed").chmod(0o000)
    remove_folder(str(folder))
    assert (folder.exists(), users.read_text(), stat.S_IMODE(users.stat().st_mode)) == (False, "precious", 0o400)
