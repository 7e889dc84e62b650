import os
import time
from pathlib import Path

from caliban.runtime.building.records import (
    KEPT,
    Record,
    keep_log_of_failure,
    keep_record,
    last_log,
    last_records,
    read_log,
)
from caliban.runtime.building.timeline import Vertex


def record(when: float) -> Record:
    return Record(
        when=when,
        image=f"sha256:{when}",
        base=None,
        dockerfile="FROM scratch\n",
        owner="1000:1000",
        platform=None,
        files={"größe\udcff.py": "0123"},
        timeline=(Vertex("[1/1] FROM scratch", True, 0.0, 0.1),),
    )


def test_the_last_records_come_back_newest_first(tmp_path: Path) -> None:
    for when in range(KEPT + 3):
        keep_record(str(tmp_path), "/project", "cpu", record(float(when)))
    keep_record(str(tmp_path), "/project", "gpu", record(99.0))
    newest = [float(when) for when in range(KEPT + 2, 2, -1)]
    assert list(last_records(str(tmp_path), "/project", "cpu", 99)) == [record(when) for when in newest]


def test_a_record_from_the_future_is_not_the_newest_for_ever(tmp_path: Path) -> None:
    keep_record(str(tmp_path), "/project", "cpu", record(1.0))
    (first,) = (path for path in tmp_path.rglob("*") if path.name.isdigit())
    first.rename(first.with_name(f"{9 * 10**18:020}"))  # the clock was in the year 2255
    keep_record(str(tmp_path), "/project", "cpu", record(2.0))
    assert last_records(str(tmp_path), "/project", "cpu", 1) == (record(2.0),)


def test_a_damaged_record_is_passed_over(tmp_path: Path) -> None:
    for when in (1.0, 2.0):
        keep_record(str(tmp_path), "/project", "cpu", record(when))
    newest = max(path for path in tmp_path.rglob("*") if path.name.isdigit())
    newest.write_bytes(newest.read_bytes()[:20])
    assert last_records(str(tmp_path), "/project", "cpu", 2) == (record(1.0),)


def test_records_are_for_nobody_else(tmp_path: Path) -> None:
    keep_record(str(tmp_path), "/project", "cpu", record(1.0))
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "builds").rglob("*")}
    assert modes == {0o700, 0o600}


def test_without_a_build_there_is_none(tmp_path: Path) -> None:
    assert last_records(str(tmp_path), "/project", "cpu", 2) == ()


def test_half_a_record_that_a_killed_caliban_left_is_removed(tmp_path: Path) -> None:
    keep_record(str(tmp_path), "/project", "cpu", record(1.0))
    (place,) = (tmp_path / "builds").iterdir()
    for name, age in (("1.part", 2 * 86_400), ("2.part", 0)):
        (place / name).touch()
        os.utime(place / name, (time.time() - age,) * 2)
    keep_record(str(tmp_path), "/project", "cpu", record(2.0))
    assert sorted(path.name for path in place.glob("*.part")) == ["2.part"]


def logs(home: Path) -> list[str]:
    return [path.read_text() for path in sorted(home.rglob("*.log"))]


def test_a_record_has_the_whole_log_of_its_build_beside_it(tmp_path: Path) -> None:
    for when in range(KEPT + 2):
        keep_record(str(tmp_path), "/project", "cpu", record(float(when)), f"log {when}, \udcff\n")
    path = last_log(str(tmp_path), "/project", "cpu")
    assert path is not None
    assert (read_log(path), len(logs(tmp_path))) == (f"log {KEPT + 1}, \\udcff\n", KEPT)


def test_builds_that_fail_push_no_log_of_a_record_out_and_keep_the_last_of_their_own(tmp_path: Path) -> None:
    keep_record(str(tmp_path), "/project", "cpu", record(1.0), "built")
    paths = [keep_log_of_failure(str(tmp_path), "/project", "cpu", f"failed {number}") for number in range(KEPT + 2)]
    assert (logs(tmp_path), paths[-1]) == (
        ["built", *(f"failed {number}" for number in range(2, KEPT + 2))],
        str(max(tmp_path.rglob("*.log"))),
    )
    last = last_log(str(tmp_path), "/project", "cpu")
    assert last is not None
    assert read_log(last) == "built"


def test_a_log_that_cannot_be_kept_is_no_second_error(tmp_path: Path) -> None:
    (tmp_path / "builds").touch()  # in place of the folder
    assert keep_log_of_failure(str(tmp_path), "/project", "cpu", "failed") is None
    assert read_log(str(tmp_path / "none")) == ""
