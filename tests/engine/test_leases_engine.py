"""Images in use stay: of a sweep whose project is built again, of an id that build printed; and then they go."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import MakeProject
from support import BASE, PATIENCE, RealProject, docker, fresh_name, is_there, until, write

SAY = "import sys; print('old', *sys.argv[1:])"
# A client that starts a container once it may: before, nothing but its lease keeps the image of a sweep.
CLIENT = """#!/bin/sh
if [ "$1 $2" = "run --name" ]; then
    touch {gate}/ready
    while [ ! -e {gate}/open ]; do sleep 0.05; done
fi
exec {docker} "$@"
"""


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A folder with a client: 'ready' is there once it is to start a container, and it waits for 'open'."""
    docker = shutil.which("docker")
    folder = tmp_path / "gate"
    write(folder, {"docker": CLIENT.format(gate=folder, docker=docker)})
    (folder / "docker").chmod(0o755)
    return folder


@pytest.fixture
def project(make: MakeProject) -> RealProject:
    """One with an image of its own: equal content gives two projects the very same one."""
    project = make({"m/x.py": SAY})
    write(project.folder, {"m/unique": project.name})
    return project


@pytest.fixture
def project_in_containerd(containerd: None, project: RealProject) -> RealProject:  # noqa: ARG001  # before `project`
    return project


def begun(project: RealProject, gate: Path, *words: str) -> "subprocess.Popen[bytes]":
    """A sweep of three runs that is about to start the first."""
    (gate.parent / "three.json").write_text('{"n": [1, 2, 3]}')
    path = {"PATH": f"{gate}{os.pathsep}{os.environ['PATH']}"}
    process = project.start("run", "--experiment_config", "../three.json", *words, "m/x.py", env=path)
    until((gate / "ready").exists)
    return process


def build_four_times(project: RealProject) -> None:
    for number in range(4):
        write(project.folder, {"m/x.py": f"print({number})"})
        assert project.run("m/x.py").stdout == f"{number}\n".encode()


def image_of(project: RealProject) -> str:
    return docker("image", "inspect", "--format", "{{.Id}}", f"caliban/{project.name}:cpu").strip()


def leases(project: RealProject) -> list[str]:
    return docker(
        "image", "ls", "--format", "{{.Tag}}", "--filter", f"reference=caliban/{project.name}:lease-*"
    ).split()


def sweep_through_four_builds(project: RealProject, gate: Path) -> tuple[int, bytes, list[str], bool, list[str]]:
    """What the sweep came to; the names of its image before it went on, and whether it is there afterwards."""
    sweep = begun(project, gate)
    image = image_of(project)
    build_four_times(project)
    names = docker("image", "inspect", "--format", "{{len .RepoTags}} {{.Id}}", image).split()
    (gate / "open").touch()
    out, _ = sweep.communicate(timeout=PATIENCE)
    return sweep.returncode, out, names, is_there(image), leases(project)


OLD = b"old --n 1\nold --n 2\nold --n 3\n"


def test_a_sweep_ends_well_though_its_project_is_built_again_and_then_its_image_goes(
    project: RealProject, gate: Path
) -> None:
    code, out, names, stays, left = sweep_through_four_builds(project, gate)
    assert (code, out, names[0], stays, left) == (0, OLD, "1", False, [])


def test_in_containerds_store_too(project_in_containerd: RealProject, gate: Path) -> None:
    code, out, names, stays, left = sweep_through_four_builds(project_in_containerd, gate)
    assert (code, out, names[0], stays, left) == (0, OLD, "1", False, [])


def test_dangling_images_can_be_pruned_during_a_sweep(project_in_containerd: RealProject, gate: Path) -> None:
    """On an engine of its own: on the shared one it would take images of other tests."""
    sweep = begun(project_in_containerd, gate)
    build_four_times(project_in_containerd)
    docker("image", "prune", "--force")
    (gate / "open").touch()
    out, _ = sweep.communicate(timeout=PATIENCE)
    assert (sweep.returncode, out) == (0, OLD)


