"""What is removed by somebody else while a run needs it: the current directory, the image, the container."""

import shutil
from pathlib import Path

import pytest
from conftest import SNIPPETS, MakeProject
from support import PATIENCE, RealProject, docker

REMOVES = """#!/bin/sh
if [ "$1" = run ] && ! mkdir {once}/once 2>/dev/null; then {docker} image rm --force {image} >/dev/null 2>&1; fi
exec {docker} "$@"
"""
WAITS = "import time; open('m', 'w').write('m'); print('here', flush=True); time.sleep({})"


def test_results_are_brought_though_the_project_was_removed_meanwhile(make: MakeProject, tmp_path: Path) -> None:
    project = make(SNIPPETS)
    process = project.start("run", "-o", str(tmp_path / "r"), "snippet.py", "--", WAITS.format(2))
    assert process.stdout is not None and process.stdout.readline() == b"here\n"
    shutil.rmtree(project.folder)
    _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, (tmp_path / "r/m").read_text(), b"error" in said) == (0, "m", False), said
    assert project.containers() == []


def test_a_container_that_is_removed_while_it_runs_is_reported_as_that(snippets: RealProject) -> None:
    process = snippets.start("run", "snippet.py", "--", WAITS.format(600))
    assert process.stdout is not None and process.stdout.readline() == b"here\n"
    docker("rm", "--force", *snippets.containers())
    _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode in (125, 137), b"removed by another program while it ran" in said) == (True, True), said
    assert (b"Traceback" in said, b"Error response" in said, b"lost contact" in said) == (False, False, False), said


@pytest.mark.parametrize("by_id", [True, False])
def test_an_image_that_is_removed_between_two_runs_is_reported_as_that(
    by_id: bool, make: MakeProject, tmp_path: Path
) -> None:
    project = make({**SNIPPETS, "e.json": '{"x": [1, 2]}'})
    image = project.build("snippet.py")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/docker").write_text(REMOVES.format(docker=shutil.which("docker"), image=image, once=tmp_path))
    (tmp_path / "bin/docker").chmod(0o755)
    words = ("--image_id", image) if by_id else ()
    ran = project.run(
        *words,
        "--experiment_config",
        "e.json",
        "snippet.py",
        "--",
        "pass",
        env={"PATH": f"{tmp_path}/bin:/usr/bin:/bin"},
    )
    assert (ran.code, "error[no-image]" in ran.stderr, "journalctl" in ran.stderr) == (125, True, False), ran.stderr
    assert "2 runs: 1 succeeded" in ran.stderr


def test_a_mount_of_docker_run_args_takes_the_place_of_ours(snippets: RealProject, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    script = "open('/outputs/mine', 'w'); open('beside', 'w')"
    words = ("--docker_run_args", f"-v {tmp_path}/x:/outputs", "-o", str(tmp_path / "r"))
    ran = snippets.run(*words, "snippet.py", "--", script)
    assert ran.code == 0, ran.stderr
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*[me]")) == ["r/beside", "x/mine"]


@pytest.mark.parametrize(("there", "code"), [(True, 0), (False, 2)])
def test_results_below_a_read_only_mount_need_a_folder_there(
    there: bool, code: int, snippets: RealProject, tmp_path: Path
) -> None:
    (tmp_path / ("md/out" if there else "md")).mkdir(parents=True)
    words = ("--mount", f"{tmp_path}/md:data", "-o", f"{tmp_path}/mo:data/out")
    ran = snippets.run(*words, "snippet.py", "--", "open('data/out/x', 'w')")
    assert (ran.code, (tmp_path / "mo/x").exists(), (tmp_path / "mo").exists()) == (code, there, there), ran.stderr
    assert there or "error[bad-mount]" in ran.stderr
