"""A build and what loads its archive: two programs and a pipe; which of them is to blame."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from caliban.backends.command import Command
from caliban.runtime.building.watch import Watched, watch
from caliban.runtime.building.witness import Witness
from caliban.runtime.interrupts import SIGNALS, Interrupts
from caliban.runtime.problems.build import not_loaded


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield Interrupts()
    for number, handler in before.items():
        signal.signal(number, handler)


def watched(interrupts: Interrupts, folder: Path, build: str, reader: str | None = None) -> Watched:
    command = Command(groups=(("sh", "-c", build),), reader=("sh", "-c", reader) if reader is not None else ())
    return watch(command, {}, interrupts, Witness(str(folder), (), whole=False), lambda: None)


def test_an_archive_goes_whole_into_what_loads_it(interrupts: Interrupts, tmp_path: Path) -> None:
    done = watched(interrupts, tmp_path, "seq 100000; echo progress >&2", f"cat > {tmp_path}/archive")
    assert (done, len((tmp_path / "archive").read_text().split())) == (Watched(()), 100_000)


def test_an_engine_that_takes_no_archive_is_to_blame(interrupts: Interrupts, tmp_path: Path) -> None:
    done = watched(interrupts, tmp_path, "yes", "echo no space left on device; exit 1")
    assert done == Watched((), not_loaded="no space left on device\n")


def test_an_engine_that_refuses_at_the_end_is_to_blame(interrupts: Interrupts, tmp_path: Path) -> None:
    done = watched(interrupts, tmp_path, "echo all", "cat > /dev/null; echo no >&2; exit 1")
    assert done == Watched((), not_loaded="no\n")


def test_a_build_that_failed_is_to_blame_for_half_an_archive(interrupts: Interrupts, tmp_path: Path) -> None:
    done = watched(interrupts, tmp_path, "echo half; echo ERROR: it failed >&2; exit 1", "cat > /dev/null; exit 1")
    assert done == Watched((), words="ERROR: it failed\n")


def test_a_full_disk_of_the_engine_has_a_name_of_its_own() -> None:
    problems = [not_loaded("write /x: no space left on device\n"), not_loaded("unrecognized image format\n")]
    assert [problem.code for problem in problems] == ["disk-full", "not-loaded"]
