"""What a walk over the copied folders finds."""

import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from projects import project, told

from caliban.compiler.diagnostics import Rejected, render
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.exclusions import Exclusions, include_patterns
from caliban.compiler.frontend.project.walk import Walked, largest, walk
from caliban.compiler.input.project import FileFact, Folder

KEY = '{"type": "service_account", "private_key": "%s"}' % ("x" * 1700)
PROJECT = {
    "trainer/train.py": "1234",
    "trainer/__pycache__/train.pyc": "",
    "data/images/1.png": "12",
    "data/.env": "",
    "data.txt": "",
    ".git/HEAD": "",
    ".git/hooks/x.py": "",
    "requirements.txt": "1",
}


def paths(walked: Walked) -> list[str]:
    return [fact.path for fact in walked.files]


def test_the_walk_lists_files_and_folders_but_what_is_left_out(tmp_path: Path) -> None:
    walked = walk(project(tmp_path, PROJECT), (".",), Exclusions())
    assert paths(walked) == [
        "data",
        "data.txt",
        "data/images",
        "data/images/1.png",
        "requirements.txt",
        "trainer",
        "trainer/train.py",
    ]
    assert walked.left_out == (".git", "data/.env")


def test_only_the_roots_are_walked_and_measured_each_for_itself(tmp_path: Path) -> None:
    walked = walk(project(tmp_path, PROJECT), ("trainer", "data/images", "data"), Exclusions())
    assert paths(walked) == ["data", "data/images", "data/images/1.png", "trainer", "trainer/train.py"]
    assert walked.folders == (
        Folder(path="trainer", size=4, files=1, excluded=True),
        Folder(path="data/images", size=2, files=1),
        Folder(path="data", size=2, files=1, excluded=True),
    )


def test_a_fact_is_what_lstat_tells(tmp_path: Path) -> None:
    disk = project(tmp_path, {"train.py": "1234"})
    s = (tmp_path / "train.py").lstat()
    assert walk(disk, (".",), Exclusions()).files == (
        FileFact("train.py", s.st_mode, 4, s.st_mtime_ns, s.st_ctime_ns, s.st_ino),
    )


def test_empty_folders_are_copied(tmp_path: Path) -> None:
    (tmp_path / "data" / "empty").mkdir(parents=True)
    assert paths(walk(Disk(str(tmp_path)), ("data",), Exclusions())) == ["data", "data/empty"]


def test_links_are_copied_as_links_and_never_followed(tmp_path: Path) -> None:
    disk = project(tmp_path, {"data/x": "1234"})
    for name, target in (("loop", "loop"), ("up", ".."), ("dangling", "nowhere"), ("file", "x"), ("out", "/usr")):
        (tmp_path / "data" / name).symlink_to(target)
    walked = walk(disk, ("data",), Exclusions())
    assert paths(walked) == ["data", "data/dangling", "data/file", "data/loop", "data/out", "data/up", "data/x"]
    assert walked.folders == (Folder(path="data", size=4, files=6),)
    assert walked.warnings == ()


def test_an_excluded_folder_is_listed_if_something_in_it_is_kept(tmp_path: Path) -> None:
    disk = project(tmp_path, {**PROJECT, "other/x": ""})
    walked = walk(disk, (".",), Exclusions(user_patterns=("*", "!data/images")))
    assert paths(walked) == ["data", "data/images", "data/images/1.png"]
    assert walked.left_out == ()  # all of it is left out by the user


def test_virtual_environments_are_left_out_whatever_their_name(tmp_path: Path) -> None:
    mine = {"my env/pyvenv.cfg": "", "my env/lib/x.py": "", "conda/conda-meta/history": "", "conda/bin/python": ""}
    walked = walk(project(tmp_path, {"train.py": "", **mine}), (".",), Exclusions())
    assert paths(walked) == ["train.py"]
    assert walked.left_out == ("conda", "my env")
    assert sorted(walked.exclusions.environments) == ["conda", "my env"]
    assert {"conda", "my env"} <= set(walked.patterns)


def test_an_included_virtual_environment_is_copied(tmp_path: Path) -> None:
    disk = project(tmp_path, {"train.py": "", "env/pyvenv.cfg": "", "env/lib/x.py": "", "env/bin/python": ""})
    whole = walk(disk, (".",), Exclusions(includes=include_patterns(disk, ("env",))))
    assert paths(whole) == ["env", "env/bin", "env/bin/python", "env/lib", "env/lib/x.py", "env/pyvenv.cfg", "train.py"]
    part = walk(disk, (".",), Exclusions(includes=include_patterns(disk, ("env/lib",))))
    assert paths(part) == ["env", "env/lib", "env/lib/x.py", "train.py"]


def test_an_environment_in_the_project_folder_hides_itself_only(tmp_path: Path) -> None:
    disk = project(tmp_path, {"train.py": "", "pyvenv.cfg": "", "lib/python3.11/x.py": ""})
    assert paths(walk(disk, (".",), Exclusions())) == ["lib", "train.py"]


def test_a_service_account_key_is_found_by_its_content(tmp_path: Path) -> None:
    disk = project(tmp_path, {"conf/prod.json": KEY, "conf/model.json": "{}" * 500, "train.py": ""})
    walked = walk(disk, (".",), Exclusions(includes=include_patterns(disk, ("conf",))))
    assert paths(walked) == ["conf", "conf/model.json", "train.py"]
    assert (walked.left_out, walked.exclusions.keys) == (("conf/prod.json",), ("conf/prod.json",))
    assert walked.folders == (Folder(path=".", size=1000, files=2, excluded=True),)


