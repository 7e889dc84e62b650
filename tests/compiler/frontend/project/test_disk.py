"""What is read of a project: its own files, and nothing that a link leads to elsewhere."""

import os
from collections.abc import Callable
from errno import EACCES
from pathlib import Path

import pytest
from msgspec.structs import replace
from projects import project, told

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.file_problems import text_unreadable
from caliban.compiler.frontend.project.survey import read_experiments, survey
from caliban.compiler.input.caller import Caller
from caliban.compiler.input.invocation import Run

PRIVATE = "private==1.0\n"
CALLER = Caller(root="", python="3.11", platform="linux/amd64")


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    (tmp_path / "private.txt").write_text(PRIVATE)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/private.txt").write_text(PRIVATE)
    made = project(tmp_path / "root", {"kept.txt": "kept", "train.py": ""})
    (tmp_path / "root/within.txt").symlink_to("kept.txt")
    (tmp_path / "root/link.txt").symlink_to(tmp_path / "private.txt")
    (tmp_path / "root/chain.txt").symlink_to("link.txt")
    (tmp_path / "root/folder").symlink_to("../elsewhere")
    return made


def refusal(disk: Disk, path: str) -> str:
    with pytest.raises(Rejected) as caught:
        disk.text(path)
    return told(caught.value)


def test_a_link_inside_the_project_is_read(disk: Disk) -> None:
    assert (disk.text("within.txt"), disk.head("within.txt", 2)) == ("kept", b"ke")


@pytest.mark.parametrize("path", ["link.txt", "chain.txt", "folder/private.txt", "../private.txt"])
def test_what_a_link_leads_to_elsewhere_is_not_read(disk: Disk, path: str) -> None:
    assert refusal(disk, path).startswith("error[outside-project]: leads out of the project")
    assert disk.head(path, 100) == b""


def test_a_file_that_the_user_typed_may_lie_anywhere(disk: Disk, tmp_path: Path) -> None:
    assert disk.typed_text(str(tmp_path / "private.txt")) == PRIVATE


@pytest.mark.parametrize("path", ["", ".", "folder", "kept.txt/x" * 500])
def test_a_file_that_cannot_be_read_is_reported_by_the_option_that_names_it(path: str, disk: Disk) -> None:
    with pytest.raises(Rejected) as caught:
        read_experiments(disk, path, None, source="--experiment_config")
    text = told(caught.value)
    assert ("--> --experiment_config" in text, ".dockerignore" in text) == (True, False), text


@pytest.mark.parametrize("name", [".calibanconfig.json", "pyproject.toml", ".dockerignore"])
@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_stands_in_place_of_a_file_is_to_be_renamed(
    make: Callable[[str], None], name: str, disk: Disk, tmp_path: Path
) -> None:
    make(str(tmp_path / "root" / name))
    text = refusal(disk, name)
    assert (f"--> {name}" in text, "hint: rename or remove it" in text) == (True, True), text


def test_a_file_of_calibans_own_that_may_not_be_read_is_not_to_be_left_out_of_copies() -> None:
    hint = text_unreadable(".calibanconfig.json", PermissionError(EACCES, "")).hint
    assert hint == "make it readable for yourself"


def test_a_pipe_is_not_waited_for(disk: Disk, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "root/pipe")
    assert refusal(disk, "pipe").startswith("error[unreadable]: cannot be read: it is no regular file")
    assert disk.head("pipe", 100) == b""


def test_a_name_with_a_nul_is_the_name_of_nothing(disk: Disk) -> None:
    path = "kept\0.txt"
    said = (disk.is_file(path), disk.exists(path), disk.names(path), disk.fact(path), disk.link_target(path))
    assert (said, disk.inside(path), disk.head(path, 1)) == ((False, False, [], None, None), None, b"")


def test_a_directory_is_no_text(disk: Disk, tmp_path: Path) -> None:
    (tmp_path / "root/requirements.txt").mkdir()
    assert "it is a directory" in refusal(disk, "requirements.txt")


MANIFESTS = (
    *(".calibanconfig.json", "pyproject.toml", "requirements.txt", "setup.py", "setup.cfg"),
    *(".dockerignore", ".python-version", "runtime.txt"),
)


def refusal_of_a_run(root: Path) -> str:
    invocation = parse(["run", "--nogpu", "train.py"])
    assert isinstance(invocation, Run)
    with pytest.raises(Rejected) as caught:
        survey(invocation, replace(CALLER, root=str(root)))
    return told(caught.value)


@pytest.mark.usefixtures("disk")
@pytest.mark.parametrize("name", MANIFESTS)
def test_no_manifest_may_be_a_link_to_a_file_elsewhere(name: str, tmp_path: Path) -> None:
    (tmp_path / "root/pyproject.toml").write_text("")  # setup.cfg is read beside one
    (tmp_path / "root" / name).unlink(missing_ok=True)
    (tmp_path / "root" / name).symlink_to(tmp_path / "private.txt")
    assert refusal_of_a_run(tmp_path / "root").startswith("error[outside-project]: ")


@pytest.mark.usefixtures("disk")
@pytest.mark.parametrize(
    "config",
    [
        '{"dependencies": ["../private.txt"]}',
        '{"dependencies": ["link.txt"]}',
        '{"tables": "folder/private.txt"}',
        '{"base_image": {"dockerfile": "chain.txt"}}',
        '{"base_image": "elsewhere/../../private.txt"}',
    ],
)
def test_no_key_of_the_config_leads_out_of_the_project(config: str, tmp_path: Path) -> None:
    project(tmp_path / "root", {".calibanconfig.json": config, "elsewhere/x": ""})
    assert refusal_of_a_run(tmp_path / "root").startswith("error[outside-project]: ")
