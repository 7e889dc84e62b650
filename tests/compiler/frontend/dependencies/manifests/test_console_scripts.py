"""Commands that a project declares, from every manifest that can."""

from pathlib import Path

import pytest
from projects import project

from caliban.compiler.diagnostics import Place
from caliban.compiler.frontend.dependencies.manifests.console_scripts import ConsoleScript, console_scripts

SETUP = "from setuptools import setup\nPOINTS = {}\nsetup(name='p', entry_points={})\n"


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("pyproject.toml", '[project]\nname = "p"\n[project.scripts]\nmytrain = "pkg.cli:main"\n', 4),
        ("pyproject.toml", '[tool.poetry.scripts]\nmytrain = "pkg.cli:main"\n', 2),
        ("pyproject.toml", '[tool.poetry.scripts]\nmytrain = {reference = "pkg.cli:main", type = "console"}\n', 2),
        ("setup.cfg", "[options.entry_points]\nconsole_scripts =\n    mytrain = pkg.cli:main\n    # x = y:z\n", 3),
        ("setup.py", SETUP.format("0", "{'console_scripts': ['mytrain = pkg.cli:main [x]', 3]}"), 3),
        ("setup.py", SETUP.format("{'console_scripts': 'mytrain=pkg.cli:main'}", "POINTS"), 2),
        ("setup.py", SETUP.format("0", "'[console_scripts]\\nmytrain=pkg.cli:main'"), 3),
    ],
)
def test_a_command_is_read_with_its_module_and_line(path: str, text: str, line: int, tmp_path: Path) -> None:
    script = ConsoleScript(name="mytrain", module="pkg.cli", place=Place(source=path, line=line))
    assert console_scripts(project(tmp_path, {path: text})) == {"mytrain": script}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", "[project\n"),
        ("pyproject.toml", "[project]\nscripts = 1\n"),
        ("pyproject.toml", '[tool.poetry.scripts]\nx = {reference = "bin/x.sh", type = "file"}\n'),
        ("pyproject.toml", '[project.scripts]\n"a/b" = "pkg.cli:main"\nx = ":main"\n'),
        ("setup.cfg", "[options.entry_points\n"),
        ("setup.cfg", "[options.entry_points]\ngui_scripts =\n    x = pkg.cli:main\n"),
        ("setup.py", SETUP.format("read()", "POINTS")),
        ("setup.py", SETUP.format("0", "'[console_scripts'")),
        ("setup.py", "def f(:\n"),
    ],
)
def test_what_cannot_be_read_or_is_none_declares_no_command(path: str, text: str, tmp_path: Path) -> None:
    assert console_scripts(project(tmp_path, {path: text})) == {}
