"""How often folders changed: from a real git, and from the builds that the index remembers."""

import subprocess
from pathlib import Path

from test_version import git

from caliban.compiler.ir.effects import Changes
from caliban.compiler.lowering.observed import History
from caliban.runtime.interrupts import Interrupts
from caliban.runtime.observing.history import COMMITS, SEARCHED, observe_history
from caliban.runtime.session import Session
from caliban.runtime.state.index import RecordedLayer, State


def change(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{path.read_text() if path.exists() else ''}x")
    git(folder, "add", "--all")
    git(folder, "commit", "--allow-empty", "-m", "x")


def import_commits(folder: Path, count: int, name: str) -> None:
    """Adds many commits that all change one file."""
    change = "commit refs/heads/main\ncommitter a <a@b> {0} +0000\ndata 0\n{1}M 644 inline {2}\ndata 5\n{0:05}\n"
    first = "from refs/heads/main^0\n"
    stream = "".join(change.format(number, first if number == 0 else "", name) for number in range(count))
    subprocess.run(("git", "-C", str(folder), "fast-import", "--quiet"), input=stream.encode(), check=True)


def observed(folder: Path, home: Path) -> History:
    return observe_history(Session(str(folder), {"CALIBAN_HOME": str(home)}, Interrupts()))


def test_commits_are_counted_for_each_folder_that_they_touch(tmp_path: Path) -> None:
    git(tmp_path, "init")
    change(tmp_path, "data/raw/a\nb.bin", "data/raw/c", "trainer/x.py")
    change(tmp_path, "trainer/x.py")
    change(tmp_path, "trainer/größe.py")
    history = observed(tmp_path, tmp_path / "nowhere")
    assert {path: history.changes_of(path) for path in (".", "data", "data/raw", "trainer", "models")} == {
        ".": Changes(times=3, of=3),
        "data": Changes(times=1, of=3),
        "data/raw": Changes(times=1, of=3),
        "trainer": Changes(times=3, of=3),
        "models": Changes(),
    }


def test_a_project_below_the_root_of_its_repository_has_its_own_history(tmp_path: Path) -> None:
    git(tmp_path, "init")
    change(tmp_path, "project/data/a", "elsewhere/b")
    change(tmp_path, "elsewhere/b")
    assert observed(tmp_path / "project", tmp_path / "nowhere").changes_of("data") == Changes(times=1, of=1)


def test_the_end_of_a_shallow_clone_says_nothing(tmp_path: Path) -> None:
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    origin.mkdir()
    git(origin, "init")
    for name in ("data/a", "trainer/x.py", "trainer/x.py"):
        change(origin, name)
    git(tmp_path, "clone", "--depth", "2", f"file://{origin}", str(clone))
    history = observed(clone, tmp_path / "nowhere")
    assert {path: history.changes_of(path) for path in ("data", "trainer")} == {
        "data": Changes(),
        "trainer": Changes(times=1, of=1),
    }


def test_a_long_history_is_looked_at_as_far_as_it_tells_something(tmp_path: Path) -> None:
    git(tmp_path, "init", "--initial-branch", "main")
    change(tmp_path, "project/data/a")
    import_commits(tmp_path, SEARCHED + 1, "elsewhere/b")
    whole, part = observed(tmp_path, tmp_path / "nowhere"), observed(tmp_path / "project", tmp_path / "nowhere")
    assert (whole.changes_of("elsewhere"), part) == (Changes(times=COMMITS, of=COMMITS), History())


def test_without_a_repository_nothing_is_known(tmp_path: Path) -> None:
    assert observed(tmp_path, tmp_path / "nowhere") == History()


def test_an_empty_or_broken_repository_tells_nothing(tmp_path: Path) -> None:
    git(tmp_path, "init")
    empty = observed(tmp_path, tmp_path / "nowhere")
    (tmp_path / ".git" / "HEAD").write_text("nonsense\n")
    assert empty == observed(tmp_path, tmp_path / "nowhere") == History()


def test_what_a_repository_configures_is_not_run(tmp_path: Path) -> None:
    project, mark = tmp_path / "project", tmp_path / "it-ran"
    project.mkdir()
    git(project, "init")
    change(project, "data/a")
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {mark}\n")
    trap.chmod(0o755)
    for key, value in {"log.showSignature": "true", "gpg.program": str(trap), "core.fsmonitor": str(trap),
                       "core.pager": str(trap), "diff.external": str(trap)}.items():  # fmt: skip
        git(project, "config", key, value)
    assert observed(project, tmp_path / "nowhere").changes_of("data") == Changes(times=1, of=1)
    assert not mark.exists()


def test_builds_are_counted_for_each_folder_that_they_copied(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for data, code in ((b"1", b"1"), (b"1", b"2"), (b"2", b"3"), (None, b"4")):
        layers = [
            RecordedLayer("venv", None, None),
            RecordedLayer("/usr/app/data/", "data", data),
            RecordedLayer("/usr/app/m/", "m", code),
        ]
        State(str(home)).note_layers(str(tmp_path), "cpu", layers)
    history = observed(tmp_path, home)
    assert history.changes_of("data") == Changes(times=1, of=2)
    assert history.changes_of("m") == Changes(times=3, of=3)
    assert history.layer_orders == {"cpu": ("venv", "/usr/app/data/", "/usr/app/m/")}
