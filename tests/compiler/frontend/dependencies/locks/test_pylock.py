from pathlib import Path

import pytest
from projects import project

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.dependencies.locks.pylock import read_pylock
from caliban.compiler.frontend.dependencies.manifests.toml import read_toml
from caliban.compiler.locks.lock import (
    Archive,
    Artifact,
    Edge,
    LocalFolder,
    LockedPackage,
    LockFile,
    LockIndex,
    Repository,
)
from caliban.compiler.locks.selection import Environment, select

HEAD = 'lock-version = "1.0"\ncreated-by = "a test"\n'


def read(tmp_path: Path, text: str, *wanted: str) -> LockFile:
    lock = read_toml(project(tmp_path, {"pylock.toml": HEAD + text}), "pylock.toml")
    assert lock is not None
    return read_pylock(lock, None, wanted)


def test_packages_are_read_with_their_files_markers_and_lines(tmp_path: Path) -> None:
    text = """
[[packages]]
name = "Click"
version = "8.1.7"
marker = "python_version > '3.8'"
index = "https://pypi.example/simple/"
sdist = { name = "click-8.1.7.tar.gz", url = "https://files.example/1", size = 10, hashes = { sha512 = "5" } }
wheels = [{ url = "https://files.example/click-8.1.7-py3-none-any.whl", hashes = { md5 = "0", sha256 = "2" } }]
"""
    lock = read(tmp_path, text)
    assert lock.roots == (Edge("click", marker="python_version > '3.8'", origin="pylock.toml:5"),)
    assert lock.packages["click"] == (
        LockedPackage(
            name="click",
            version="8.1.7",
            line=5,
            source=LockIndex(),
            origin="pylock.toml:5",
            artifacts=(
                Artifact("click-8.1.7-py3-none-any.whl", "sha256:2", "https://files.example/click-8.1.7-py3-none-any.whl"),
                Artifact("click-8.1.7.tar.gz", "sha512:5", "https://files.example/1", 10),
            ),
            optional={},
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("", LockIndex()),
        ('index = "https://wheels.example/simple"', LockIndex("https://wheels.example/simple")),
        ('directory = { path = ".", editable = true }', LocalFolder(".")),
        ('directory = { path = "libs/t" }', LocalFolder("libs/t")),
        ('vcs = { type = "git", url = "https://e.org/t", commit-id = "a" }', Repository("https://e.org/t", "a")),
        ('archive = { url = "https://e.org/t.zip", hashes = { md5 = "1" } }', Archive("https://e.org/t.zip", None)),
        ('archive = { path = "./wheels/t.whl", hashes = { sha256 = "1" } }', Archive("wheels/t.whl", "sha256:1")),
    ],
)  # fmt: skip
def test_where_a_package_comes_from(tmp_path: Path, table: str, expected: object) -> None:
    (package,) = read(tmp_path, f'[[packages]]\nname = "t"\n{table}\n').packages["t"]
    assert package.source == expected


def test_entries_of_one_name_are_told_apart_by_their_markers(tmp_path: Path) -> None:
    entries = [
        f"[[packages]]\nname = 'torch'\nversion = '{version}'\nmarker = \"'{extra}' in extras\"\n"
        for version, extra in (("2.8.0+cpu", "cpu"), ("2.8.0+cu128", "gpu"))
    ]
    lock = read(tmp_path, "".join(entries), "gpu")
    selected = select(lock, Environment("3.11", "linux/amd64"))
    assert [each.package.version for each in selected] == ["2.8.0+cu128"]


def test_a_lock_of_another_format_version_is_rejected(tmp_path: Path) -> None:
    lock = read_toml(project(tmp_path, {"pylock.toml": 'lock-version = "2.0"\n'}), "pylock.toml")
    assert lock is not None
    with pytest.raises(Rejected, match=r"format version '2\.0'"):
        read_pylock(lock, None, ())


def test_a_repository_of_another_kind_is_rejected(tmp_path: Path) -> None:
    text = '[[packages]]\nname = "t"\nvcs = { type = "hg", url = "https://h.example/t", commit-id = "0a" }\n'
    with pytest.raises(Rejected, match="not git's"):
        read(tmp_path, text)
