"""Which lock counts where there are several, and whether it was made for what is declared (SPEC §3)."""

from pathlib import Path

import pytest
from projects import project, told

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.dependencies.locks.found_locks import Locked, lock_names, read_locks
from caliban.compiler.frontend.dependencies.manifests.packages import read_package, select_extras
from caliban.compiler.input.invocation import Mode

PYPROJECT = '[project]\nname = "demo"\nversion = "1"\ndependencies = ["click>=8; python_version > \'3\'"]\n'
POETRY = '[metadata]\nlock-version = "2.1"\n'
LOCKS = {
    "uv.lock": """version = 1
[[package]]
name = "demo"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "click" }]
[[package]]
name = "click"
version = "8.1.7"
source = { registry = "https://pypi.example/simple" }
""",
    "pylock.toml": 'lock-version = "1.0"\n[[packages]]\nname = "click"\nversion = "8.1.7"\n',
    "pylock.gpu.toml": 'lock-version = "1.0"\n[[packages]]\nname = "click"\nversion = "8.0.0"\n',
    "poetry.lock": f'[[package]]\nname = "click"\nversion = "8.1.7"\n{POETRY}',
    "pdm.lock": '[metadata]\nlock_version = "4.5.0"\n[[package]]\nname = "click"\nversion = "8.1.7"\n',
    "Pipfile.lock": '{"_meta": {"pipfile-spec": 6}, "default": {"click": {"version": "==8.1.7"}}}',
}


def locked(folder: Path, files: dict[str, str], *named: str, mode: Mode = "cpu") -> Locked:
    disk = project(folder, files)
    own = read_package(disk, ".", locked=True)
    packages = () if own is None else (select_extras(own, (), mode),)
    return read_locks(disk, lock_names(disk, named, mode), packages)


def with_locks(*names: str, pyproject: str = PYPROJECT) -> dict[str, str]:
    return {"pyproject.toml": pyproject, **{name: LOCKS[name] for name in names}}


@pytest.mark.parametrize(
    ("names", "tool", "used"),
    [
        (("uv.lock",), "", ["uv.lock"]),
        (("uv.lock", "poetry.lock"), "", ["uv.lock"]),
        (("uv.lock", "poetry.lock"), "[tool.poetry]\n", ["poetry.lock"]),
        (("poetry.lock", "pdm.lock", "pylock.toml"), "[tool.pdm]\n", ["pdm.lock"]),
        (("poetry.lock", "pylock.toml"), "", ["pylock.toml"]),
        (("pdm.lock", "Pipfile.lock"), "", ["pdm.lock", "Pipfile.lock"]),
        (("pylock.toml", "pylock.gpu.toml"), "", ["pylock.toml"]),
        ((), "", []),
    ],
)
def test_the_lock_of_the_tool_that_the_project_uses_counts(
    tmp_path: Path, names: tuple[str, ...], tool: str, used: list[str]
) -> None:
    found = locked(tmp_path, with_locks(*names, pyproject=PYPROJECT + tool))
    unread = [name for name in names if name not in used and name != "pylock.gpu.toml"]
    assert [lock.path for lock in found.locks] == used
    assert all(name in warning.message for warning in found.warnings for name in unread)
    assert bool(found.warnings) is bool(unread)


def test_a_pylock_of_the_mode_beats_the_one_for_both(tmp_path: Path) -> None:
    found = locked(tmp_path, with_locks("pylock.toml", "pylock.gpu.toml"), mode="gpu")
    assert [lock.path for lock in found.locks] == ["pylock.gpu.toml"]


def test_a_lock_that_is_named_counts(tmp_path: Path) -> None:
    found = locked(tmp_path, with_locks("uv.lock", "poetry.lock"), "poetry.lock")
    assert ([lock.path for lock in found.locks], found.warnings) == (["poetry.lock"], ())


@pytest.mark.parametrize("path", ["sub/uv.lock", "./sub/Pipfile.lock"])
def test_a_lock_with_a_manifest_of_its_own_is_rejected(tmp_path: Path, path: str) -> None:
    with pytest.raises(Rejected, match="the project's is the one at the root"):
        locked(tmp_path, with_locks(), path)


def test_a_pylock_may_lie_anywhere(tmp_path: Path) -> None:
    files = {**with_locks(), "locks/pylock.linux.toml": LOCKS["pylock.toml"]}
    assert [lock.path for lock in locked(tmp_path, files, "locks/pylock.linux.toml").locks] == [
        "locks/pylock.linux.toml"
    ]


