from pathlib import Path

from caliban.runtime.building.log import Vertex
from caliban.runtime.building.records import KEPT, Record, keep_record, last_records


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
    (first,) = (path for path in tmp_path.rglob("*") if path.is_file())
    first.rename(first.with_name(f"{9 * 10**18:020}"))  # the clock was in the year 2255
    keep_record(str(tmp_path), "/project", "cpu", record(2.0))
    assert last_records(str(tmp_path), "/project", "cpu", 1) == (record(2.0),)


def test_a_damaged_record_is_passed_over(tmp_path: Path) -> None:
    for when in (1.0, 2.0):
        keep_record(str(tmp_path), "/project", "cpu", record(when))
    newest = max(path for path in tmp_path.rglob("*") if path.is_file())
    newest.write_bytes(newest.read_bytes()[:20])
    assert last_records(str(tmp_path), "/project", "cpu", 2) == (record(1.0),)


def test_records_are_for_nobody_else(tmp_path: Path) -> None:
    keep_record(str(tmp_path), "/project", "cpu", record(1.0))
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "builds").rglob("*")}
    assert modes == {0o700, 0o600}


def test_without_a_build_there_is_none(tmp_path: Path) -> None:
    assert last_records(str(tmp_path), "/project", "cpu", 2) == ()
