from pathlib import Path

import pytest
from projects import project

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies.manifests.pipfile import read_pipfile
from caliban.compiler.frontend.dependencies.reading import ReadRequirements
from caliban.compiler.input.project import PythonFact


def read(tmp_path: Path, text: str) -> ReadRequirements:
    return read_pipfile(project(tmp_path, {"Pipfile": text, "libs/t/setup.py": "", "wheels/t.whl": ""}), "Pipfile")


@pytest.mark.parametrize(
    ("entry", "requirement"),
    [
        ('"*"', "t"),
        ('">=1,<2"', "t>=1,<2"),
        ('{version = "==1", extras = ["a", "b"]}', "t[a,b]==1"),
        ('{version = "*", markers = "os_name == \'nt\'"}', "t ; os_name == 'nt'"),
        (
            "{sys_platform = \"== 'win32'\", markers = \"os_name == 'a' or os_name == 'b'\"}",
            "t ; (os_name == 'a' or os_name == 'b') and sys_platform == 'win32'",
        ),
        ('{git = "https://e.org/t", ref = "0a", subdirectory = "b"}', "t @ git+https://e.org/t@0a#subdirectory=b"),
        ('{file = "https://e.org/t.zip"}', "t @ https://e.org/t.zip"),
        ('{path = "./wheels/t.whl"}', "t @ ./wheels/t.whl"),
    ],
)
def test_a_package_is_read_as_the_requirement_that_it_is(tmp_path: Path, entry: str, requirement: str) -> None:
    file = read(tmp_path, f"[dev-packages]\nother = '*'\n\n[packages]\nt = {entry}\n").file
    assert [(each.text, each.place.line) for each in file.requirements] == [(requirement, 5)]


def test_a_folder_gets_a_step_of_its_own(tmp_path: Path) -> None:
    read_ = read(tmp_path, '[packages]\nt = {path = "./libs/t", editable = true}\n')
    assert [package.path for package in read_.local_packages] == ["libs/t"]


def test_indexes_other_than_the_default_one_and_the_python_are_read(tmp_path: Path) -> None:
    sources = "".join(
        f'[[source]]\nname = "s"\nurl = "{url}"\n' for url in ("https://pypi.example/simple", "https://e.org/s")
    )
    read_ = read(tmp_path, f'{sources}[packages]\n[requires]\npython_version = "3.10"\n')
    assert (read_.file.indexes, read_.python) == (
        ("--extra-index-url https://e.org/s",),
        PythonFact(specifier="==3.10.*", place=Place(source="Pipfile", line=9)),
    )


@pytest.mark.parametrize("text", ["[packages\n", "packages = 3\n", "source = 3\n", "[packages]\nt = 'what is this'\n"])
def test_a_broken_pipfile_is_rejected(tmp_path: Path, text: str) -> None:
    with pytest.raises(Rejected) as rejected:
        read(tmp_path, text)
    places = [each.place.source for each in rejected.value.diagnostics if each.place]
    assert places == ["Pipfile"]


@pytest.mark.parametrize("kind", ["hg", "svn", "bzr"])
def test_a_repository_that_uv_cannot_fetch_is_no_package_of_the_index(tmp_path: Path, kind: str) -> None:
    with pytest.raises(Rejected) as rejected:
        read(tmp_path, f"[packages]\nt = {{{kind} = 'https://e.org/t'}}\n")
    (problem,) = rejected.value.diagnostics
    assert (problem.message, str(problem.place)) == (
        f"uv, which installs, cannot fetch from {kind}:// addresses",
        "Pipfile:2",
    )
