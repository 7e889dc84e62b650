"""Files that are written to while the image is built: told where it matters, and never taken for another content."""

import os
import shutil
from pathlib import Path

import pytest
from conftest import MakeProject
from support import RealProject, write

pytestmark = pytest.mark.engine

WARNING = "warning[changed-while-built]: 'm/x.py' changed while the builder read it"
TOUCH = "touch -d @1000000000"


def with_builder(folder: Path, before: str = ":", after: str = ":") -> dict[str, str]:
    """The environment in which a build is preceded and followed by commands of the shell, in the project's folder."""
    docker = shutil.which("docker")
    assert docker is not None
    folder.mkdir()
    script = folder / "docker"
    script.write_text(
        f'#!/bin/sh\n[ "$1" = buildx ] || exec {docker} "$@"\n{before}\n{docker} "$@"\ncode=$?\n{after}\nexit $code\n'
    )
    script.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def save(project: RealProject, code: str) -> None:
    """The script, always with the same size and time."""
    write(project.folder, {"m/x.py": code})
    os.utime(project.folder / "m/x.py", (1_000_000_000, 1_000_000_000))


def test_an_image_of_files_that_changed_meanwhile_is_told_and_never_taken_again(
    make: MakeProject, tmp_path: Path
) -> None:
    project = make({})
    save(project, "print(1)")
    edit = with_builder(tmp_path / "bin", before=f"echo 'print(2)' | tr -d '\\n' > m/x.py; {TOUCH} m/x.py")
    torn = project.run("m.x", env=edit)
    said = []
    for code in ("print(1)", "print(2)", "print(3)", "print(1)"):
        save(project, code)
        said.append(project.run("m.x"))
    assert (torn.stdout, WARNING in torn.stderr) == (b"2\n", True), torn.stderr
    assert [(ran.stdout, WARNING in ran.stderr) for ran in said] == [
        (b"1\n", False), (b"2\n", False), (b"3\n", False), (b"1\n", False),
    ]  # fmt: skip


def test_what_is_edited_once_the_builder_has_read_it_is_the_next_builds(make: MakeProject, tmp_path: Path) -> None:
    project = make({"m/x.py": "print(1)"})
    edit = with_builder(tmp_path / "bin", after="echo 'print(2)' > m/x.py")
    first, second = project.run("m.x", env=edit), project.run("m.x")
    assert [(ran.stdout, WARNING in ran.stderr) for ran in (first, second)] == [(b"1\n", False), (b"2\n", False)]


def test_a_file_that_comes_meanwhile_is_not_in_later_images(make: MakeProject, tmp_path: Path) -> None:
    project = make({"x.py": "import os; print(sorted(os.listdir()))"})
    torn = project.run("x.py", env=with_builder(tmp_path / "bin", before="touch new.txt"))
    (project.folder / "new.txt").unlink()
    assert (torn.stdout, "the project's folder changed" in torn.stderr) == (b"['new.txt', 'x.py']\n", True), torn.stderr
    assert project.run("x.py").stdout == b"['x.py']\n"


def test_a_file_that_goes_meanwhile_is_named(make: MakeProject, tmp_path: Path) -> None:
    project = make({"m/x.py": "print(1)"})
    torn = project.run("m.x", env=with_builder(tmp_path / "bin", before="rm -r m"))
    assert (torn.code, "warning[changed-while-built]: 'm', 'm/x.py'" in torn.stderr) == (125, True), torn.stderr


def test_images_of_torn_content_are_let_go_like_others(make: MakeProject, tmp_path: Path) -> None:
    project = make({"m/x.py": "print(0)"})
    edit = with_builder(tmp_path / "bin", before="echo >> m/x.py")
    built = [project.run("m.x", env=edit).builds for _ in range(6)]
    assert (built, len(project.images())) == ([1] * 6, 3)
