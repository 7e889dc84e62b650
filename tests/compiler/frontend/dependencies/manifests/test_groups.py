"""Dependency groups: PEP 735's and poetry's."""

from pathlib import Path

import pytest
from projects import project

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies.manifests.packages import read_package, select_extras
from caliban.compiler.input.project import Package

HEAD = '[project]\nname = "x"\nversion = "1"\n[project.optional-dependencies]\nboth = ["six"]\n[dependency-groups]\n'
POETRY = """
[tool.poetry]
name = "x"
[tool.poetry.group.docs.dependencies]
sphinx = "^7"
[tool.poetry.dev-dependencies]
pytest = "*"
"""


def read(folder: Path, text: str) -> Package:
    found = read_package(project(folder, {"pyproject.toml": text}), ".")
    assert found is not None
    return found


def told(package: Package) -> dict[str, list[str]]:
    return {group.name: [each.text for each in group.requirements] for group in package.groups}


def test_a_group_brings_what_it_includes(tmp_path: Path) -> None:
    text = HEAD + 'Test_It = ["pytest>8", {include-group = "typing"}]\ntyping = ["mypy"]\n'
    assert told(read(tmp_path, text)) == {"test-it": ["pytest>8", "mypy"], "typing": ["mypy"]}


def test_groups_of_poetry_are_requirements_of_anybody(tmp_path: Path) -> None:
    assert told(read(tmp_path, POETRY)) == {"docs": ["sphinx>=7,<8"], "dev": ["pytest"]}


def test_a_name_is_an_extras_before_it_is_a_groups(tmp_path: Path) -> None:
    package = select_extras(read(tmp_path, HEAD + 'both = ["toml"]\nonly = ["toml"]\n'), ("both", "only"), "cpu")
    assert (package.selected, [group.name for group in package.chosen_groups]) == (("both",), ["only"])


def test_a_group_of_the_mode_needs_no_asking(tmp_path: Path) -> None:
    package = read(tmp_path, HEAD + 'gpu = ["toml"]\n')
    on_cpu, on_gpu = select_extras(package, (), "cpu"), select_extras(package, (), "gpu")
    assert (on_cpu.chosen_groups, on_gpu.chosen_groups) == ((), package.groups)


def test_groups_need_no_project(tmp_path: Path) -> None:
    package = select_extras(read(tmp_path, '[dependency-groups]\ntrain = ["six"]\n'), ("train",), "cpu")
    assert (package.installable, [group.name for group in package.chosen_groups]) == (False, ["train"])


@pytest.mark.parametrize(
    ("groups", "code", "line"),
    [
        ('a = [{include-group = "a"}]\n', "bad-group", 7),
        ('a = ["six"]\nb = [{include-group = "aa"}]\n', "bad-group", 8),
        ('a = "six"\n', "bad-manifest", 7),
        ('a = [{includes = "b"}]\n', "bad-manifest", 7),
        ('a = ["six"]\nb = ["six=1"]\n', "bad-requirement", 8),
    ],
)
def test_a_bad_group_is_told_with_its_line(tmp_path: Path, groups: str, code: str, line: int) -> None:
    with pytest.raises(Rejected) as caught:
        read(tmp_path, HEAD + groups)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.place) == (code, Place(source="pyproject.toml", line=line))
