"""Builds and runs on an engine with containerd's image store, where an image's id is the digest of its manifest."""

import pytest
from conftest import MakeProject
from support import docker

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("containerd")]


def test_what_is_built_runs_and_is_found_again(make: MakeProject) -> None:
    assert "io.containerd.snapshotter.v1" in docker("info", "--format", "{{json .DriverStatus}}")
    project = make({"say.py": "print('said')\n"})
    first, second = project.run("say.py"), project.run("say.py")
    assert (first.code, first.stdout, first.builds) == (0, b"said\n", 1), first.stderr
    assert (second.code, second.stdout, second.builds) == (0, b"said\n", 0), second.stderr