def test_what_is_locked_is_not_installed_from_the_manifest_too(tmp_path: Path) -> None:
    found = locked(tmp_path, with_locks("uv.lock"))
    assert [package.locked_by for package in found.packages] == ["uv.lock"]


@pytest.mark.parametrize("name", ["poetry.lock", "pdm.lock", "uv.lock"])
def test_a_lock_that_does_not_say_what_is_asked_for_is_told_and_left_alone(tmp_path: Path, name: str) -> None:
    found = locked(tmp_path, {name: LOCKS[name]})
    assert (found.locks, [warning.code for warning in found.warnings]) == ((), ["lock-alone"])


@pytest.mark.parametrize("name", ["pylock.toml", "Pipfile.lock"])
def test_a_lock_that_says_all_by_itself_needs_no_manifest(tmp_path: Path, name: str) -> None:
    assert [lock.path for lock in locked(tmp_path, {name: LOCKS[name]}).locks] == [name]


@pytest.mark.parametrize("name", ["uv.lock", "pylock.toml", "poetry.lock", "pdm.lock"])
@pytest.mark.parametrize(
    ("declared", "what"),
    [
        ("click<8", "has click 8.1.7"),
        ("six", "has no such package"),
        ("six; os_name == 'posix'", "no such package"),
    ],
)
def test_a_lock_that_was_made_for_something_else_is_rejected_with_the_line_and_the_remedy(
    tmp_path: Path, name: str, declared: str, what: str
) -> None:
    manifest = PYPROJECT.replace("click>=8; python_version > '3'", declared)
    with pytest.raises(Rejected) as rejected:
        locked(tmp_path, with_locks(name, pyproject=manifest))
    said = told(rejected.value)
    command = name.split(".", maxsplit=1)[0].replace("pylock", "uv export") + (" lock" if name != "pylock.toml" else "")
    assert ("--> pyproject.toml:4" in said, what in said, command in said) == (True, True, True), said


@pytest.mark.parametrize("declared", ["six; sys_platform == 'win32'", "click", "click @ git+https://e.org/click"])
def test_a_lock_may_leave_out_what_no_image_needs(tmp_path: Path, declared: str) -> None:
    manifest = PYPROJECT.replace("click>=8; python_version > '3'", declared)
    assert len(locked(tmp_path, with_locks("pdm.lock", pyproject=manifest)).locks) == 1


def test_a_locked_folder_that_is_not_there_is_rejected(tmp_path: Path) -> None:
    folder = '[[package]]\nname = "click"\nversion = "8.1"\n[package.source]\ntype = "directory"\nurl = "libs/click"\n'
    with pytest.raises(Rejected, match="there is no 'libs/click' in the project"):
        locked(tmp_path, {"pyproject.toml": PYPROJECT, "poetry.lock": folder + POETRY})


def test_a_pipfile_that_its_lock_was_not_made_for_is_rejected(tmp_path: Path) -> None:
    files = {"Pipfile": "[packages]\nclick = '<8'\n", "Pipfile.lock": LOCKS["Pipfile.lock"]}
    with pytest.raises(Rejected) as rejected:
        locked(tmp_path, files)
    said = told(rejected.value)
    assert ("--> Pipfile:2" in said, "pipenv lock" in said) == (True, True), said


def test_folders_of_a_pipfile_lock_are_installed_and_what_they_need_is_locked(tmp_path: Path) -> None:
    lock = LOCKS["Pipfile.lock"].replace('{"click"', '{"demo": {"path": "."}, "tool": {"path": "./libs/tool"}, "click"')
    setup = "from setuptools import setup\nsetup(name='tool', install_requires=['click'])\n"
    found = locked(tmp_path, {"Pipfile.lock": lock, "setup.py": setup, "libs/tool/setup.py": setup})
    assert [(package.path, package.locked_by) for package in found.packages] == [
        (".", "Pipfile.lock"),
        ("libs/tool", "Pipfile.lock"),
    ]


def test_a_project_beside_a_pipfile_lock_keeps_its_own_requirements(tmp_path: Path) -> None:
    files = {"Pipfile.lock": LOCKS["Pipfile.lock"], "setup.py": "from setuptools import setup\nsetup(name='x')\n"}
    assert [package.locked_by for package in locked(tmp_path, files).packages] == [None]


def test_a_lock_in_the_middle_of_a_merge_is_rejected_with_its_line(tmp_path: Path) -> None:
    files = {"pyproject.toml": PYPROJECT, "uv.lock": "version = 1\n<<<<<<< HEAD\n"}
    with pytest.raises(Rejected) as rejected:
        locked(tmp_path, files)
    assert "--> uv.lock:2" in told(rejected.value)
