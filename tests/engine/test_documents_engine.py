"""The commands of the documents, executed: the quick start of README.md, the removal of docs/uninstall.md."""

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import MakeProject
from support import docker

ROOT = Path(__file__).parents[2]
SCRIPT = """
import argparse, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=2)
print("epochs", parser.parse_args().epochs)
pathlib.Path("model.txt").write_text("trained")
"""


def test_the_quick_start_of_the_readme_works_on_a_project_of_ones_own(make: MakeProject) -> None:
    project = make({"train.py": SCRIPT, "data/a.csv": "1\n"})
    commands = [shlex.split(line, comments=True) for line in _commands("README.md", "Your own project")]

    assert len(commands) == 4
    for words in commands:
        ran = project.caliban(*words[1:])
        assert ran.code == 0, ran.stderr
    assert (project.folder / "results/model.txt").read_text() == "trained"


def test_the_commands_that_remove_caliban_leave_nothing_of_it(
    make: MakeProject, containerd_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On an engine of the test's own, whose builder's cache may be emptied."""
    monkeypatch.setenv("DOCKER_HOST", containerd_address)
    project = make({"train.py": "print('trained')\n"}).with_home(tmp_path / "kept")
    project.build("train.py")
    (project.folder / "train.py").write_text("print('trained again')\n")
    project.build("train.py")
    docker("container", "create", "--label", "caliban=run", f"caliban/{project.name}:cpu", "true")
    assert project.home.exists() and len(project.images()) > 1

    commands = [line for line in _commands("docs/uninstall.md", "Remove") if not line.startswith("pip ")]
    assert len(commands) == 5
    for line in commands:
        ran = subprocess.run(
            ("sh", "-c", line), env=project.environment(), input="y\n", capture_output=True, text=True, check=False
        )
        assert (ran.returncode, ran.stderr) == (0, ""), line
    assert docker("container", "ls", "--all", "--quiet", "--filter", "label=caliban=run") == ""
    assert docker("image", "ls", "--quiet", "--filter", "label=caliban=image") == ""
    assert docker("builder", "du").split()[-2:] == ["Total:", "0B"]
    assert not project.home.exists()


def _commands(document: str, section: str) -> Iterator[str]:
    """The lines of the indented blocks of a section."""
    text = (ROOT / document).read_text(encoding="utf-8").partition(f"## {section}\n")[2].partition("\n## ")[0]
    return (line.strip() for line in text.splitlines() if line.startswith("    "))
