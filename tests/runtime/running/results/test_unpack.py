"""Nothing that lies in a folder of results leads out of it, and no file is there by half."""

import errno
import gc
import io
import os
import resource
import subprocess
import tarfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import pytest

from caliban.runtime.running.results.stream import ForwardReader, MemberContent, members
from caliban.runtime.running.results.unpack import Unpacker

LATER = time.time_ns() + 10**12  # ns
FILE, LINK, HARD, FOLDER, PIPE = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE


def stream(*entries: tuple[str, bytes, str]) -> IO[bytes]:
    """A tar stream of these names, types, and contents or targets."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, kind, text in entries:
            member = tarfile.TarInfo(name)
            member.type, member.mode = kind, 0o4755 if kind == FILE else 0o700
            member.size, member.linkname = (len(text), "") if kind == FILE else (0, text)
            archive.addfile(member, io.BytesIO(text.encode()))
    made.seek(0)
    return made


def unpack(source: IO[bytes], target: Path, *, since: int = 0, until: int = 0) -> Unpacker:
    unpacker = Unpacker(str(target), since, until, ".passing")
    try:
        for member, content in members(source):
            if member.islnk():
                unpacker.link(member.name, member.linkname)
            else:
                unpacker.put(member.name, member, content)
    finally:
        unpacker.close()
    return unpacker


def tree(folder: Path) -> Mapping[str, str]:
    """Files with their contents, links with their targets, empty folders."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = path.read_text()
        elif not any(path.iterdir()):
            found[name] = "empty"
    return found


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A folder that nothing may be written to."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "kept").write_text("kept")
    yield folder
    assert tree(folder) == {"kept": "kept"}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


def test_files_folders_and_links_arrive_as_they_are(target: Path) -> None:
    folders, links = (("d", FOLDER, ""), ("d/e", FOLDER, "")), (("d/l", LINK, "/etc"), ("d/h", HARD, "d/f"))
    unpack(stream(*folders, ("d/f", FILE, "x"), *links), target)
    assert tree(target) == {"d/e": "empty", "d/f": "x", "d/h": "x", "d/l": "-> /etc"}
    assert (target / "d/f").stat().st_mode & 0o7777 == 0o755 and (target / "d").stat().st_mode & 0o777 == 0o700
    assert (target / "d/f").stat().st_ino == (target / "d/h").stat().st_ino


def test_pipes_and_devices_are_named_and_left_out(target: Path) -> None:
    assert unpack(stream(("p", PIPE, ""), ("f", FILE, "x")), target).skipped == ["p"]
    assert tree(target) == {"f": "x"}


@pytest.mark.parametrize("link", ["d", "d/e"])
def test_a_link_on_the_way_is_never_followed(link: str, target: Path, outside: Path) -> None:
    (target / link).parent.mkdir(exist_ok=True)
    (target / link).symlink_to(outside)
    folders = (("d", FOLDER, ""), ("d/e", FOLDER, ""))
    unpack(stream(*folders, ("d/e/kept", FILE, "theirs"), ("d/e/h", HARD, "d/e/kept")), target)
    moved = "d.app/e" if link == "d" else "d/e.app"
    assert tree(target) == {link: f"-> {outside}", f"{moved}/h": "theirs", f"{moved}/kept": "theirs"}


def test_a_link_in_the_place_of_a_file_is_not_written_through(target: Path, outside: Path) -> None:
    (target / "f").symlink_to(outside / "kept")
    unpack(stream(("f", FILE, "x")), target)
    assert tree(target) == {"f": "x"}


def test_what_an_earlier_run_left_is_replaced(target: Path) -> None:
    (target / "f").write_text("old")
    os.link(target / "f", target / "other name")
    unpack(stream(("f", FILE, "new"), ("other name", FILE, "new")), target)
    assert tree(target) == {"f": "new", "other name": "new"}


def test_what_the_run_itself_wrote_stays_and_the_other_one_gets_a_name(target: Path) -> None:
    (target / "f").write_text("mine")
    (target / "f.app").write_text("mine too")
    (target / "d").write_text("a file")
    unpacker = unpack(stream(("f", FILE, "theirs"), ("d", FOLDER, ""), ("d/x", FILE, "in")), target, until=LATER)
    assert tree(target) == {"d": "a file", "d.app/x": "in", "f": "mine", "f.app": "mine too", "f.app.app": "theirs"}
    assert unpacker.renamed == {"f": "f.app.app", "d": "d.app"}


