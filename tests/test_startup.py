"""What a command imports: a start is a tenth of a second, and most of that is imports."""

import os
import subprocess
import sys
from pathlib import Path

import cloud_keys
import pytest
from cloud_keys import write_key

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
VALUES = {"json", "msgspec", "packaging"}  # what a compilation cannot do without
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


def test_a_plain_project_is_compiled_with_values_json_and_packaging_alone(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)

    assert imported(tmp_path, "compile", "--nogpu", "train.py") == VALUES


def test_a_run_of_an_image_that_is_there_imports_nothing_of_a_build() -> None:
    assert BUILDING & after("import caliban.runtime.running.run") == set()


def test_a_build_imports_what_draws_on_a_terminal_only_there() -> None:
    names = after("import caliban.runtime.building.make, caliban.runtime.building.display")
    assert {name.partition(".")[0] for name in names} & {"rich"} == set()


def test_a_process_is_started_without_the_network_and_plumbum_has_it_when_it_is_used() -> None:
    code = (
        "from caliban.runtime.execute import answer; answer(('true',))\n"
        "import sys; assert 'http' not in sys.modules\n"
        "from plumbum.machines.local import LocalPath; print(LocalPath('/').as_uri(), 'http' in sys.modules)\n"
        "import urllib.request, plumbum.path.local; print(plumbum.path.local.urllib is urllib.request)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["file:///", "True", "True"]


def test_the_text_of_a_problem_is_loaded_when_it_is_told() -> None:
    code = (
        "import caliban.runtime; from caliban.compiler.frontend.project import file_problems as problems\n"
        "print(type(problems).__name__); problems.too_large('a', 1); print(type(problems).__name__)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["_LazyModule", "module"]


def test_a_key_is_checked_without_what_google_auth_imports_for_other_uses(tmp_path: Path) -> None:
    write_key(tmp_path / "key.json", cloud_keys.service_account())
    checking = "from caliban.runtime.credentials.file import check_credentials"
    names = after(f"{checking}; check_credentials({str(tmp_path / 'key.json')!r}, '')")

    assert "google.oauth2.service_account" in names
    assert {"asyncio.events", "_ssl", "cryptography.x509.base"} & names == set()


def test_a_package_holds_the_module_itself_once_it_is_imported(tmp_path: Path) -> None:
    (tmp_path / "package.py").write_text("import colorsys, json\nimport colorsys as again\n")
    code = (
        "import sys, json; from caliban.compiler.quick_import import loading_late\n"
        "with loading_late('colorsys', 'json'): import package\n"
        "print(type(package.colorsys).__name__, package.json is json)\n"
        "import colorsys; print(package.again is package.colorsys is colorsys, colorsys.rgb_to_hsv(0, 0, 0))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["_LazyModule True", "True (0.0, 0.0, 0)"]


def test_a_module_that_is_used_during_the_import_is_imported(tmp_path: Path) -> None:
    (tmp_path / "package.py").write_text("from colorsys import rgb_to_hsv\nimport colorsys\n")
    code = (
        "from caliban.compiler.quick_import import loading_late\n"
        "with loading_late('colorsys'): import package\n"
        "print(package.rgb_to_hsv is package.colorsys.rgb_to_hsv, type(package.colorsys).__name__)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["True", "module"]
