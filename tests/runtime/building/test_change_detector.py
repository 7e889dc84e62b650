"""Which files changed since a build began: seen at the last look, and at no later time."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from caliban.compiler.frontend.project.disk import Disk
from caliban.runtime.building.change_detector import ChangeDetector, Kind
from caliban.runtime.building.content import digest_of_file

A_TICK = 0.02  # seconds: two writes within less may leave the same mtime

Change = Callable[[Path], object]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "m").mkdir()
    (tmp_path / "m/x.py").write_text("1")
    (tmp_path / "m/link").symlink_to("x.py")
    return tmp_path


def detector(project: Path, *, whole: bool = True) -> ChangeDetector:
    disk = Disk(str(project))
    return ChangeDetector(str(project), (*disk.scan("."), *sorted(disk.scan("m"))), whole=whole)


def changed(watching: ChangeDetector) -> tuple[str, ...]:
    return tuple(change.before.path for change in watching.changes)


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (Path.exists, ()),
        (lambda project: (project / "m/x.py").read_text(), ()),
        (lambda project: (project / "m/x.py").write_text("longer"), ("m/x.py",)),
        (lambda project: (project / "m/x.py").chmod(0o755), ("m/x.py",)),
        (lambda project: (project / "m/x.py").unlink(), ("m", "m/x.py")),
        (lambda project: (project / "m/new.py").touch(), ("m",)),
        (lambda project: (project / "new").mkdir(), (".",)),
    ],
)
def test_what_differs_is_named(change: Change, seen: tuple[str, ...], project: Path) -> None:
    watching = detector(project)
    change(project)
    assert changed(watching) == seen


def test_a_folder_that_no_layer_reads_may_change(project: Path) -> None:
    watching = detector(project, whole=False)
    (project / "results").mkdir()
    assert changed(watching) == ()


def test_what_happens_after_the_last_look_is_in_no_image(project: Path) -> None:
    watching = detector(project)
    watching.look()
    (project / "m/x.py").write_text("longer")
    assert changed(watching) == ()


def test_a_later_look_counts(project: Path) -> None:
    watching = detector(project)
    watching.look()
    (project / "m/x.py").write_text("longer")
    watching.look()
    assert changed(watching) == ("m/x.py",)


def replace(file: Path, text: str) -> None:
    other = file.with_name("other")
    other.write_text(text)
    time.sleep(A_TICK)
    other.rename(file)


def append(file: Path, text: str) -> None:
    with open(file, "a") as appended:
        appended.write(text)


def overwrite(file: Path, text: str, *, times: tuple[int, int] | None = None) -> None:
    with open(file, "r+") as overwritten:
        overwritten.write(text)
    if times is not None:
        os.utime(file, ns=times)


def write_anew(file: Path, text: str) -> None:
    """As `cp` does once the file is removed: maybe while the builder reads it."""
    file.rename(file.with_name("old"))
    file.write_text(text)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda file: replace(file, "two"), Kind.REPLACED),
        (lambda file: replace(file, "one and more"), Kind.REPLACED),
        (Path.unlink, Kind.REPLACED),
        (lambda file: file.chmod(0o755), Kind.REPLACED),
        (lambda file: append(file, " and more"), Kind.APPENDED),
        (lambda file: overwrite(file, "two"), Kind.OVERWRITTEN),
        (lambda file: overwrite(file, "two", times=(1, 1)), Kind.OVERWRITTEN),
        (lambda file: overwrite(file, "two and more"), Kind.OVERWRITTEN),
        (lambda file: os.truncate(file, 1), Kind.OVERWRITTEN),
        (lambda file: overwrite(file, "one"), Kind.OVERWRITTEN),  # a builder may have read it while it was empty
        (lambda file: write_anew(file, "two"), Kind.OVERWRITTEN),
        (lambda file: os.link(file, file.with_name("link")), Kind.NONE),
    ],
)
def test_a_change_is_known_by_inode_times_and_first_bytes(change: Change, kind: Kind, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("one")
    os.utime(file, ns=(1, 1))
    fact = Disk(str(tmp_path)).fact("file")
    assert fact is not None
    digests = {fact: digest_of_file(str(file), fact.size)}
    watching = ChangeDetector(str(tmp_path), (fact,), whole=False)
    change(file)
    found = watching.sorted_changes(digests)
    assert [each for each, changes in found.items() if changes] == [kind]


def test_a_file_of_which_nothing_is_known_counts_as_overwritten(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("one")
    watching = ChangeDetector(str(tmp_path), tuple(Disk(str(tmp_path)).scan(".")), whole=False)
    append(tmp_path / "file", " and more")
    assert len(watching.sorted_changes({})[Kind.OVERWRITTEN]) == 1


def test_a_fresh_file_whose_bytes_are_others_counts_as_overwritten(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("one")
    (fact,) = Disk(str(tmp_path)).scan(".")
    watching = ChangeDetector(str(tmp_path), (fact,), whole=False)
    found = watching.sorted_changes({fact: b"of what was there when the write had just begun"})
    assert found[Kind.OVERWRITTEN] == [(fact, fact)]
