"""Packages that are imported and that nothing declares are named, and nothing else is."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from projects import project

from caliban.compiler.diagnostics import render
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.project.survey import survey
from caliban.compiler.input.caller import Caller
from caliban.compiler.input.invocation import Compilation

CALLER = Caller(root="", python="3.11", platform="linux/amd64")
PACKAGE = '[project]\nname = "p"\nversion = "1"\n'
BUILT = f'{PACKAGE}[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
LOCK = """version = 1
requires-python = ">=3.10"
[[package]]
name = "p"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "LOCKED" }]
[[package]]
name = "LOCKED"
version = "1.0"
source = { registry = "https://pypi.example/simple" }
sdist = { url = "https://pypi.example/x/LOCKED-1.0.tar.gz", hash = "sha256:0" }
"""


def told(folder: Path, files: dict[str, str], line: str = "train.py") -> str:
    """What is said of undeclared imports."""
    project(folder, files)
    invocation = parse(["compile", "--nogpu", *line.split()])
    assert isinstance(invocation, Compilation)
    warnings = survey(invocation, replace(CALLER, root=str(folder))).warnings
    return "\n".join(render(each) for each in warnings if each.code == "undeclared")


def locked(distribution: str) -> dict[str, str]:
    return {
        "pyproject.toml": f'{PACKAGE}dependencies = ["{distribution}"]\n',
        "uv.lock": LOCK.replace("LOCKED", distribution),
    }


def test_the_requirements_file_that_is_printed_ends_the_warning(tmp_path: Path) -> None:
    files = {"train.py": "import cv2\nimport yaml, mystery\n"}
    lines = told(tmp_path, files).partition("requirements.txt:\n")[2].splitlines()
    assert [line.strip() for line in lines] == ["opencv-python", "pyyaml", "mystery  # if that is its name on PyPI"]
    assert told(tmp_path, {"requirements.txt": "\n".join(lines)}) == ""


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "six\n"},
        {"requirements.txt": "git+https://example.org/x\n"},
        {"requirements-dev.txt": "numpy\n"},  # which is named by a warning of its own
        {"environment.yml": "dependencies: [numpy]\n"},
        {"setup.py": "from setuptools import setup\nsetup(name='p', install_requires=open('r').read())\n"},
        {"pyproject.toml": f'{PACKAGE}[project.optional-dependencies]\nx = ["numpy"]\n'},
    ],
)
def test_nothing_is_said_where_something_is_declared(files: dict[str, str], tmp_path: Path) -> None:
    assert told(tmp_path, {"train.py": "import numpy", **files}) == ""


@pytest.mark.parametrize(
    "files", [{"requirements.txt": "# none\n"}, {"pyproject.toml": PACKAGE}, {"setup.cfg": "[x]\n"}]
)
def test_files_that_declare_nothing_are_no_declaration(files: dict[str, str], tmp_path: Path) -> None:
    assert "'numpy' is imported, but the project declares no dep" in told(
        tmp_path, {"train.py": "import numpy", **files}
    )


@pytest.mark.parametrize("line", ["--base_image me/base train.py", "--mount .. train.py", "go.sh"])
def test_nothing_is_said_where_packages_may_come_otherwise(line: str, tmp_path: Path) -> None:
    assert told(tmp_path, {"train.py": "import numpy", "go.sh": "python train.py"}, line) == ""


@pytest.mark.parametrize(
    ("statement", "files"),
    [
        ("import pip, setuptools, pkg_resources", {}),
        ("import sys\nsys.path.insert(0, 'libs/deep')\nimport helper", {"libs/deep/helper.py": ""}),
        ("import p", {"pyproject.toml": BUILT, "src/p/__init__.py": ""}),
        ("try:\n    import numpy\nexcept Exception:\n    pass", {}),
    ],
)
def test_what_the_image_or_the_project_has_is_not_named(statement: str, files: dict[str, str], tmp_path: Path) -> None:
    assert told(tmp_path, {"train.py": statement, **files}) == ""


@pytest.mark.parametrize(
    ("distribution", "module"),
    [("numpy", "yaml"), ("numpy", "cv2"), ("numpy", "mystery"), ("mystery", "numpy"), ("pillow", "skimage")],
)
def test_what_surely_no_locked_package_has_is_named(distribution: str, module: str, tmp_path: Path) -> None:
    said = told(tmp_path, {"train.py": f"import {module}", **locked(distribution)})
    assert said.startswith(f"warning[undeclared]: '{module}' is imported, but no package of uv.lock has it"), said


@pytest.mark.parametrize(
    ("distribution", "module"),
    [
        ("pyyaml", "yaml"),
        ("opencv-contrib-python-headless", "cv2"),
        ("intel-tensorflow", "tensorflow"),
        ("tf-nightly", "tensorflow"),
        ("unheard-of", "mystery"),  # may have any module
        ("stable-baselines3", "stable_baselines3.ppo"),
        ("setuptools", "pkg_resources"),
    ],
)
def test_what_a_locked_package_has_or_may_have_is_not_named(distribution: str, module: str, tmp_path: Path) -> None:
    assert told(tmp_path, {"train.py": f"import {module}", **locked(distribution)}) == ""


def test_a_lock_beside_which_more_is_installed_tells_nothing(tmp_path: Path) -> None:
    files = {"train.py": "import yaml", **locked("numpy"), "requirements.txt": "six\n"}
    assert told(tmp_path, files) == ""