def test_a_key_that_is_included_by_its_path_is_copied(tmp_path: Path) -> None:
    disk = project(tmp_path, {"conf/prod.json": KEY})
    exclusions = Exclusions(includes=include_patterns(disk, ("conf/prod.json",)))
    assert paths(walk(disk, (".",), exclusions)) == ["conf", "conf/prod.json"]


def test_a_second_walk_with_what_the_first_one_found_finds_the_same(tmp_path: Path) -> None:
    disk = project(tmp_path, {**PROJECT, "env/pyvenv.cfg": "", "env/x": "", "a [b]/key.json": KEY})
    first = walk(disk, (".",), Exclusions())
    second = walk(disk, (".",), first.exclusions)
    assert (second.files, second.folders, second.exclusions) == (first.files, first.folders, first.exclusions)
    assert second.left_out == first.left_out


def test_names_that_are_not_utf8_are_rejected_unless_left_out(tmp_path: Path) -> None:
    disk = project(tmp_path, {"train.py": ""})
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/x\xff.csv")).write_text("")
    (tmp_path / "link").symlink_to(os.fsdecode(b"y\xff"))
    with pytest.raises(Rejected) as rejected:
        walk(disk, (".",), Exclusions())
    assert (
        told(rejected.value)
        == """\
error[name-not-utf-8]: the link leads to a name that is not UTF-8, and the engine refuses a copy with it
  --> link
  hint: remove the link, or leave it out with a line in .dockerignore
error[name-not-utf-8]: the name is not UTF-8, and the engine refuses a copy with it
  --> x\\xff.csv
  hint: rename it, or leave it out with a line in .dockerignore ('?' stands for each odd byte)"""
    )
    assert paths(walk(disk, (".",), Exclusions(user_patterns=("x?.csv", "link")))) == ["train.py"]


def test_a_path_that_the_engine_cannot_hold_is_rejected(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(16):  # by descriptor: the whole path would be too long for one call
        os.mkdir("n" * 244, dir_fd=here)
        here, above = os.open("n" * 244, os.O_RDONLY, dir_fd=here), here
        os.close(above)
    os.close(here)
    with pytest.raises(Rejected) as rejected:
        walk(Disk(str(tmp_path)), (".",), Exclusions())
    assert [each.code for each in rejected.value.diagnostics] == ["path-too-long"]


def test_sockets_pipes_and_devices_are_copied_with_a_warning(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server, tempfile.TemporaryDirectory(dir="/tmp") as short:
        server.bind(f"{short}/socket")  # the path of a socket may have 107 bytes
        shutil.move(f"{short}/socket", tmp_path / "socket")
    walked = walk(Disk(str(tmp_path)), (".",), Exclusions())
    assert paths(walked) == ["pipe", "socket"]
    assert [render(each) for each in walked.warnings] == [
        """\
warning[special-file]: no file but a socket, a pipe or a device: pipe, socket; a socket arrives as an empty file
  --> pipe
  hint: leave it out with a line in .dockerignore"""
    ]


def test_a_large_copy_names_its_largest_parts(tmp_path: Path) -> None:
    disk = project(tmp_path, {"a/x": "", "b/c/y": "", "z": "", "s": "", "t": ""})
    for name, size in (("a/x", 3 * 10**9), ("b/c/y", 10**9), ("z", 5 * 10**8), ("s", 10)):
        os.truncate(tmp_path / name, size)
    walked = walk(disk, (".",), Exclusions())
    assert [render(each) for each in walked.warnings] == [
        """\
warning[large-copy]: the project copies 4.5 GB: a 3.0 GB, b 1.0 GB, z 500 MB
  --> .
  hint: leave out what the run does not need with a line in .dockerignore, or mount it: --mount DIR"""
    ]
    assert largest(walked.files, "b", 1) == (("b/c", 10**9),)


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder of a user to whom permissions apply, which they do not to root."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, 65534, 65534)
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if os.getuid() == 0:
                os.seteuid(0)


def test_what_cannot_be_read_is_rejected_by_name(unprivileged: Path) -> None:
    disk = project(unprivileged, {"ok.py": "", "secret": "", "closed/x": "", "mine": "", "hidden/x": ""})
    (unprivileged / "secret").chmod(0)
    (unprivileged / "mine").chmod(stat.S_IRUSR)
    (unprivileged / "closed").chmod(0)
    (unprivileged / "hidden").chmod(0)
    with pytest.raises(Rejected) as rejected:
        walk(disk, (".",), Exclusions(user_patterns=("hidden",)))
    for folder in ("closed", "hidden"):
        (unprivileged / folder).chmod(0o700)
    assert sorted(str(each.place) for each in rejected.value.diagnostics) == ["closed", "secret"]


def test_a_root_that_is_excluded_or_gone_copies_nothing(tmp_path: Path) -> None:
    walked = walk(project(tmp_path, PROJECT), ("trainer", "gone"), Exclusions(user_patterns=("trainer",)))
    assert walked.files == ()
    assert walked.folders == (
        Folder(path="trainer", size=0, files=0, excluded=True),
        Folder(path="gone", size=0, files=0, excluded=True),
    )