def test_what_a_killed_attempt_brought_is_no_file_of_the_run(target: Path) -> None:
    (target / "mine").write_text("mine")
    time.sleep(0.03)  # the clock of a file system may be behind
    until = time.time_ns()
    time.sleep(0.03)
    for _ in range(2):
        unpack(stream(("f", FILE, "theirs"), ("mine", FILE, "theirs")), target, until=until)
    (target / ".passing").write_text("half")
    unpack(stream(("f", FILE, "theirs")), target, until=until)
    assert tree(target) == {"f": "theirs", "mine": "mine", "mine.app": "theirs"}


def test_a_name_that_is_as_long_as_can_be_is_cut_for_its_ending(target: Path) -> None:
    name = "é" * 127
    for each in (name, f"{name[:-2]}.app"):
        (target / each).write_text("mine")
    unpack(stream((name, FILE, "theirs")), target, until=LATER)
    assert tree(target)[f"{name[:-4]}.app.app"] == "theirs"


def test_folders_may_be_deeper_than_files_may_be_open_and_paths_be_long(target: Path) -> None:
    deep = ["/".join(["d" * 20] * depth) for depth in range(1, 301)]
    folders = [(path, FOLDER, "") for path in deep]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    try:
        unpacker = unpack(stream(*folders, (f"{deep[-1]}/f", FILE, "x"), ("top", FILE, "y")), target)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    found = subprocess.run(("find", target, "-type", "f", "-printf", "%d%f "), capture_output=True, check=True).stdout
    assert (unpacker.files, unpacker.failed, sorted(found.split())) == (2, {}, [b"1top", b"301f"])


def test_a_folder_that_may_not_be_written_to_does_not_keep_the_others_back(target: Path) -> None:
    source = stream(("d", FOLDER, ""), ("d/f", FILE, "x"), ("e", FILE, "y"))
    unpacker = Unpacker(str(target), 0, 0, ".passing")
    (target / ".passing").mkdir()  # no file can be made in the top folder
    for member, content in members(source):
        unpacker.put(member.name, member, content)
    unpacker.close()
    assert list(unpacker.failed) == ["e"] and (target / "d/f").read_text() == "x"


def test_a_folder_that_an_earlier_run_made_unwritable_is_so_again(target: Path) -> None:
    (target / "d").mkdir(mode=0o555)
    unpack(stream(("d/f", FILE, "x")), target)
    assert ((target / "d").stat().st_mode & 0o777, tree(target)) == (0o555, {"d/f": "x"})


def test_a_full_disk_ends_it(target: Path) -> None:
    class FullDisk(MemberContent):
        def write_to(self, _file: io.RawIOBase) -> int:
            raise OSError(errno.ENOSPC, "full")

    unpacker = Unpacker(str(target), 0, 0, ".passing")
    with pytest.raises(OSError, match="full"):
        unpacker.put("f", tarfile.TarInfo("f"), FullDisk(ForwardReader(stream()), 1))
    unpacker.close()
    assert (tree(target), unpacker.failed) == ({}, {})


def test_a_folder_in_the_place_of_a_file_stays(target: Path) -> None:
    (target / "f").mkdir()
    unpack(stream(("f", FILE, "x")), target)
    assert tree(target) == {"f": "empty", "f.app": "x"}


def test_a_stream_that_is_cut_off_leaves_no_half_of_a_file(target: Path) -> None:
    whole = stream(("a", FILE, "x" * 2000), ("b", FILE, "y" * 50_000)).read()
    with pytest.raises((tarfile.TarError, OSError)):
        unpack(io.BytesIO(whole[:20_000]), target)
    assert {name: len(text) for name, text in tree(target).items()} == {"a": 2000}


def test_members_are_forgotten_once_they_are_unpacked(target: Path) -> None:
    unpacker = Unpacker(str(target), 0, 0, ".passing")
    alive = 0
    for member, content in members(stream(*((f"f{number}", FILE, "x") for number in range(100)))):
        unpacker.put(member.name, member, content)
        alive = sum(isinstance(each, tarfile.TarInfo) for each in gc.get_objects())
    unpacker.close()
    assert (unpacker.files, alive < 5) == (100, True)
