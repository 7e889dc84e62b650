"""Requirements that are folders of the project: found, built from there, and refused only where they are asked for."""

from pathlib import Path

import pytest
from projects import project, told

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies.manifests.packages import read_package, select_extras
from caliban.compiler.input.project import FolderRequirement, Package

HEAD = '[project]\nname = "x"\nversion = "1"\n'
LIB = {"libs/lib/pyproject.toml": '[project]\nname = "My.Lib"\nversion = "1"\n'}
PLACE = Place(source="pyproject.toml", line=4)


def chosen(folder: Path, text: str, *extras: str) -> Package:
    package = read_package(project(folder, {**LIB, "pyproject.toml": text}), ".")
    assert package is not None
    return select_extras(package, extras, "cpu")


@pytest.mark.parametrize(
    "text",
    [
        HEAD + 'dependencies = ["six", "my-lib"]\n[tool.uv.sources]\nmy_lib = { path = "libs/lib" }\n',
        HEAD + 'dependencies = ["six", "my-lib"]\n[tool.uv.sources]\nmy-lib = [{ path = "./libs/lib" }]\n',
        HEAD
        + 'dependencies = ["six", "my-lib"]\n[tool.uv.sources]\nmy-lib = { workspace = true }\n'
        + '[tool.uv.workspace]\nmembers = ["l*/*"]\n',
    ],
    ids=["path", "list of sources", "workspace"],
)
def test_a_requirement_may_be_a_folder(tmp_path: Path, text: str) -> None:
    package = chosen(tmp_path, text)
    assert (package.folders, [each.name for each in package.requirements or ()]) == (
        (FolderRequirement(name="my-lib", path="libs/lib", place=PLACE),),
        ["six"],
    )


def test_a_member_finds_the_members_of_the_workspace_above_it(tmp_path: Path) -> None:
    root = HEAD + '[tool.uv.workspace]\nmembers = ["libs/*"]\n'
    app = HEAD + 'dependencies = ["my-lib"]\n[tool.uv.sources]\nmy-lib = { workspace = true }\n'
    disk = project(tmp_path, {**LIB, "pyproject.toml": root, "libs/app/pyproject.toml": app})
    package = read_package(disk, "libs/app")
    assert package is not None and [folder.path for folder in package.folders] == ["libs/lib"]


def test_a_path_of_poetry_is_a_folder_too(tmp_path: Path) -> None:
    package = chosen(tmp_path, '[tool.poetry.dependencies]\nsix = "*"\nmy-lib = { path = "libs/lib" }\n')
    assert [folder.path for folder in package.folders] == ["libs/lib"]


@pytest.mark.parametrize("source", ['{ index = "x" }', '{ git = "https://x.org/x" }', '{ url = "https://x.org/x" }'])
def test_other_sources_are_the_installers(tmp_path: Path, source: str) -> None:
    package = chosen(tmp_path, HEAD + f'dependencies = ["my-lib"]\n[tool.uv.sources]\nmy-lib = {source}\n')
    assert (package.folders, len(package.requirements or ())) == ((), 1)


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ('{ path = "libs/lob" }', "did you mean 'libs/lib'?"),
        ('{ path = "../lib" }', "move it into the project, or start caliban in the folder that holds both"),
        ("{ workspace = true }", 'list its folder in [tool.uv.workspace]: members = ["libs/*"]; start caliban in'),
    ],
)
def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, source: str, hint: str) -> None:
    with pytest.raises(Rejected) as caught:
        chosen(tmp_path, HEAD + f'dependencies = ["my-lib"]\n[tool.uv.sources]\nmy-lib = {source}\n')
    assert "--> pyproject.toml:4" in told(caught.value) and f"hint: {hint}" in told(caught.value)


@pytest.mark.parametrize(
    ("index", "source", "expected"),
    [
        ("", "", ("--extra-index-url https://x.org/cu126",)),
        ("default = true\n", "", ("--default-index https://x.org/cu126",)),
        ("explicit = true\n", '{ index = "x" }', ("--extra-index-url https://x.org/cu126",)),
        ("explicit = true\n", '[{ index = "x", extra = "gpu" }]', ()),
        ("explicit = true\n", "", ()),
    ],
)
def test_an_index_is_asked_for_all_or_for_what_names_it(
    tmp_path: Path, index: str, source: str, expected: tuple[str, ...]
) -> None:
    sources = f"[tool.uv.sources]\ntorch = {source}\n" if source else ""
    table = f'[[tool.uv.index]]\nname = "x"\nurl = "https://x.org/cu126"\n{index}'
    assert chosen(tmp_path, HEAD + 'dependencies = ["torch"]\n' + sources + table).indexes == expected


def test_a_file_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        chosen(tmp_path, HEAD + 'dependencies = ["my-lib @ file:libs/lib"]\n')
    assert 'my-lib = { path = "FOLDER" }' in told(caught.value)


def test_what_nobody_asks_for_may_lie_elsewhere(tmp_path: Path) -> None:
    text = HEAD + '[dependency-groups]\ndev = ["my-lib"]\n[tool.uv.sources]\nmy-lib = { path = "../lib" }\n'
    assert chosen(tmp_path, text).folders == ()
    with pytest.raises(Rejected):
        chosen(tmp_path, text, "dev")
