"""The folder of -o on this machine, and the .gitignore that keeps results out of git and of the next image."""

import os
from pathlib import Path

import pytest

from caliban.compiler.diagnostics import Rejected
from caliban.runtime.running.output import claim_output, make_output


def ignored(root: Path) -> list[str]:
    return sorted(str(path.parent.relative_to(root)) for path in root.rglob(".gitignore"))


@pytest.mark.parametrize(
    ("there", "output", "where"),
    [
        ((), "p/results", ["p/results"]),
        ((), "p/a/b/c", ["p/a"]),
        (("p/a/",), "p/a/b", ["p/a/b"]),
        (("p/results/",), "p/results", ["p/results"]),
        (("p/results/old",), "p/results", []),
        (("p/data/x/",), "p/data", []),
        ((), "elsewhere", []),
        ((), "p2/results", []),
    ],
)
def test_a_folder_of_the_project_that_is_new_or_empty_is_ignored_as_a_whole(
    there: tuple[str, ...], output: str, where: list[str], tmp_path: Path
) -> None:
    for path in ("p/", *there):
        (tmp_path / path).mkdir(parents=True) if path.endswith("/") else _touch(tmp_path / path)
    make_output(str(tmp_path / output), str(tmp_path / "p"))
    assert ((tmp_path / output).is_dir(), ignored(tmp_path)) == (True, where)


def test_what_is_ignored_already_is_not_ignored_again(tmp_path: Path) -> None:
    for output in ("results/1", "results/2/deep", "results/1"):
        make_output(str(tmp_path / output), str(tmp_path))
    assert (ignored(tmp_path), (tmp_path / "results/.gitignore").read_text()) == (["results"], "*\n")


def test_a_users_own_gitignore_stays(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results/.gitignore").write_text("*.pt\n")
    make_output(str(tmp_path / "results"), str(tmp_path))
    assert (tmp_path / "results/.gitignore").read_text() == "*.pt\n"


def test_a_place_that_cannot_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Rejected) as rejected:
        make_output(str(tmp_path / "file/results"), str(tmp_path))
    assert rejected.value.diagnostics[0].code == "bad-output"


@pytest.mark.parametrize("below", ["", "/a/b"])
def test_a_file_or_a_link_to_nothing_in_place_of_the_folder_is_named_as_that(below: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "to-file").symlink_to("file")
    cannot = {name: f"'{tmp_path}/{name}{below}' cannot be made: " if below else "" for name in os.listdir(tmp_path)}
    assert {name: refused(tmp_path / f"{name}{below}") for name in cannot} == {
        "file": f"{cannot['file']}'{tmp_path}/file' is a file",
        "dangling": f"{cannot['dangling']}'{tmp_path}/dangling' is a link to 'nowhere', and no folder is there",
        "to-file": f"{cannot['to-file']}'{tmp_path}/to-file' is a link to 'file', and no folder is there",
    }


def test_a_link_to_a_folder_is_a_folder_for_results(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "results").symlink_to("scratch")
    make_output(str(tmp_path / "results/a"))
    assert (tmp_path / "scratch/a").is_dir()


@pytest.mark.parametrize("target", ["victim", "nowhere", "file", "group"])
def test_a_link_in_place_of_a_groups_folder_is_not_followed(target: str, tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "group").symlink_to(target)
    with pytest.raises(Rejected) as rejected:
        claim_output(str(tmp_path / "group"), 1)
    (problem,) = rejected.value.diagnostics
    assert (problem.code, f"/group' is a link to '{target}'" in problem.message) == ("bad-output", True)
    assert sorted(os.listdir(tmp_path)) == ["file", "group", "victim"]
    assert os.listdir(tmp_path / "victim") == []


def test_a_link_with_the_number_of_a_run_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "group").mkdir()
    (tmp_path / "group/1").symlink_to("nowhere")
    assert claim_output(str(tmp_path / "group"), 1) == f"{tmp_path}/group/2"


def refused(path: Path) -> str:
    with pytest.raises(Rejected) as rejected:
        make_output(str(path))
    (problem,) = rejected.value.diagnostics
    assert problem.code == "bad-output"
    return problem.message


def _touch(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.touch()
