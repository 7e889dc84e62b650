"""What a command imports: a start is a tenth of a second, and most of that is imports."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from caliban.compiler.quick_import import stand_in

HEAVY = {
    "dataclasses",
    "google",
    "hashlib",
    "http",
    "inspect",
    "jsonschema",
    "logging",
    "packaging",
    "plumbum",
    "shutil",
}
HEAVY |= {"sqlite3", "subprocess", "tempfile", "tomllib", "typing_extensions", "urllib", "yaml"}
VALUES = {"json", "msgspec"}  # what a compilation cannot do without
CODE = "import sys; from caliban.runtime.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
FILES = {"train.py": "", ".python-version": "3.11\n", "requirements.txt": "scikit-learn>=1.7,<2\nnumpy==2.1.0\n"}


def imported(folder: Path, *argv: str) -> set[str]:
    """The packages, of those that cost something, that a command imports."""
    ran = subprocess.run([sys.executable, "-c", CODE, *argv], cwd=folder, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in ran.stderr.split()} & (HEAVY | VALUES)


@pytest.mark.parametrize("argv", [("--help",), ("run", "--help"), ("--version",)])
def test_the_help_imports_nothing_of_the_compiler(tmp_path: Path, argv: tuple[str, ...]) -> None:
    assert imported(tmp_path, *argv) == set()


def test_a_plain_project_is_compiled_with_values_and_json_alone(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)

    assert imported(tmp_path, "compile", "--nogpu", "train.py") == VALUES


def test_a_run_of_an_image_that_is_there_imports_nothing_of_a_build() -> None:
    code = "import sys, caliban.runtime.job; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = ("building.make", "building.records", "building.log", "lending.loan")
    assert {f"caliban.runtime.{name}" for name in names} & set(ran.stdout.split()) == set()


def test_a_module_that_is_there_keeps_its_place() -> None:
    with stand_in("pathlib", None):
        assert sys.modules["pathlib"].Path is Path


def test_a_stand_in_goes_when_it_has_served() -> None:
    module = ModuleType("absent")
    with stand_in("absent", module):
        assert importlib.import_module("absent") is module
    assert "absent" not in sys.modules


def test_starting_a_process_imports_no_client_for_the_network() -> None:
    code = (
        "import sys; from caliban.runtime.execute import answer; print(answer(('echo', 'said')).stdout)\n"
        "print(sorted({'http', 'ssl', 'urllib.request'} & set(sys.modules)))\n"
        "import urllib.request; print(urllib.request.pathname2url('/a b'))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split("\n") == ["said", "", "[]", "/a%20b", ""]
