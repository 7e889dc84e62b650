"""`caliban --version` names other programs and distributions of its name."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

import caliban

ROOT = Path(__file__).parents[2]
VERSION = f"caliban {caliban.__version__}\n"
OTHER = "99.0"  # newer than ours, as the tool on PyPI is
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


@pytest.mark.parametrize("folder", ["bin", "shims"])
def test_this_very_program_in_another_folder_is_no_other(folder: str, tmp_path: Path) -> None:
    """As after `pip install --user`, or where pyenv starts it."""
    program = tmp_path / folder / "caliban"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\n" + (ROOT / "caliban/__main__.py").read_text().partition("\n")[2])
    program.chmod(0o755)
    started = program if folder == "bin" else SCRIPTS / "caliban"
    path = {"PATH": f"{program.parent}:/usr/bin"}
    done = subprocess.run([started, "--version"], env=path, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (VERSION, "")


class Environment:
    """A virtual environment with real wheels."""

    def __init__(self, folder: Path, wheels: dict[str, Path]) -> None:
        self._wheels = wheels
        self.python = folder / "bin" / "python"
        self.command = folder / "bin" / "caliban"
        venv.create(folder, with_pip=False, symlinks=True)

    def install(self, name: str) -> None:
        self._pip("install", "--no-index", "--no-deps", "--no-compile", str(self._wheels[name]))

    def uninstall(self, *names: str) -> None:
        self._pip("uninstall", "--yes", *names)

    def version(self) -> tuple[str, str]:
        path = {"PATH": f"{self.command.parent}:/usr/bin:/bin"}
        done = subprocess.run([self.command, "--version"], env=path, capture_output=True, text=True, check=True)
        return done.stdout, done.stderr

    def _pip(self, *words: str) -> None:
        pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", str(self.python))
        subprocess.run([*pip, *words], capture_output=True, check=True)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Our own wheel, and one of a stand-in for the other tool."""
    folder = tmp_path_factory.mktemp("wheels")
    build = (sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder))
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    return {"caliban-run": next(folder.glob("*.whl")), "caliban": _stand_in(folder)}


@pytest.fixture
def environment(tmp_path: Path, wheels: dict[str, Path]) -> Environment:
    return Environment(tmp_path / "environment", wheels)


def test_our_wheel_alone_prints_its_version_and_nothing_else(environment: Environment) -> None:
    environment.install("caliban-run")
    assert environment.version() == (VERSION, "")


def test_our_wheel_over_the_other_works_and_names_it(environment: Environment) -> None:
    environment.install("caliban")
    environment.install("caliban-run")
    printed, warned = environment.version()
    assert printed == VERSION and warned.startswith(f"warning[another-caliban]: another tool, caliban {OTHER}, ")
    assert f"{environment.python} -m pip uninstall caliban caliban-run" in warned


def test_to_remove_the_other_breaks_ours_and_the_remedy_mends_it(environment: Environment) -> None:
    environment.install("caliban")
    environment.install("caliban-run")
    environment.uninstall("caliban")
    assert not environment.command.exists()
    environment.uninstall("caliban-run")
    environment.install("caliban-run")
    assert environment.version() == (VERSION, "")


def test_the_other_over_our_wheel_takes_the_command(environment: Environment) -> None:
    """No code of ours runs then: docs/uninstall.md says so."""
    environment.install("caliban-run")
    environment.install("caliban")
    assert environment.version() == (f"the other caliban {OTHER}\n", "")


def _stand_in(folder: Path) -> Path:
    """A wheel of a distribution `caliban` with a package and a command of that name."""
    info = f"caliban-{OTHER}.dist-info"
    members = {
        "caliban/__init__.py": "",
        "caliban/main.py": f"def main():\n    print('the other caliban {OTHER}')\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: caliban\nVersion: {OTHER}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\ncaliban = caliban.main:main\n",
    }
    record = "".join(f"{path},,\n" for path in (*members, f"{info}/RECORD"))
    path = folder / f"caliban-{OTHER}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**members, f"{info}/RECORD": record}.items():
            archive.writestr(name, content)
    return path
