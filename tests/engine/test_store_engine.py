"""Engines with containerd's image store, where an image's id is the digest of its manifest, and $SOURCE_DATE_EPOCH."""

import json
import os
from pathlib import Path

import pytest
from conftest import MakeProject
from private_engine import containerd_engine
from support import Files, RealProject, docker, in_folder, wheel, write

containerd = pytest.mark.usefixtures("containerd")

EPOCH = {"SOURCE_DATE_EPOCH": "315532800"}
TELL = """
import compilable, importlib.util, os
print(os.path.exists(importlib.util.find_spec("compilable").cached))
"""
FILES: Files = {
    **in_folder("wheels", wheel("compilable", "1.0", {"compilable.py": "answer = 42\n"})),
    "requirements.txt": "--no-index\n--find-links ./wheels\ncompilable\n",
    "m/x.py": TELL,
    "data/a/b.txt": "b\n",
    "sweep.json": json.dumps({"n": [1, 2, 3, 4, 5]}),  # so many that packages are compiled
}
SWEEP = ("--locked", "-d", "data", "--experiment_config", "sweep.json", "m.x")


@containerd
def test_what_is_built_runs_and_is_found_again(make: MakeProject) -> None:
    assert "io.containerd.snapshotter.v1" in docker("info", "--format", "{{json .DriverStatus}}")
    project = make({"say.py": "print('said')\n"})
    first, second = project.run("say.py"), project.run("say.py")
    assert (first.code, first.stdout, first.builds) == (0, b"said\n", 1), first.stderr
    assert (second.code, second.stdout, second.builds) == (0, b"said\n", 0), second.stderr


@containerd
def test_two_copies_of_a_locked_project_give_one_digest(
    make: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other times, another place, another state folder, nothing cached, and an engine that has never built anything."""
    one, other = make(FILES), make(FILES)
    ran = one.caliban("lock", "m.x")  # without a digest of the base, which no registry would have for the other engine
    assert ran.code == 0, ran.stderr
    write(other.folder, {"caliban.lock": (one.folder / "caliban.lock").read_bytes()})
    for path in (other.folder, *other.folder.rglob("*")):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    first = _swept(one)
    with containerd_engine() as address, monkeypatch.context() as there:
        there.setenv("DOCKER_HOST", address)
        second = _swept(other.with_home(tmp_path / "another-home"))
    assert first == second


def _swept(project: RealProject) -> set[str]:
    """The images of a sweep that found its packages compiled."""
    ran = project.run("--no_cache", *SWEEP, env=EPOCH)
    assert (ran.code, ran.stdout) == (0, b"True\n" * 5), ran.stderr
    assert "depends on content alone" in ran.stderr
    return project.images()


@containerd
def test_another_epoch_builds_anew_and_files_that_are_older_are_counted(make: MakeProject) -> None:
    project = make({"m/say.py": "print('said')\n", "m/other.py": ""})
    os.utime(project.folder / "m" / "say.py", (1_000_000_000, 1_000_000_000))
    epochs = ["315532800", "315532800", "1000000001"]
    ran = [project.run("m/say.py", env={"SOURCE_DATE_EPOCH": epoch}) for epoch in epochs]
    assert [(each.stdout, each.builds) for each in ran] == [(b"said\n", 1), (b"said\n", 0), (b"said\n", 1)]
    assert "content and times: 1 file that is older keeps its time" in ran[-1].stderr
    assert "$SOURCE_DATE_EPOCH is 1000000001, before 315532800" in project.caliban("diff").stdout.decode()


def test_another_store_sets_no_times_and_that_is_told(make: MakeProject) -> None:
    if "io.containerd.snapshotter.v1" in docker("info", "--format", "{{json .DriverStatus}}"):
        pytest.skip("the shared engine has containerd's store")
    ran = make({"say.py": "print('said')\n"}).run("say.py", env=EPOCH)
    assert (ran.stdout, "no digest repeats: an engine with the store overlay2" in ran.stderr) == (b"said\n", True)
