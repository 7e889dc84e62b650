"""What docs/ci.md keeps between two jobs, images and state folder, is enough: a fresh engine builds nothing."""

import os
import subprocess
from pathlib import Path

import pytest
from conftest import MakeProject
from private_engine import containerd_engine
from support import BASE, RealProject, docker


def test_a_job_with_the_images_and_the_state_of_an_earlier_one_builds_nothing(
    make: MakeProject, containerd_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "images.tar"
    project = make({"train.py": "print('trained')\n"}).with_home(tmp_path / "kept")
    monkeypatch.setenv("DOCKER_HOST", containerd_address)
    assert _job(project) == (0, b"trained\n", 1)
    images = docker("image", "ls", "--filter", "label=caliban=image", "--format", "{{.Repository}}:{{.Tag}}").split()
    docker("image", "save", "--output", str(archive), *images, BASE)

    os.utime(project.folder / "train.py", (1_000_000_000, 1_000_000_000))  # as a new checkout has another
    with containerd_engine() as fresh, monkeypatch.context() as there:
        there.setenv("DOCKER_HOST", fresh)
        subprocess.run(("docker", "image", "load", "--input", str(archive)), capture_output=True, check=True)
        assert _job(project) == (0, b"trained\n", 0)


def _job(project: RealProject) -> tuple[int, bytes, int]:
    ran = project.run("train.py")
    return ran.code, ran.stdout, ran.builds
