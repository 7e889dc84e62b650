"""Linked copies, on an engine whose store shares layers: what they save, and that the image's files are the same."""

import os
import shutil
from pathlib import Path

import pytest
from conftest import MakeProject
from support import RealProject, docker, in_folder, wheel, write

from caliban.runtime.building.records import Record, last_records
from caliban.runtime.engine.engine import Engine
from caliban.runtime.state.index import State

WORDS = ("--nogpu", "-d", "data", "-d", "models/stored", "-d", "odd[1]", "trainer.train")
COPIED = ("data", "models/stored", "odd[1]", "trainer")
ZEROS = bytes(80_000_000)  # what takes longer to copy than folders to mend, and is quick to compress
FILES = {
    **in_folder("wheels", {**wheel("alpha", "1.0", {"alpha.py": ""}), **wheel("beta", "1.0", {"beta.py": ""})}),
    "data/deep/zeros": ZEROS,
    "odd[1]/zeros": ZEROS,
    "models/stored/weights": "1",
    "requirements.txt": "--no-index\n--find-links ./wheels\nalpha\n",
    "trainer/__init__.py": "",
    "trainer/train.py": "",
}


def last_build(project: RealProject) -> Record:
    (record,) = last_records(str(project.home), str(project.folder), "cpu", 1)
    return record


def files_in(image: str) -> str:
    """Kind, mode, owner and name of all files of an image."""
    own = ("-path", "/proc", "-o", "-path", "/sys", "-o", "-path", "/dev")
    listing = ("find", "/", "(", *own, ")", "-prune", "-o", "-printf", "%M %U:%G %p %l\n")
    return "\n".join(sorted(docker("run", "--rm", "--network", "none", image, *listing).splitlines()))


@pytest.mark.usefixtures("containerd")
def test_packages_that_change_leave_linked_data_where_it_is(make: MakeProject) -> None:
    project = make({**FILES, "data/mark": "of this test alone: the builder remembers what others built"})
    project.build(*WORDS)
    write(project.folder, {"requirements.txt": f"{FILES['requirements.txt']}beta\n"})
    project.build(*WORDS)
    copies = [vertex for vertex in last_build(project).timeline if "] COPY " in vertex.name]
    cached = {name: one.cached for name in COPIED for one in copies if f"/usr/app/{name}" in one.name}
    assert cached == {"data": True, "odd[1]": True, "models/stored": False, "trainer": False}


@pytest.mark.usefixtures("containerd")
def test_the_files_are_those_of_an_image_without_links(make: MakeProject, tmp_path: Path) -> None:
    linked, plain = make(FILES), make(FILES).with_home(tmp_path / "home")
    (tmp_path / "home").mkdir(mode=0o700)
    State(str(plain.home)).note_store(Engine(os.environ).address, "overlay2")
    images = linked.build(*WORDS), plain.build(*WORDS)
    dockerfiles = last_build(linked).dockerfile, last_build(plain).dockerfile
    assert [dockerfile.count("COPY --link ") for dockerfile in dockerfiles] == [2, 0]
    assert files_in(images[0]) == files_in(images[1])


def test_a_run_that_builds_nothing_does_not_ask_about_the_store(make: MakeProject, tmp_path: Path) -> None:
    real = shutil.which("docker")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "docker"
    program.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/asked\nexec {real} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    env = {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    project = make({"data/a": "1", "trainer/__init__.py": "", "trainer/train.py": ""}).with_home(tmp_path / "home")
    words = ("--nogpu", "-d", "data", "trainer.train")
    asked = []
    for _ in range(2):
        assert project.run(*words, env=env).code == 0
        asked.append((tmp_path / "asked").read_text(encoding="utf-8").split().count("info"))
    assert asked == [2, 2]  # before the first build, which no other knows of yet, and beside it
