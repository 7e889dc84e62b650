from pathlib import Path

import pytest
from projects import project

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.dependencies.locks.poetry_lock import read_poetry_lock
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

METADATA = '\n[metadata]\nlock-version = "2.1"\n'
UVICORN = """
[[package]]
name = "Uvicorn"
version = "0.30.0"
optional = false
files = [{file = "uvicorn-0.30.0-py3-none-any.whl", hash = "sha256:1"}]

[package.dependencies]
click = ">=7.0"
h11 = {version = ">=0.8", optional = true, markers = "extra == \\"standard\\""}
typing_extensions = [{version = ">=4", markers = "python_version < '3.11'"}, {version = "^3"}]

[package.extras]
standard = ["h11 (>=0.8)"]
"""


def read(tmp_path: Path, text: str, *roots: Edge) -> LockFile:
    lock = read_toml(project(tmp_path, {"poetry.lock": text}), "poetry.lock")
    assert lock is not None
    return read_poetry_lock(lock, "pyproject.toml", roots, ())


def test_packages_are_read_with_their_files_dependencies_and_lines(tmp_path: Path) -> None:
    assert read(tmp_path, UVICORN + METADATA).packages["uvicorn"] == (
        LockedPackage(
            name="uvicorn",
            version="0.30.0",
            line=3,
            source=LockIndex(),
            artifacts=(Artifact("uvicorn-0.30.0-py3-none-any.whl", "sha256:1"),),
            edges=(
                Edge("click", specifier=">=7.0"),
                Edge("typing-extensions", marker="python_version < '3.11'", specifier=">=4"),
                Edge("typing-extensions", specifier=">=3,<4"),
            ),
            optional={"standard": (Edge("h11", marker='extra == "standard"', specifier=">=0.8"),)},
        ),
    )


def test_what_an_extra_of_a_package_adds_is_selected_with_it(tmp_path: Path) -> None:
    text = UVICORN + '\n[[package]]\nname = "h11"\nversion = "0.14.0"\n' + METADATA
    names = []
    for extras in ((), ("standard",)):
        lock = read(tmp_path, text, Edge("uvicorn", extras))
        names.append([each.package.name for each in select(lock, Environment("3.11", "linux/amd64"))])
    assert names == [["uvicorn"], ["h11", "uvicorn"]]


def test_files_of_old_locks_stand_at_their_end(tmp_path: Path) -> None:
    text = '[[package]]\nname = "six"\nversion = "1.16.0"\ncategory = "main"\n\n[metadata]\nlock-version = "1.1"\n'
    files = '\n[metadata.files]\nsix = [{file = "six-1.16.0-py2.py3-none-any.whl", hash = "sha256:1"}]\n'
    (package,) = read(tmp_path, text + files).packages["six"]
    assert package.artifacts == (Artifact("six-1.16.0-py2.py3-none-any.whl", "sha256:1"),)


@pytest.mark.parametrize(
    ("edge", "version"),
    [(Edge("numpy", specifier=">=2,<3"), "2.1.0"), (Edge("numpy", specifier=">=1,<2"), "1.26.0")],
)
def test_of_several_versions_the_one_that_the_requirement_allows_is_meant(
    tmp_path: Path, edge: Edge, version: str
) -> None:
    text = "".join(f'[[package]]\nname = "numpy"\nversion = "{each}"\n' for each in ("1.26.0", "2.1.0"))
    selected = select(read(tmp_path, text + METADATA, edge), Environment("3.11", "linux/amd64"))
    assert [each.package.version for each in selected] == [version]


def test_of_several_versions_the_one_whose_marker_holds_is_meant(tmp_path: Path) -> None:
    text = "".join(
        f'[[package]]\nname = "numpy"\nversion = "{version}"\nmarkers = "python_version {operator} \'3.11\'"\n'
        for version, operator in (("1.26.0", "<"), ("2.1.0", ">="))
    )
    selected = select(read(tmp_path, text + METADATA, Edge("numpy")), Environment("3.11", "linux/amd64"))
    assert [each.package.version for each in selected] == ["2.1.0"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('type = "legacy"\nurl = "https://pypi.example/simple"\nreference = "x"', LockIndex()),
        ('type = "legacy"\nurl = "https://wheels.example/s"\nreference = "x"', LockIndex("https://wheels.example/s")),
        ('type = "git"\nurl = "https://e.org/t"\nresolved_reference = "0a"', Repository("https://e.org/t", "0a")),
        ('type = "url"\nurl = "https://f.example/t.zip"', Archive("https://f.example/t.zip", "sha256:1")),
        ('type = "file"\nurl = "wheels/t.whl"', Archive("wheels/t.whl", "sha256:1")),
        ('type = "directory"\nurl = "libs/t"', LocalFolder("libs/t")),
    ],
)  # fmt: skip
def test_where_a_package_comes_from(tmp_path: Path, source: str, expected: object) -> None:
    files = 'files = [{file = "t.whl", hash = "sha256:1"}]'
    text = f'[[package]]\nname = "t"\nversion = "1"\n{files}\n[package.source]\n{source}\n{METADATA}'
    (package,) = read(tmp_path, text).packages["t"]
    assert package.source == expected


def test_where_the_manifest_tells_no_roots_the_main_group_is_installed(tmp_path: Path) -> None:
    kinds = {
        "always": 'groups = ["main"]\noptional = false',
        "wanted": 'groups = ["main", "dev"]\noptional = true\nmarkers = "extra == \'cpu\'"',
        "unwanted": 'groups = ["main"]\noptional = true\nmarkers = "extra == \'gpu\'"',
        "old": 'category = "main"\noptional = false',
        "optional": 'category = "main"\noptional = true',
        "tool": 'groups = ["dev"]\noptional = false',
    }
    text = "".join(f'[[package]]\nname = "{name}"\nversion = "1"\n{kind}\n' for name, kind in kinds.items())
    toml = read_toml(project(tmp_path, {"poetry.lock": text + METADATA}), "poetry.lock")
    assert toml is not None
    lock = read_poetry_lock(toml, "pyproject.toml", None, ("cpu",))
    names = [each.package.name for each in select(lock, Environment("3.11", "linux/amd64"))]
    assert names == ["always", "old", "wanted"]


def test_a_source_of_an_unknown_type_is_rejected(tmp_path: Path) -> None:
    text = f'[[package]]\nname = "t"\nversion = "1"\n[package.source]\ntype = "hg"\n{METADATA}'
    with pytest.raises(Rejected, match="a source of the type hg"):
        read(tmp_path, text)


def test_a_lock_of_another_format_version_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match=r"format version '3\.0'"):
        read(tmp_path, '[metadata]\nlock-version = "3.0"\n')
