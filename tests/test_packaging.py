"""What is installed is what is in the repository: sdist → wheel, its names compared with those that git knows."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ("caliban/__init__.py", "caliban/__main__.py", "caliban/py.typed")
LINKED = ("compiler", "backends", "runtime")


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist of the repository, and the wheel that is built from the sdist alone."""
    folder = tmp_path_factory.mktemp("dist")
    sdist = _build(ROOT, folder, "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return sdist, _build(folder / sdist.name.removesuffix(".tar.gz"), folder, "wheel")


def test_the_wheel_holds_the_modules_and_tables_that_git_knows_and_nothing_else(archives: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(archives[1]) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name and ".data/" not in name}

    assert names == {*SHIPPED, *(f"caliban/{name}" for name in _known_to_git())}


def test_the_distribution_has_a_name_of_its_own_and_its_licence(archives: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(archives[1]) as wheel:
        [metadata] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
        fields = wheel.read(metadata).decode().splitlines()

        assert {"Name: caliban-run", "License-Expression: Apache-2.0", "License-File: LICENSE"} <= set(fields)
        [licence] = [name for name in wheel.namelist() if name.endswith("/LICENSE")]
        assert wheel.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_the_command_is_a_script_of_the_wheel_that_looks_for_nothing_in_the_project(
    archives: tuple[Path, Path],
) -> None:
    with zipfile.ZipFile(archives[1]) as wheel:
        [script] = [each for each in wheel.infolist() if each.filename.endswith(".data/scripts/caliban")]

        assert wheel.read(script) == (ROOT / "caliban/__main__.py").read_bytes()
        assert script.external_attr >> 16 & 0o111


def test_the_sdist_holds_each_file_once_and_no_link(archives: tuple[Path, Path]) -> None:
    with tarfile.open(archives[0]) as sdist:
        members = sdist.getmembers()
    names = [member.name.partition("/")[2] for member in members]

    assert sorted(set(names)) == sorted(names)
    assert [member.name for member in members if member.issym() or member.islnk()] == []
    assert set(_known_to_git()) <= set(names)


def test_the_wheel_imports_without_the_repository(archives: tuple[Path, Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(archives[1]) as wheel:
        wheel.extractall(tmp_path)  # noqa: S202  # made by the fixture
    code = "import caliban.runtime.cli as cli; print(cli.__file__, flush=True); cli.main(['--helpfull'])"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}

    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    ).stdout

    assert printed.startswith(f"{tmp_path}/caliban/runtime/cli.py\nusage: caliban") and "registry_mirror" in printed


def _build(source: Path, folder: Path, target: str) -> Path:
    """The path of the archive that hatchling makes; it needs nothing from the network."""
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder), "--target", target]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    return next(folder.glob("*.tar.gz" if target == "sdist" else "*.whl"))


def _known_to_git() -> list[str]:
    """Files of the three folders that git has or would take: a new module counts before it is committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *LINKED]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if outcome.returncode:
        pytest.skip("not in a git checkout")
    return [line for line in outcome.stdout.splitlines() if (ROOT / line).exists()]
