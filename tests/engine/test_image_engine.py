"""What comes of `build`, `compile`, a dry run and `--image_id`, and which images stay behind."""

import os
import subprocess
from pathlib import Path

import pytest
from conftest import MakeProject
from support import RealProject, docker, fresh_name, from_mirror, is_there, write

from caliban.compiler.ir.effects import Changes
from caliban.runtime.interrupts import Interrupts
from caliban.runtime.observing.history import observe_history
from caliban.runtime.session import Session

SAY = "import sys; print('said', *sys.argv[1:])\n"


@pytest.fixture
def project(make: MakeProject) -> RealProject:
    return make({"m/x.py": SAY, "d/data.txt": "data", "other.txt": ""})


def shell(script: bytes, project: RealProject) -> tuple[int, bytes]:
    """What `sh` makes of a script in the project folder."""
    done = subprocess.run(["sh"], input=script, cwd=project.folder, capture_output=True, check=False)
    return done.returncode, done.stdout


def test_build_prints_the_id_of_the_image_and_nothing_else(project: RealProject) -> None:
    ran = project.caliban("build", "m/x.py")
    image = ran.stdout.decode()
    assert (ran.code, image.count("\n"), docker("image", "inspect", "--format", "{{.Id}}", image.strip())) == (
        0,
        1,
        image,
    )


def test_build_gives_the_image_the_names_that_are_asked_for(project: RealProject) -> None:
    tag = f"{fresh_name()}:mine"
    try:
        image = project.build("-t", tag, "m/x.py")
        names = docker(
            "image",
            "inspect",
            "--format",
            '{{.Id}} {{index .Config.Labels "caliban"}}',
            tag,
            f"caliban/{project.name}:cpu",
        )
        assert names == f"{image} image\n" * 2
    finally:
        docker("image", "rm", tag)


def test_an_image_that_is_named_is_run_as_it_is(project: RealProject) -> None:
    image = project.build("m/x.py")
    write(project.folder, {"m/x.py": "raise SystemExit('new code')"})
    ran = project.run("--image_id", image, "m/x.py", "--", "old")
    assert (ran.code, ran.stdout, ran.builds) == (0, b"said old\n", 0)


def test_an_image_that_is_not_there_is_the_engines_fault(project: RealProject) -> None:
    ran = project.run("--image_id", "no-such-image:1", "m/x.py")
    assert (ran.code, ran.stdout, "no-such-image:1" in ran.stderr) == (125, b"", True)


def test_no_cache_builds_anew_and_leaves_no_image_without_a_name(project: RealProject, mirror: str) -> None:
    write(project.folder, from_mirror(mirror))
    project.run("m/x.py")
    first = project.images()
    assert (project.run("m/x.py").builds, project.run("--no_cache", "m/x.py").builds) == (0, 1)
    assert (len(project.images()), first & project.images()) == (1, set())


def test_an_image_that_the_user_named_outlives_its_successor(project: RealProject, mirror: str) -> None:
    write(project.folder, from_mirror(mirror))
    tag = f"{fresh_name()}:mine"
    first = project.build("-t", tag, "m/x.py")
    second = project.build("--no_cache", "m/x.py")
    assert (docker("image", "inspect", "--format", "{{.Id}}", tag).strip(), first == second) == (first, False)
    docker("image", "rm", tag)


def test_only_the_last_three_images_of_a_project_stay(project: RealProject) -> None:
    built = []
    for number in range(5):
        write(project.folder, {"m/x.py": f"print({number})"})
        project.run("m/x.py")
        built.append(docker("image", "inspect", "--format", "{{.Id}}", f"caliban/{project.name}:cpu").strip())
    assert [is_there(image) for image in built] == [False, False, True, True, True]
    assert project.images() == set(built[2:])


def test_an_old_version_that_comes_back_is_run_from_its_image(project: RealProject) -> None:
    said = []
    for text in ("print(1)", "print(2)", "print(1)"):
        write(project.folder, {"m/x.py": text})
        ran = project.run("m/x.py")
        said.append((ran.stdout, ran.builds))
    assert said == [(b"1\n", 1), (b"2\n", 1), (b"1\n", 0)]


def newest(project: RealProject) -> str:
    return docker("image", "inspect", "--format", "{{.Id}}", f"caliban/{project.name}:cpu").strip()


def test_the_tag_of_a_project_is_the_image_that_it_took_last(project: RealProject) -> None:
    ids = []
    for text in ("print(1)", "print(2)", "print(1)"):
        write(project.folder, {"m/x.py": text})
        ids.append(project.build("m/x.py"))
    assert (newest(project), ids[2] == ids[0], ids[1] == ids[0]) == (ids[0], True, False)


def test_an_image_that_is_taken_again_counts_among_the_last_three(project: RealProject) -> None:
    taken = []
    for number in (0, 1, 2, 0, 3, 4):
        write(project.folder, {"m/x.py": f"print({number}, {project.name!r})"})
        project.run("m/x.py")
        taken.append(newest(project))
    assert project.images() == {taken[3], *taken[4:]}


