from pathlib import Path

import pytest
from projects import project

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.dependencies.locks.pdm_lock import read_pdm_lock
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

HEAD = '[metadata]\nlock_version = "4.5.0"\n'


def read(tmp_path: Path, text: str) -> LockFile:
    lock = read_toml(project(tmp_path, {"pdm.lock": text}), "pdm.lock")
    assert lock is not None
    return read_pdm_lock(lock, "pyproject.toml", (), ())


def test_packages_are_read_with_their_files_dependencies_extras_and_lines(tmp_path: Path) -> None:
    text = """
[[package]]
name = "requests"
version = "2.32.0"
marker = "python_version > '3.8'"
dependencies = ["idna<4,>=2.5", "PySocks; sys_platform == 'win32'"]
files = [{file = "requests-2.32.0-py3-none-any.whl", hash = "sha256:1"}]

[[package]]
name = "requests"
version = "2.32.0"
extras = ["socks"]
dependencies = ["PySocks>=1.5.6", "requests==2.32.0"]
"""
    assert read(tmp_path, HEAD + text).packages["requests"] == (
        LockedPackage(
            name="requests",
            version="2.32.0",
            line=5,
            source=LockIndex(),
            artifacts=(Artifact("requests-2.32.0-py3-none-any.whl", "sha256:1"),),
            edges=(Edge("idna", specifier="<4,>=2.5"), Edge("pysocks", marker="sys_platform == 'win32'")),
            optional={"socks": (Edge("pysocks", specifier=">=1.5.6"),)},
            markers=("python_version > '3.8'",),
        ),
    )


def test_files_may_have_addresses(tmp_path: Path) -> None:
    url = "https://files.example/t-1-py3-none-any.whl"
    (package,) = read(tmp_path, f'{HEAD}[[package]]\nname = "t"\nfiles = [{{url = "{url}"}}]\n').packages["t"]
    assert package.artifacts == (Artifact("t-1-py3-none-any.whl", None, url),)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("", LockIndex()),
        ('git = "https://g.example/t"\nrevision = "0a"\nref = "main"', Repository("https://g.example/t", "0a")),
        ('url = "https://f.example/t.zip"', Archive("https://f.example/t.zip", "sha256:1")),
        ('path = "./wheels/t.whl"', Archive("wheels/t.whl", "sha256:1")),
        ('path = "./libs/t"\neditable = true', LocalFolder("libs/t")),
    ],
)
def test_where_a_package_comes_from(tmp_path: Path, table: str, expected: object) -> None:
    text = f'{HEAD}[[package]]\nname = "t"\nversion = "1"\nfiles = [{{file = "t.whl", hash = "sha256:1"}}]\n{table}\n'
    (package,) = read(tmp_path, text).packages["t"]
    assert package.source == expected


def test_where_the_manifest_tells_no_roots_the_groups_that_are_wanted_are_installed(tmp_path: Path) -> None:
    groups = {"always": "default", "wanted": "cpu", "tool": "dev"}
    text = "".join(
        f'[[package]]\nname = "{name}"\nversion = "1"\ngroups = ["{group}"]\n' for name, group in groups.items()
    )
    toml = read_toml(project(tmp_path, {"pdm.lock": HEAD + text}), "pdm.lock")
    assert toml is not None
    lock = read_pdm_lock(toml, "pyproject.toml", None, ("cpu",))
    names = [each.package.name for each in select(lock, Environment("3.11", "linux/amd64"))]
    assert names == ["always", "wanted"]


def test_a_lock_of_another_format_version_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match=r"format version '3\.1'"):
        read(tmp_path, '[metadata]\nlock_version = "3.1"\n')
