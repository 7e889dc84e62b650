"""Files that are written to while the image is built: each is whole in it, or the run does not start."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import MakeProject
from msgspec.structs import replace
from support import RealProject, docker, write

TOUCH = "touch -d @1000000000"
A_TICK = 0.02  # seconds: two changes within less may leave the same times
MB = 1 << 20
SIZE = 200  # MB
# What the first and last byte of each MB are, without repetitions.
READ_BIG = f"""
found = set()
with open("data/big", "rb") as file:
    while block := file.read({MB}): found |= {{block[:1], block[-1:]}}
print(*sorted(byte.decode() for byte in found), sep="")
"""
OVERWRITE = f"""
import sys, time
time.sleep(float(sys.argv[1]))
with open("data/big", "r+b", buffering=0) as file:
    for _ in range({SIZE}): file.write(b"b" * {MB})
"""
OVERWRITE_ALWAYS = f"""
import itertools
with open("data/big", "r+b", buffering=0) as file:
    for number in itertools.count(): file.seek(number % 20 * {MB}); file.write(b"ab"[number // 20 % 2:][:1] * {MB})
"""
APPEND_ALWAYS = """
import time
with open("m/log.txt", "ab", buffering=0) as file:
    while True: file.write(b"a line of some log\\n"); time.sleep(0.001)
"""
REPLACE_ALWAYS = f"""
import itertools, os, time
for number in itertools.count():
    with open("data/new", "wb") as file: file.write(b"ab"[number % 2:][:1] * 20 * {MB})
    time.sleep({A_TICK})
    os.rename("data/new", "data/big")
"""
CHANGED = ("changed while", "kept changing")


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


@contextmanager
def at_work(project: RealProject, script: str, *words: str) -> Iterator[None]:
    """Another program that works in the project's folder."""
    process = subprocess.Popen([sys.executable, "-c", script, *words], cwd=project.folder)
    try:
        yield
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Of this test alone: what is built once more here must not be there already, as another test's."""
    return tmp_path / "home"


def left(project: RealProject) -> list[Path]:
    """What builds left behind."""
    return list(project.home.glob("build-*"))


def test_a_file_that_is_overwritten_meanwhile_is_built_again_from_a_copy(make: MakeProject, tmp_path: Path) -> None:
    project = make({})
    save(project, "print(1)")
    edit = with_builder(tmp_path / "bin", before=f"echo 'print(2)' | tr -d '\\n' > m/x.py; {TOUCH} m/x.py")
    torn = project.run("m.x", env=edit)
    said = []
    for code in ("print(1)", "print(2)", "print(3)", "print(1)"):
        save(project, code)
        said.append(project.run("m.x"))
    assert (torn.stdout, torn.builds) == (b"2\n", 2), torn.stderr
    assert [ran.stdout for ran in said] == [b"1\n", b"2\n", b"3\n", b"1\n"]


def test_what_is_edited_once_the_builder_has_read_it_is_the_next_builds(make: MakeProject, tmp_path: Path) -> None:
    project = make({"m/x.py": "print(1)"})
    edit = with_builder(tmp_path / "bin", after="echo 'print(2)' > m/x.py")
    first, second = project.run("m.x", env=edit), project.run("m.x")
    assert [(ran.stdout, ran.builds) for ran in (first, second)] == [(b"1\n", 1), (b"2\n", 1)]


def test_a_file_that_comes_meanwhile_is_not_in_later_images(make: MakeProject, tmp_path: Path) -> None:
    project = make({"x.py": "import os; print(sorted(os.listdir()))"})
    torn = project.run("x.py", env=with_builder(tmp_path / "bin", before="touch new.txt"))
    (project.folder / "new.txt").unlink()
    assert (torn.stdout, torn.builds) == (b"['new.txt', 'x.py']\n", 1), torn.stderr
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


def test_an_image_from_a_copy_is_taken_again_while_nothing_changes(make: MakeProject, tmp_path: Path) -> None:
    project = make({"m/x.py": "print(1)", "m/other.py": "", "other.txt": ""})
    edit = with_builder(tmp_path / "bin", before="[ -e once ] || { touch once; echo 'print(2)' > m/x.py; }")
    modes = project.folder / "m/other.py"
    modes.chmod(0o640)
    first, second = project.run("m.x", env=edit), project.run("m.x")
    assert [(ran.stdout, ran.builds) for ran in (first, second)] == [(b"2\n", 2), (b"2\n", 0)]
    assert (modes.stat().st_mode & 0o777, modes.stat().st_nlink, left(project)) == (0o640, 1, [])


@pytest.mark.parametrize("moment", [0.1, 0.4, 0.7, 1.0])
def test_a_large_file_that_is_overwritten_is_one_version_or_nothing(moment: float, make: MakeProject) -> None:
    project = make({"m/x.py": READ_BIG, "data/big": b"a" * MB * SIZE})
    with at_work(project, OVERWRITE, str(moment)):
        ran = project.run("-d", "data", "m.x")
    assert (ran.code, ran.stdout) in [(0, b"a\n"), (0, b"b\n"), (2, b"")], ran.stderr
    assert left(project) == []


def test_a_file_that_is_overwritten_all_the_time_is_an_error_that_names_it(make: MakeProject) -> None:
    project = make({"m/x.py": READ_BIG, "data/big": b"a" * MB * 20})
    write(project.folder, {"m/unique": project.name})
    with at_work(project, OVERWRITE_ALWAYS):
        ran = project.caliban("build", "-t", f"caliban/{project.name}:mine", "-d", "data", "m.x")
    assert (ran.code, ran.stdout, "error[kept-changing]: 'data/big' kept changing" in ran.stderr) == (2, b"", True)
    assert (project.images(), project.containers(), left(project)) == (set(), [], [])


def test_an_earlier_image_keeps_its_names_where_no_new_one_can_be_made(make: MakeProject) -> None:
    project = make({"m/x.py": READ_BIG, "data/big": b"a" * MB * 20})
    tag = f"caliban/{project.name}:mine"
    earlier = project.build("-t", tag, "-d", "data", "m.x")
    with at_work(project, OVERWRITE_ALWAYS):
        time.sleep(0.5)
        ran = project.caliban("build", "-t", tag, "-d", "data", "m.x")
    named = docker("image", "inspect", "--format", "{{.Id}}", tag, f"caliban/{project.name}:cpu").split()
    assert (ran.code, named, project.images()) == (2, [earlier, earlier], {earlier})


def test_where_the_second_build_fails_nothing_of_the_first_stays(make: MakeProject, tmp_path: Path) -> None:
    project = make({"m/x.py": "print(1)"})
    write(project.folder, {"m/unique": project.name})
    first, second = "touch once; echo 'print(2)' > m/x.py", "echo ERROR: no room >&2; exit 1"
    edit = with_builder(tmp_path / "bin", before=f"if [ -e once ]; then {second}; fi; {first}")
    ran = project.run("m.x", env=edit)
    assert (ran.code, ran.builds, project.images(), left(project)) == (125, 2, set(), []), ran.stderr


def test_a_log_that_grows_all_the_time_costs_one_build_and_no_word(make: MakeProject) -> None:
    check = "print(set(open('m/log.txt').read().splitlines()[:-1]))"
    project = make({"m/x.py": check, "m/log.txt": "", "data/big": b"a" * MB})
    with at_work(project, APPEND_ALWAYS):
        first, second = (project.run("-d", "data", "m.x") for _ in range(2))
    for ran in (first, second):
        assert (ran.stdout, ran.builds) == (b"{'a line of some log'}\n", 1), ran.stderr
        assert not any(words in ran.stderr for words in CHANGED), ran.stderr
    assert _was_cached("COPY", "data", second.stderr)


def _was_cached(instruction: str, folder: str, log: str) -> bool:
    """Whether the builder took a layer from its cache: its step has a line of its own that says so."""
    (number,) = {
        line.split()[0]
        for line in log.splitlines()
        if line.startswith("#") and {instruction, folder} <= set(_words(line))
    }
    return f"{number} CACHED" in log.splitlines()


def _words(line: str) -> list[str]:
    return line.replace("/", " ").replace('"', " ").replace(",", " ").replace("[", " ").replace("]", " ").split()


def test_a_file_that_is_replaced_costs_one_build_and_no_word(make: MakeProject, tmp_path: Path) -> None:
    project = make({"m/x.py": "print(1)"})
    write(tmp_path, {"new.py": "print(2)"})
    time.sleep(A_TICK)
    edit = with_builder(tmp_path / "bin", before=f"[ -e {tmp_path}/new.py ] && mv {tmp_path}/new.py m/x.py")
    first, second = project.run("m.x", env=edit), project.run("m.x")
    assert [(ran.stdout, ran.builds) for ran in (first, second)] == [(b"2\n", 1), (b"2\n", 1)], first.stderr
    assert not any(words in first.stderr for words in CHANGED), first.stderr


def test_a_file_that_is_replaced_all_the_time_is_one_version(make: MakeProject) -> None:
    """Maybe after a second build: the third version may have the inode number of the first."""
    project = make({"m/x.py": READ_BIG, "data/big": b"a" * MB * 20})
    with at_work(project, REPLACE_ALWAYS):
        ran = project.run("-d", "data", "m.x")
    assert (ran.code, ran.stdout in (b"a\n", b"b\n")) == (0, True), ran.stderr


def test_a_folder_with_a_context_of_its_own_is_whole_too(make: MakeProject, tmp_path: Path) -> None:
    read = "print(open('data[1]/x').read().strip())"
    project = make({"m/x.py": read, "data[1]/x": "one", "data[1]/.env": "secret"})
    edit = with_builder(tmp_path / "bin", before="[ -e once ] || { touch once; printf two > 'data[1]/x'; }")
    ran = project.run("-d", "data[1]", "m.x", env=edit)
    assert (ran.stdout, ran.builds, left(project)) == (b"two\n", 2, []), ran.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="only root mounts a file system")
def test_a_file_that_has_no_room_for_a_copy_is_an_error_that_names_it(make: MakeProject, tmp_path: Path) -> None:
    project = make({"m/x.py": READ_BIG, "data/big": b"a" * MB * 150}).with_home(tmp_path / "small")
    project.home.mkdir(mode=0o700)
    mounted = f'mount -t tmpfs -o size=140m,mode=700 tmpfs {project.home}; exec "$0" "$@"'
    small = replace(project, command=("unshare", "--mount", "sh", "-c", mounted, *project.command))
    with at_work(small, OVERWRITE_ALWAYS):
        ran = small.run("-d", "data", "m.x")
    assert (ran.code, "'data/big' changed while the builder read it, and is too large to copy" in ran.stderr) == (
        2,
        True,
    ), ran.stderr


def test_a_file_that_may_not_be_linked_is_copied(of_user: RealProject, tmp_path: Path) -> None:
    """An ordinary user may not link files of others (fs.protected_hardlinks)."""
    theirs = of_user.folder / "theirs.txt"
    theirs.write_text("theirs")
    edit = with_builder(tmp_path / "bin", before="[ -e once ] || { touch once; printf 'print(2)' > snippet.py; }")
    for folder in (tmp_path, *tmp_path.parents):
        if folder != Path("/tmp") and folder.is_relative_to("/tmp"):
            folder.chmod(0o755)
    write(of_user.folder, {"snippet.py": "print(1)"})
    (of_user.folder / "snippet.py").chmod(0o666)
    ran = of_user.run("snippet.py", env=edit)
    facts = theirs.stat()
    assert (ran.stdout, ran.builds, facts.st_nlink, theirs.read_text()) == (b"2\n", 2, 1, "theirs"), ran.stderr
    assert left(of_user) == []
