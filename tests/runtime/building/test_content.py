"""The index of contents: what is read again, and when the builder must get a new context."""

import hashlib
import os
import tempfile
from pathlib import Path

import pytest
from msgspec.structs import replace

from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import FileFact
from caliban.runtime.building import content
from caliban.runtime.state.index import State

LONG_AGO = 1_000_000_000  # ns


@pytest.fixture
def state(tmp_path: Path) -> State:
    (tmp_path / "state").mkdir()
    return State(str(tmp_path / "state"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "a.py").write_text("one")
    os.utime(folder / "a.py", ns=(LONG_AGO, LONG_AGO))
    return folder


def facts(project: Path) -> tuple[FileFact, ...]:
    return tuple(sorted(Disk(str(project)).scan(".")))


def known(state: State | None, project: Path) -> content.Content:
    value, warning = content.index_content(state, str(project), facts(project))
    assert warning is None
    return replace(value, digests=())


def test_the_same_files_have_the_same_content_and_context(state: State, project: Path) -> None:
    assert known(state, project) == known(state, project)


def test_a_touched_file_has_the_same_content_and_context(state: State, project: Path) -> None:
    before = known(state, project)
    os.utime(project / "a.py", ns=(2 * LONG_AGO, 2 * LONG_AGO))
    assert known(state, project) == before


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="only a file system in memory keeps such times")
@pytest.mark.parametrize("year", [9999, 1600])
def test_a_time_that_no_database_can_hold_is_a_time(year: int, state: State) -> None:
    nanoseconds = (year - 1970) * 365 * 86_400 * 10**9
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        for text in ("one", "two"):
            (Path(folder) / "a.py").write_text(text)
            os.utime(Path(folder) / "a.py", ns=(nanoseconds, nanoseconds))
            digest = known(state, Path(folder)).digest

            assert digest == known(state, Path(folder)).digest == known(None, Path(folder)).digest
            assert list(Disk(folder).differing(facts(Path(folder)))) == []


def test_an_edit_that_the_builder_sees_keeps_the_context(state: State, project: Path) -> None:
    before = known(state, project)
    (project / "a.py").write_text("other")
    after = known(state, project)
    assert (after.token, after.digest != before.digest) == (before.token, True)


def test_an_edit_that_keeps_size_and_time_gets_a_new_context(state: State, project: Path) -> None:
    before = known(state, project)
    (project / "a.py").write_text("two")
    os.utime(project / "a.py", ns=(LONG_AGO, LONG_AGO))
    after = known(state, project)
    assert (after.token != before.token, after.digest != before.digest) == (True, True)


def test_size_and_time_of_any_earlier_content_count(state: State, project: Path) -> None:
    first = known(state, project)
    (project / "a.py").write_text("something else")
    second = known(state, project)
    (project / "a.py").write_text("two")
    os.utime(project / "a.py", ns=(LONG_AGO, LONG_AGO))
    third = known(state, project)
    assert (second.token == first.token, third.token == first.token) == (True, False)


def test_going_back_to_an_earlier_content_keeps_the_context(state: State, project: Path) -> None:
    first = known(state, project)
    (project / "a.py").write_text("something else")
    known(state, project)
    (project / "a.py").write_text("one")
    os.utime(project / "a.py", ns=(LONG_AGO, LONG_AGO))
    assert known(state, project) == first


def test_what_goes_through_a_new_context_counts_too(
    state: State, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "_RACY", 0)  # what was just written counts as settled
    first = known(state, project)
    content.forget_context(state, str(project), first.token)
    second = known(state, project)
    (project / "a.py").write_text("two")
    os.utime(project / "a.py", ns=(LONG_AGO, LONG_AGO))
    assert len({first.token, second.token, known(state, project).token}) == 3


def test_a_lost_index_gets_a_new_context(state: State, project: Path, tmp_path: Path) -> None:
    before = known(state, project)
    (tmp_path / "state" / "index.sqlite").unlink()
    after = known(State(str(tmp_path / "state")), project)
    assert (after.digest, after.token != before.token) == (before.digest, True)


def test_a_damaged_index_is_made_anew(state: State, project: Path, tmp_path: Path) -> None:
    before = known(state, project)
    (tmp_path / "state" / "index.sqlite").write_bytes(b"no database" * 1000)
    assert known(State(str(tmp_path / "state")), project).digest == before.digest


def test_without_an_index_every_context_is_new(project: Path) -> None:
    first, second = known(None, project), known(None, project)
    assert (first.digest == second.digest, first.token == second.token) == (True, False)


def test_two_projects_of_one_name_have_contexts_of_their_own(state: State, tmp_path: Path) -> None:
    tokens = set()
    for parent in ("x", "y"):
        folder = tmp_path / parent / "same"
        folder.mkdir(parents=True)
        (folder / "a.py").write_text(parent)
        tokens.add(known(state, folder).token)
    assert len(tokens) == 2


def test_a_mode_is_content(state: State, project: Path) -> None:
    before = known(state, project)
    (project / "a.py").chmod(0o755)
    assert known(state, project).digest != before.digest


def test_a_link_is_its_target_and_is_not_followed(state: State, project: Path) -> None:
    (project / "loop").symlink_to("loop")
    before = known(state, project)
    (project / "loop").unlink()
    (project / "loop").symlink_to("gone")
    assert known(state, project).digest != before.digest


def test_what_is_appended_while_a_file_is_read_is_no_part_of_its_digest(project: Path) -> None:
    (project / "log").write_text("one and more")
    assert content.digest_of_file(str(project / "log"), 3) == hashlib.sha256(b"one").digest()


def test_a_file_that_the_engine_may_have_otherwise_gets_a_new_context(state: State, project: Path) -> None:
    first = known(state, project)
    content.doubt_files(state, first.token, facts(project))
    os.utime(project / "a.py", ns=(2 * LONG_AGO, 2 * LONG_AGO))
    second = known(state, project)
    os.utime(project / "a.py", ns=(LONG_AGO, LONG_AGO))
    third = known(state, project)
    assert (second.token == first.token, third.token == first.token) == (True, False)
