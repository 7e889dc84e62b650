"""What a command imports: a start is a tenth of a second, and most of that is imports."""

import subprocess
import sys
from pathlib import Path

import pytest

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