def test_a_project_of_equal_content_gets_a_tag_of_its_own(make: MakeProject) -> None:
    content = {"m/x.py": f"print({fresh_name()!r})"}
    first, second = make(content), make(content)
    image = first.build("m/x.py")
    ran = second.run("m/x.py")
    assert (ran.builds, newest(first), newest(second)) == (0, image, image)


def test_an_image_that_was_removed_is_built_again(project: RealProject) -> None:
    write(project.folder, {"m/unique": project.name})  # equal content would give another project the very same image
    project.run("m/x.py")
    project.clean()
    ran = project.run("m/x.py")
    assert (ran.code, ran.stdout, ran.builds) == (0, b"said\n", 1)


def test_no_container_stays_after_a_run_or_a_sweep(project: RealProject) -> None:
    project.run("m/x.py")
    project.run("--experiment_config", "stdin", "m/x.py", stdin=b'{"n": [1, 2]}')
    assert project.containers() == []


def test_a_dry_run_does_nothing_and_its_script_does_the_job(project: RealProject, tmp_path: Path) -> None:
    ran = project.with_home(tmp_path / "home").run(
        "--dry_run", "-d", "d", "m/x.py", "--", "a b", "$(id)", "it's\nnew", ""
    )
    assert (ran.code, project.images(), project.containers(), (tmp_path / "home").exists()) == (0, set(), [], False)
    real = project.run("-d", "d", "m/x.py", "--", "a b", "$(id)", "it's\nnew", "")
    assert (shell(ran.stdout, project), real.stdout) == ((0, real.stdout), b"said a b $(id) it's\nnew \n")


def test_the_script_builds_the_project_wherever_it_is_started(project: RealProject, tmp_path: Path) -> None:
    script = project.run("--dry_run", "m/x.py", "--", "here").stdout
    elsewhere = tmp_path / "elsewhere"
    write(elsewhere, {"m/x.py": "print('another project')"})
    done = subprocess.run(["sh"], input=script, cwd=elsewhere, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"said here\n")


def test_the_script_of_a_sweep_runs_it(project: RealProject) -> None:
    config = b'{"n": [1, 2], "deep": true, "text": "a b\'c"}'
    ran = project.run("--dry_run", "--experiment_config", "stdin", "m/x.py", stdin=config)
    assert shell(ran.stdout, project) == (0, b"said --n 1 --deep --text a b'c\nsaid --n 2 --deep --text a b'c\n")


def test_a_dry_run_needs_no_engine(project: RealProject) -> None:
    ran = project.run("--dry_run", "m/x.py", env={"DOCKER_HOST": "tcp://127.0.0.1:9"})
    assert (ran.code, ran.stdout.startswith(b"#!/bin/sh\n")) == (0, True)


def test_an_emitted_dockerfile_builds_without_caliban(project: RealProject) -> None:
    dockerfile = project.caliban("compile", "-d", "d", "m/x.py").stdout
    image = docker_build(project, "-", stdin=dockerfile)
    assert (
        docker("run", "--rm", image, "sh", "-c", "find . -type f | sort; python m/x.py ok")
        == "./d/data.txt\n./m/x.py\nsaid ok\n"
    )
    docker("image", "rm", image)


def test_an_ejected_folder_is_all_that_a_build_needs(project: RealProject) -> None:
    write(project.folder, {"m/.env": "SECRET=1"})
    ran = project.caliban("compile", "--eject", "out", "m/x.py", "--", "ejected")
    files = sorted(path.name for path in (project.folder / "out").iterdir())
    image = docker_build(project, "out/Dockerfile")
    listed = docker("run", "--rm", image, "find", ".", "-type", "f")
    docker("image", "rm", image)
    assert (ran.code, ran.stdout, files, listed) == (
        0,
        b"",
        ["Dockerfile", "Dockerfile.dockerignore", "commands.sh", "plan.json"],
        "./m/x.py\n",
    )
    assert shell((project.folder / "out/commands.sh").read_bytes(), project) == (0, b"said ejected\n")


def test_an_ejected_folder_never_replaces_another(project: RealProject) -> None:
    assert project.caliban("compile", "--eject", "d", "m/x.py").code == 2
    assert os.listdir(project.folder / "d") == ["data.txt"]


def docker_build(project: RealProject, dockerfile: str, stdin: bytes = b"") -> str:
    """The id of what the engine builds from a Dockerfile, in the project folder."""
    done = subprocess.run(
        ["docker", "buildx", "build", "--quiet", "--file", dockerfile, "."],
        input=stdin,
        cwd=project.folder,
        stdout=subprocess.PIPE,
        check=True,
    )
    return done.stdout.decode().strip()


def test_how_often_a_copied_folder_changed_is_known_from_the_builds(make: MakeProject) -> None:
    project = make({"m/x.py": "", "kept/a": "1", "busy/b": "1"})
    for content in ("1", "2", "3"):
        write(project.folder, {"busy/b": content * 9})
        project.build("-d", "kept", "-d", "busy", "m.x")
    history = observe_history(Session(str(project.folder), {"CALIBAN_HOME": str(project.home)}, Interrupts()))
    assert (history.changes_of("kept"), history.changes_of("busy")) == (Changes(times=0, of=2), Changes(times=2, of=2))
