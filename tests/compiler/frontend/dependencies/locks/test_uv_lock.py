from pathlib import Path

import pytest
from projects import project, told

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.dependencies.locks.uv_lock import read_uv_lock
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

HEAD = 'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n'
ROOT = """
[[package]]
name = "demo"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "click" },
    { name = "torch", version = "2.8.0+cpu", source = { registry = "https://e.org" }, marker = "os_name == 'posix'" },
]

[package.optional-dependencies]
cpu = [{ name = "six", extra = ["fast"] }]

[package.dev-dependencies]
dev = [{ name = "toml" }]

[package.metadata]
provides-extras = ["cpu", "empty"]
"""
CLICK = """
[[package]]
name = "Click"
version = "8.1.7"
source = { registry = "https://pypi.example/simple" }
dependencies = [{ name = "colorama", marker = "sys_platform == 'win32'" }]
sdist = { url = "https://e.org/click-8.1.7.tar.gz", hash = "sha256:1", size = 10 }
wheels = [{ url = "https://e.org/click-8.1.7-py3-none-any.whl", hash = "sha256:2", size = 20 }]
"""  # fmt: skip


def read(tmp_path: Path, text: str, *wanted: str) -> LockFile:
    lock = read_toml(project(tmp_path, {"uv.lock": HEAD + text}), "uv.lock")
    assert lock is not None
    return read_uv_lock(lock, "pyproject.toml", wanted)


def test_packages_are_read_with_their_files_and_lines(tmp_path: Path) -> None:
    assert read(tmp_path, ROOT + CLICK).packages["click"] == (
        LockedPackage(
            name="click",
            version="8.1.7",
            line=24,
            source=LockIndex(),
            origin="registry https://pypi.example/simple",
            artifacts=(
                Artifact("click-8.1.7-py3-none-any.whl", "sha256:2", "https://e.org/click-8.1.7-py3-none-any.whl", 20),
                Artifact("click-8.1.7.tar.gz", "sha256:1", "https://e.org/click-8.1.7.tar.gz", 10),
            ),
            edges=(Edge("colorama", marker="sys_platform == 'win32'"),),
            optional={},
        ),
    )  # fmt: skip


def test_the_project_asks_for_its_dependencies_and_the_extras_and_groups_that_are_wanted(tmp_path: Path) -> None:
    always = (
        Edge("click"),
        Edge(
            "torch",
            marker="os_name == 'posix'",
            version="2.8.0+cpu",
            origin="registry https://e.org",
        ),
    )
    six, toml = Edge("six", ("fast",)), Edge("toml")
    asked = {wanted: read(tmp_path, ROOT, *wanted).roots for wanted in [(), ("cpu",), ("dev", "empty")]}
    assert asked == {(): always, ("cpu",): (*always, six), ("dev", "empty"): (*always, toml)}


def test_a_workspace_whose_root_is_no_package_asks_for_its_members(tmp_path: Path) -> None:
    members = '\n[[package]]\nname = "a"\nversion = "1"\nsource = { editable = "packages/a" }\n'
    assert read(tmp_path, members + CLICK).roots == (Edge("a"),)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{ registry = "https://pypi.example/simple/" }', LockIndex()),
        ('{ registry = "https://me@wheels.example/simple" }', LockIndex("https://wheels.example/simple")),
        ('{ git = "https://git.example/t?rev=main#0abc" }', Repository("https://git.example/t", "0abc")),
        ('{ git = "https://git.example/t?subdirectory=a%2Fb#0a" }', Repository("https://git.example/t", "0a", "a/b")),
        ('{ url = "https://e.org/t.zip", subdirectory = "a" }', Archive("https://e.org/t.zip", "sha256:1", "a")),
        ('{ path = "wheels/t.whl" }', Archive("wheels/t.whl", "sha256:1")),
        ('{ directory = "libs/t" }', LocalFolder("libs/t")),
        ('{ editable = "libs/t" }', LocalFolder("libs/t")),
    ],
)  # fmt: skip
def test_where_a_package_comes_from(tmp_path: Path, source: str, expected: object) -> None:
    text = (
        f'[[package]]\nname = "t"\nversion = "1"\nsource = {source}\nsdist = {{ url = "u/t.zip", hash = "sha256:1" }}\n'
    )
    (package,) = read(tmp_path, text).packages["t"]
    assert package.source == expected


def test_files_of_an_index_in_the_project_lie_below_it(tmp_path: Path) -> None:
    text = '[[package]]\nname = "t"\nsource = { registry = "wheels" }\nwheels = [{ path = "t-1-py3-none-any.whl" }]\n'
    (package,) = read(tmp_path, text).packages["t"]
    assert package.artifacts == (Artifact("t-1-py3-none-any.whl", None, "wheels/t-1-py3-none-any.whl"),)


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("[[package]]\nsource = {url = 'x'}\n", "uv.lock:5", "name must be a string"),
        ("[[package]]\nname = 3\nsource = {url = 'x'}\n", "uv.lock:5", "name must be a string"),
        ("[[package]]\nname = 'a'\n", "uv.lock:5", "of a kind that caliban does not know"),
        ("[[package]]\nname = 'a'\nsource = 'x'\n", "uv.lock:5", "source must be a table"),
        ("[[package]]\nname = 'a'\nsource = {url = 'x'}\ndependencies = [{}]\n", "uv.lock:5", "must have a name"),
        ("[[package]]\nname = 'a'\nsource = {url = 'x'}\nwheels = 3\n", "uv.lock:5", "wheels must be a list of tables"),
        ("package = 3\n", "uv.lock", "package must be a list of tables"),
    ],
)
def test_a_broken_lock_is_rejected_with_its_line(tmp_path: Path, text: str, place: str, what: str) -> None:
    with pytest.raises(Rejected) as rejected:
        read(tmp_path, text)
    said = told(rejected.value)
    assert (f"--> {place}\n" in said, what in said, "uv lock" in said) == (True, True, True), said


def test_a_lock_of_another_format_version_is_rejected(tmp_path: Path) -> None:
    lock = read_toml(project(tmp_path, {"uv.lock": "version = 2\n"}), "uv.lock")
    assert lock is not None
    with pytest.raises(Rejected, match="format version '2'"):
        read_uv_lock(lock, "pyproject.toml", ())


def test_an_extra_that_the_lock_was_not_made_for_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match=r"the extra 'new' is not in uv\.lock"):
        read(tmp_path, ROOT, "new")


@pytest.mark.parametrize("address", ["https://me:SECRET@wheels.example/simple", "https://wheels.example/?token=SECRET"])
def test_an_address_with_a_password_or_a_token_is_rejected_without_telling_it(address: str, tmp_path: Path) -> None:
    secret = "s" + "ecret"
    text = f'[[package]]\nname = "t"\nsource = {{ registry = "{address.replace("SECRET", secret)}" }}\n'
    with pytest.raises(Rejected) as rejected:
        read(tmp_path, text)
    said = told(rejected.value)
    assert ("password-in-lock" in said, "uv.lock:5" in said, secret in said) == (True, True, False)