def test_a_caliban_with_another_index_takes_no_image_from_a_sweep(
    project: RealProject, gate: Path, tmp_path: Path
) -> None:
    other = project.with_home(tmp_path / "home")
    sweep = begun(project, gate)
    image = other.build("m/x.py")
    for lease in leases(project):
        if lease.startswith("lease-until-"):
            docker("image", "rm", f"caliban/{project.name}:{lease}")
    assert image == image_of(project)
    build_four_times(other)
    (gate / "open").touch()
    out, _ = sweep.communicate(timeout=PATIENCE)
    assert (sweep.returncode, out) == (0, OLD)


def test_a_sweep_with_an_id_that_build_printed_goes_on_too(project: RealProject, gate: Path) -> None:
    image = project.build("m/x.py")
    docker("image", "rm", *(f"caliban/{project.name}:{lease}" for lease in leases(project)))
    sweep = begun(project, gate, "--image_id", image)
    build_four_times(project)
    (gate / "open").touch()
    out, _ = sweep.communicate(timeout=PATIENCE)
    assert (sweep.returncode, out, is_there(image)) == (0, OLD, False)


@pytest.fixture
def users_image(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """An image that the user built: its name and id."""
    write(tmp_path / "users", {"Dockerfile": f"FROM {BASE}\nCOPY x.py /m/x.py\nWORKDIR /\n", "x.py": SAY})
    name = f"{fresh_name()}:latest"
    image = docker("build", "--quiet", "--tag", name, str(tmp_path / "users")).strip()
    yield name, image
    docker("image", "rm", "--force", image, check=False)


def test_an_image_that_the_user_names_anew_meanwhile_is_run_to_the_end_and_left(
    project: RealProject, gate: Path, users_image: tuple[str, str]
) -> None:
    name, image = users_image
    sweep = begun(project, gate, "--image_id", name, "--docker_run_args", "-w /")
    docker("tag", BASE, name)
    (gate / "open").touch()
    out, _ = sweep.communicate(timeout=PATIENCE)
    names = docker("image", "inspect", "--format", "{{json .RepoTags}}", image).strip()
    docker("image", "rm", name)
    assert (sweep.returncode, out, names, leases(project)) == (0, OLD, "[]", [])


def test_an_id_that_build_printed_stays_for_its_days_and_no_longer(project: RealProject) -> None:
    write(project.folder, {"m/x.py": "print('printed')"})
    image = project.build("m/x.py")
    build_four_times(project)
    kept = project.run("--image_id", image, "m/x.py").stdout
    (lease,) = leases(project)
    docker("tag", image, f"caliban/{project.name}:lease-until-2020-01-01-{lease[-24:]}")
    docker("image", "rm", f"caliban/{project.name}:{lease}")
    write(project.folder, {"m/x.py": "print('next')"})
    project.run("m/x.py")
    assert (kept, is_there(image), leases(project)) == (b"printed\n", False, [])


def test_the_image_of_a_killed_sweep_goes_with_a_later_build(project: RealProject, gate: Path) -> None:
    sweep = begun(project, gate)
    image = image_of(project)
    sweep.send_signal(signal.SIGKILL)
    (gate / "open").touch()
    sweep.communicate(timeout=PATIENCE)  # the client of its run has ended too
    build_four_times(project)
    build_four_times(project)
    assert (is_there(image), leases(project)) == (False, [])


def test_what_a_killed_build_left_is_removed_by_the_next_and_what_a_living_one_needs_is_not(
    make: MakeProject, tmp_path: Path
) -> None:
    slow = f"FROM {BASE}\nRUN sleep 4 # {time.time_ns()}\n"
    project = make({"m/x.py": "print('next')", "base/Dockerfile": slow}).with_home(tmp_path / "home")
    build = project.start("run", "--base_image", "base/Dockerfile", "m/x.py")
    until(lambda: any(project.home.glob("build-*/Dockerfile")))
    while_it_lives = (project.run("m/x.py").stdout, len(list(project.home.glob("build-*"))))
    build.send_signal(signal.SIGKILL)
    build.wait()
    once_it_is_killed = (project.run("m/x.py").stdout, len(list(project.home.glob("build-*"))))
    build.communicate(timeout=PATIENCE)  # the builder, which had its streams, has ended
    assert (while_it_lives, once_it_is_killed) == ((b"next\n", 1), (b"next\n", 0))
