"""`explain --html FILE` writes over an earlier page, and over nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "m.py").write_text("print()")
    return tmp_path


def explain(project: Path, file: str) -> "subprocess.CompletedProcess[str]":
    words = ("explain", "--nogpu", "--no_credentials", "--html", file, "m.py")
    environment = {**os.environ, "CALIBAN_HOME": str(project / "home")}
    return subprocess.run(
        (sys.executable, "-m", "caliban", *words),
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_page_is_written_and_written_again(project: Path) -> None:
    assert [explain(project, "page.html").returncode for _ in range(2)] == [0, 0]
    assert (project / "page.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize("content", ["print()", "", "<!doctype html><title>mine</title>"])
def test_any_other_file_stays_as_it_is(content: str, project: Path) -> None:
    (project / "other").write_text(content)
    ran = explain(project, "other")
    assert (ran.returncode, (project / "other").read_text(), "error[exists]" in ran.stderr) == (2, content, True)
