"""What a command imports: a start is a tenth of a second, and most of that is imports."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import cloud_keys
import pytest
from cloud_keys import write_key

from caliban.compiler.quick_import import Later, importing_less, stand_in

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
    "rich",
    "shutil",
}
HEAVY |= {"sqlite3", "subprocess", "tempfile", "tomli", "tomllib", "typing_extensions", "urllib", "yaml"}
BUILDING = {
    f"caliban.runtime.{name}"
    for name in ("building.make", "building.records", "building.events", "building.live", "settings.host_settings")
}
VALUES = {"json", "msgspec"}  # what a compilation cannot do without
CODE = "import sys; from caliban.runtime.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
FILES = {"train.py": "", ".python-version": "3.11\n", "requirements.txt": "scikit-learn>=1.7,<2\nnumpy==2.1.0\n"}


def imported(folder: Path, *argv: str) -> set[str]:
    """The packages, of those that cost something, that a command imports."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    environment = {**plain, "PIP_CONFIG_FILE": os.devnull, "HOME": str(folder), "XDG_CONFIG_DIRS": str(folder)}
    ran = subprocess.run(
        [sys.executable, "-c", CODE, *argv], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in ran.stderr.split()} & (HEAVY | VALUES)


def after(code: str) -> set[str]:
    """The modules that are there after some code has run."""
    code = f"import sys\n{code}\nprint(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


@pytest.mark.parametrize("argv", [("--help",), ("run", "--help"), ("--version",)])
def test_the_help_imports_nothing_of_the_compiler(tmp_path: Path, argv: tuple[str, ...]) -> None:
    assert imported(tmp_path, *argv) == set()


def test_a_plain_project_is_compiled_with_values_and_json_alone(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)

    assert imported(tmp_path, "compile", "--nogpu", "train.py") == VALUES


def test_a_run_of_an_image_that_is_there_imports_nothing_of_a_build() -> None:
    assert BUILDING & after("import caliban.runtime.running.run") == set()


def test_a_build_imports_what_draws_on_a_terminal_only_there() -> None:
    names = after("import caliban.runtime.building.make, caliban.runtime.building.display")
    assert {name.partition(".")[0] for name in names} & {"rich"} == set()


def test_what_starts_a_process_imports_no_more_of_plumbum_than_that_takes() -> None:
    names = after("from caliban.runtime.execute import answer; answer(('true',))")

    assert {name.partition(".")[0] for name in names} & HEAVY == {"plumbum", "subprocess", "urllib"}
    assert "urllib.parse" not in names
    assert {"plumbum.colorlib", "plumbum.machines.remote", "plumbum.machines.ssh_machine"} & names == set()


def test_what_plumbum_did_without_is_there_for_others() -> None:
    names = after(
        "from caliban.runtime.execute import answer; answer(('true',))\n"
        "import logging, platform; assert logging.getLogger('a').name == 'a' and platform.machine()\n"
        "from plumbum.machines.local import LocalPath; assert list(LocalPath('/') // 'usr')"  # by `glob`
    )
    assert {"logging", "platform", "glob"} <= names


def test_the_text_of_a_problem_is_loaded_when_it_is_told() -> None:
    code = (
        "import caliban.runtime; from caliban.compiler.frontend.project import file_problems as problems\n"
        "print(type(problems).__name__); problems.too_large('a', 1); print(type(problems).__name__)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["_LazyModule", "module"]


def test_what_comes_later_comes_at_once_where_it_is_asked_for() -> None:
    sys.modules.pop("colorsys", None)
    with importing_less(later=("colorsys",)):
        import colorsys as first
        import colorsys as second

        assert first.rgb_to_hsv(0, 0, 0) == second.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
    assert not isinstance(sys.modules["colorsys"], Later)


def test_a_key_is_checked_without_what_google_auth_imports_for_other_uses(tmp_path: Path) -> None:
    write_key(tmp_path / "key.json", cloud_keys.service_account())
    checking = "from caliban.runtime.credentials.file import check_credentials"
    names = after(f"{checking}; check_credentials({str(tmp_path / 'key.json')!r}, '')")

    assert "google.oauth2.service_account" in names and {"asyncio", "ssl", "cryptography.x509"} & names == set()


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
