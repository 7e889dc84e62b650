"""`caliban --version` names other programs and distributions of its name."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(sys.executable).parent


def version(*folders: Path, python_path: Path | None = None) -> tuple[str, list[str]]:
    """The version that is printed, and the warnings."""
    environment = {"PATH": ":".join(map(str, folders)), "PYTHONPATH": str(python_path or "")}
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / "caliban"), "--version"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if line.startswith("warning")]


@pytest.fixture
def other(tmp_path: Path) -> Path:
    program = tmp_path / "other" / "caliban"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return program


def test_alone_it_prints_its_version_and_nothing_else() -> None:
    out, warnings = version(SCRIPTS, Path("/nowhere"))
    assert (out.startswith("caliban "), warnings) == (True, [])


def test_another_program_is_named_wherever_it_stands_on_the_path(other: Path) -> None:
    first = f"warning[another-caliban]: another program called caliban runs when you type caliban: {other}"
    later = f"warning[another-caliban]: another program called caliban is on PATH too: {other}"
    assert version(other.parent, SCRIPTS)[1] == [first]
    assert version(SCRIPTS, other.parent, other.parent)[1] == [later]


def test_what_is_no_program_is_not_named(other: Path) -> None:
    other.chmod(0o644)
    assert version(other.parent, SCRIPTS)[1] == []


def test_a_distribution_of_the_older_name_is_named(tmp_path: Path) -> None:
    metadata = tmp_path / "caliban-99.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: caliban\nVersion: 99.0\n")
    [warning] = version(SCRIPTS, python_path=tmp_path)[1]
    assert warning.startswith(
        "warning[another-caliban]: another tool, caliban 99.0, is installed in the same environment"
    )
