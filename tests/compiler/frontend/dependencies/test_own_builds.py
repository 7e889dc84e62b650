"""What is known of the build of a package before it runs."""

from pathlib import Path

import pytest
from projects import project

from caliban.compiler.diagnostics import Place
from caliban.compiler.frontend.dependencies.manifests.packages import read_package
from caliban.compiler.frontend.dependencies.own_builds import (
    discovers_modules,
    found_by_setuptools,
    has_nothing_to_package,
    unreadable_files,
)

HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
POETRY = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
NAMED = '[project]\nname = "p"\nversion = "1"\n'
README = 'readme = "README.md"\n'
SETUP = "from setuptools import setup\nsetup(name='p'{})\n"


def missing(folder: Path, manifest: str, files: dict[str, str]) -> list[Place | None]:
    disk = project(folder, {"pyproject.toml": manifest, **files})
    package = read_package(disk, ".")
    assert package is not None
    return [problem.place for problem in unreadable_files(disk, (package,))]


HERE, IGNORED = Place(source="pyproject.toml", line=7), Place(source=".dockerignore", line=2, text="*.md")


@pytest.mark.parametrize(
    ("manifest", "files", "places"),
    [
        (HATCHLING + NAMED + README, {"README.md": ""}, []),
        (HATCHLING + NAMED + README, {}, [HERE]),
        (HATCHLING + NAMED + 'readme = {file = "README.md", content-type = "text/markdown"}\n', {}, [HERE]),
        (HATCHLING + NAMED + 'license = {file = "LICENSE"}\n', {}, [HERE]),
        (HATCHLING + NAMED + 'license = "MIT"\n', {}, []),
        (HATCHLING + NAMED + README, {"README.md": "", ".dockerignore": "data\n*.md\n"}, [IGNORED]),
        (HATCHLING + NAMED + README, {"README.md": "", ".dockerignore": "*.md\n!README.md\n"}, []),
        (SETUPTOOLS + NAMED + README, {}, []),  # which only warns
        (NAMED + README, {}, []),  # which is not built
        (POETRY + '[tool.poetry]\nname = "p"\nversion = "1"\nreadme = ["README.md"]\n', {}, [HERE]),
    ],
)
def test_a_file_that_the_build_is_sure_to_miss_is_named(
    manifest: str, files: dict[str, str], places: list[Place], tmp_path: Path
) -> None:
    assert missing(tmp_path, manifest, files) == places


@pytest.mark.parametrize(
    ("files", "discovers"),
    [
        ({"pyproject.toml": SETUPTOOLS + NAMED}, True),
        ({"pyproject.toml": SETUPTOOLS + NAMED, "src/p/__init__.py": ""}, False),
        ({"pyproject.toml": SETUPTOOLS + NAMED + '[tool.setuptools]\npackages = ["p"]\n'}, False),
        ({"pyproject.toml": SETUPTOOLS + NAMED + "[tool.setuptools.packages.find]\n"}, False),
        ({"pyproject.toml": HATCHLING + NAMED}, False),
        ({"setup.py": SETUP.format("")}, True),
        ({"setup.py": SETUP.format(", packages=['p']")}, False),
        ({"setup.py": SETUP.format(""), "setup.cfg": "[options]\npackages = find:\n"}, False),
        ({"setup.py": SETUP.format("") + "# packages = none\n"}, True),
    ],
)
def test_setuptools_looks_for_modules_where_nothing_names_them(
    files: dict[str, str], discovers: bool, tmp_path: Path
) -> None:
    disk = project(tmp_path, files)
    package = read_package(disk, ".")
    assert package is not None
    assert discovers_modules(disk, package) is discovers


@pytest.mark.parametrize(
    ("files", "folder", "found"),
    [
        (("pkg/a.py", "other/b.txt", "setup.py"), ".", ("other", "pkg")),
        (("pkg/a.py", "tests/t.py", "docs/x", "my-data/x", "_private/x", ".git/x"), ".", ("pkg",)),
        (("train.py", "model.py", "setup.py", "conftest.py", "_x.py"), ".", ("model", "train")),
        (("libs/foo/foo/a.py", "libs/foo/setup.py", "pkg/a.py"), "libs/foo", ("foo",)),
    ],
)
def test_what_setuptools_finds_of_a_flat_layout_is_known(
    files: tuple[str, ...], folder: str, found: tuple[str, ...]
) -> None:
    assert found_by_setuptools(files, folder) == found


@pytest.mark.parametrize(
    ("name", "files", "more", "nothing"),
    [
        ("my-tool", {}, "", True),
        ("my-tool", {"my_tool/__init__.py": ""}, "", False),
        ("My-Tool", {"src/my_tool/__init__.py": ""}, "", False),
        ("my-tool", {"my_tool.py": ""}, "", False),
        ("my-tool", {"train.py": ""}, 'packages = [{include = "other"}]\n', False),
    ],
)
def test_poetry_packages_a_module_of_the_projects_name(
    name: str, files: dict[str, str], more: str, nothing: bool, tmp_path: Path
) -> None:
    manifest = f'{POETRY}[tool.poetry]\nname = "{name}"\nversion = "1"\n{more}'
    disk = project(tmp_path, {"pyproject.toml": manifest, **files})
    package = read_package(disk, ".")
    assert package is not None
    assert has_nothing_to_package(disk, package) is nothing
