"""A snapshot of a project: links where nothing changed, whole copies where something did."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import FileFact
from caliban.runtime.building.content import digest_of_file
from caliban.runtime.building.snapshot import take_snapshot

BLOCK = 1 << 20


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "m").mkdir(parents=True)
    (folder / "m/x.py").write_text("print(1)")
    (folder / "m/run.sh").write_text("true")
    (folder / "m/run.sh").chmod(0o755)
    (folder / "m/link").symlink_to("x.py")
    (folder / "m").chmod(0o500)
    return folder


def facts(project: Path) -> tuple[FileFact, ...]:
    disk = Disk(str(project))
    return tuple(sorted((*disk.scan("."), *disk.scan("m"))))


def digests(project: Path) -> dict[FileFact, bytes]:
    regular = (fact for fact in facts(project) if stat.S_ISREG(fact.mode))
    return {fact: digest_of_file(str(project / fact.path), fact.size) for fact in regular}


def snapshot(project: Path, *copied: str, target: Path | None = None) -> tuple[Path, dict[str, bytes]]:
    place = target or project.parent / "snapshot"
    taken = take_snapshot(str(project), facts(project), set(copied), digests(project), str(place))
    return place, {fact.path: digest for fact, digest in taken}


def seen(folder: Path) -> dict[str, tuple[int, bytes]]:
    """All that a builder reads of a folder: modes and contents, by path."""
    found = {}
    for path in folder.rglob("*"):
        content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(folder))] = (path.lstat().st_mode, content)
    return found


@contextmanager
def writing(path: Path, *, after: int) -> Iterator[None]:
    """Somebody who writes blocks into a file until this ends, from its beginning again `after` so many."""
    stop = Event()

    def write() -> None:
        with open(path, "r+b", buffering=0) as file:
            for number in count():
                file.seek(number % after * BLOCK)
                file.write(bytes([number // after % 256]) * BLOCK)
                if stop.is_set():
                    return

    thread = Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_snapshot_is_what_the_project_is(project: Path) -> None:
    place, _ = snapshot(project, "m/x.py")
    assert seen(place) == seen(project)


def test_what_did_not_change_is_linked_and_what_did_is_copied(project: Path) -> None:
    place, _ = snapshot(project, "m/x.py")
    shared = {name: (project / "m" / name).samefile(place / "m" / name) for name in ("x.py", "run.sh")}
    assert shared == {"x.py": False, "run.sh": True}


def test_the_builder_takes_a_link_for_the_same_file_and_a_copy_for_another(project: Path) -> None:
    place, _ = snapshot(project, "m/x.py")
    same = {
        name: (project / "m" / name).lstat().st_mtime_ns == (place / "m" / name).lstat().st_mtime_ns
        for name in ("x.py", "run.sh", "link")
    }
    assert same == {"x.py": False, "run.sh": True, "link": True}


def test_each_file_has_the_digest_of_what_is_in_the_snapshot(project: Path) -> None:
    _, found = snapshot(project, "m/x.py")
    assert found == {
        "m": b"",
        "m/link": hashlib.sha256(b"x.py").digest(),
        "m/run.sh": hashlib.sha256(b"true").digest(),
        "m/x.py": hashlib.sha256(b"print(1)").digest(),
    }


def test_a_file_that_was_replaced_since_is_copied_as_it_is_now(project: Path) -> None:
    known, files = digests(project), facts(project)
    (project / "m").chmod(0o700)
    (project / "new").write_text("print(2)")
    (project / "new").rename(project / "m/x.py")
    place = project.parent / "snapshot"
    take_snapshot(str(project), files, set(), known, str(place))
    assert (place / "m/x.py").read_text() == "print(2)"


def test_a_file_that_is_gone_is_left_out(project: Path) -> None:
    known, files = digests(project), facts(project)
    (project / "m").chmod(0o700)
    (project / "m/run.sh").unlink()
    taken = take_snapshot(str(project), files, set(), known, str(project.parent / "snapshot"))
    assert [fact.path for fact, _ in taken] == ["m", "m/link", "m/x.py"]


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="needs a second file system")
def test_between_file_systems_all_is_copied(project: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        if os.stat(folder).st_dev == project.stat().st_dev:
            pytest.skip("needs a second file system")
        place, _ = snapshot(project, target=Path(folder) / "snapshot")
        (place / "m").chmod(0o700)
        assert {name: content for name, (_, content) in seen(place).items()} == {
            name: content for name, (_, content) in seen(project).items()
        }


def test_a_file_that_only_grows_is_copied_whole(project: Path) -> None:
    log = project / "log"
    log.write_bytes(b"")
    with writing(log, after=1 << 40):
        place, found = snapshot(project, "log")
        copied = (place / "log").read_bytes()
        assert (copied, found["log"]) == (bytes(len(copied)), hashlib.sha256(copied).digest())


def test_a_file_that_is_overwritten_all_the_time_is_refused_and_named(project: Path) -> None:
    (project / "big").write_bytes(b"x" * BLOCK * 32)
    with writing(project / "big", after=32), pytest.raises(Rejected) as rejected:
        snapshot(project, "big")
    problem, code = rejected.value.diagnostics[0], rejected.value.exit_code
    assert (code, problem.code, problem.place) == (2, "kept-changing", Place(source="big"))


def test_a_file_that_has_no_room_is_refused_and_named(project: Path) -> None:
    with open(project / "big", "wb") as file:
        file.truncate(1 << 43)
    files = facts(project)
    with pytest.raises(Rejected) as rejected:
        take_snapshot(str(project), files, {"big"}, {}, str(project.parent / "snapshot"))
    assert (rejected.value.exit_code, "'big'" in rejected.value.diagnostics[0].message) == (2, True)


def test_what_takes_the_place_of_a_file_is_not_followed_and_not_waited_for(project: Path) -> None:
    known, files = digests(project), facts(project)
    (project / "m").chmod(0o700)
    (project / "m/x.py").unlink()
    (project / "m/x.py").symlink_to("/etc/passwd")
    (project / "m/run.sh").unlink()
    os.mkfifo(project / "m/run.sh")
    taken = take_snapshot(str(project), files, {"m/x.py"}, known, str(project.parent / "snapshot"))
    assert [fact.path for fact, _ in taken] == ["m", "m/link"]
