import json
from pathlib import Path
from typing import Any

import pytest
from projects import project, told

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies.locks.pipfile_lock import read_pipfile_lock
from caliban.compiler.input.project import PythonFact
from caliban.compiler.locks.lock import Archive, Edge, LocalFolder, LockedPackage, LockFile, LockIndex, Repository
from caliban.compiler.locks.pins import pins_of

SOURCES = [
    {"name": "pypi", "url": "https://pypi.example/simple", "verify_ssl": True},
    {"name": "own", "url": "https://wheels.example/simple", "verify_ssl": True},
]


def document(default: Any, **meta: Any) -> dict[str, Any]:
    return {"_meta": {"pipfile-spec": 6, "sources": SOURCES, **meta}, "default": default, "develop": {"toml": {}}}


def read(tmp_path: Path, value: Any) -> tuple[LockFile, PythonFact | None]:
    text = value if isinstance(value, str) else json.dumps(value, indent=4)
    return read_pipfile_lock(project(tmp_path, {"Pipfile.lock": text}), "Pipfile.lock")


def test_packages_are_read_with_their_hashes_markers_and_lines(tmp_path: Path) -> None:
    click = {"hashes": ["sha256:1", "sha256:2"], "index": "pypi", "markers": "os_name == 'posix'", "version": "==8.1.7"}
    lock, python = read(tmp_path, document({"Click": click}, requires={"python_full_version": "3.11.4"}))
    assert lock == LockFile(
        path="Pipfile.lock",
        manifest="Pipfile",
        packages={
            "click": (
                LockedPackage(
                    name="click",
                    version="8.1.7",
                    line=21,
                    source=LockIndex(),
                    hashes=("sha256:1", "sha256:2"),
                    optional={},
                ),
            )
        },
        roots=(Edge("click", marker="os_name == 'posix'"),),
        flat=True,
        command="pipenv lock",
    )
    assert python == PythonFact(specifier="==3.11.*", place=Place(source="Pipfile.lock", line=17))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"version": "==1"}, LockIndex()),
        ({"version": "==1", "index": "own"}, LockIndex("https://wheels.example/simple")),
        ({"git": "https://e.org/t", "ref": "0a"}, Repository("https://e.org/t", "0a")),
        ({"git": "git+https://e.org/t", "ref": "0a", "subdirectory": "b"}, Repository("https://e.org/t", "0a", "b")),
        ({"file": "https://e.org/t.zip", "hashes": ["sha256:1"]}, Archive("https://e.org/t.zip", "sha256:1")),
        ({"path": "./wheels/t.whl"}, Archive("wheels/t.whl", None)),
        ({"path": "./libs/t", "editable": True}, LocalFolder("libs/t")),
        ({"path": "."}, LocalFolder(".")),
    ],
)
def test_where_a_package_comes_from(tmp_path: Path, entry: dict[str, Any], expected: object) -> None:
    (package,) = read(tmp_path, document({"t": entry}))[0].packages["t"]
    assert package.source == expected


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ('{\n  "_meta": {,\n', "Pipfile.lock:2", "expecting property name"),
        ("[" * 100_000, "Pipfile.lock", "nested too deeply"),
        ("[]", "Pipfile.lock", "format version"),
        ('{"_meta": {"pipfile-spec": 5}}', "Pipfile.lock", "format version '5'"),
        (document([]), "Pipfile.lock", "default must be a table"),
        (document({"t": 3}), "Pipfile.lock", "t must be a table"),
        (document({"t": {"version": 3}}), "Pipfile.lock:18", "version must be a string"),
        (document({"t": {"hashes": "x"}}), "Pipfile.lock:18", "hashes must be a list of strings"),
    ],
    ids=["syntax", "depth", "list", "format", "default", "entry", "version", "hashes"],
)
def test_a_broken_lock_is_rejected_with_its_line(tmp_path: Path, text: Any, place: str, what: str) -> None:
    with pytest.raises(Rejected) as rejected:
        read(tmp_path, text)
    said = told(rejected.value)
    assert (place in said, what in said, "pipenv lock" in said) == (True, True, True), said


def test_a_line_cannot_hold_more_than_one_requirement(tmp_path: Path) -> None:
    lock, _ = read(tmp_path, document({"t": {"version": "==1\n--index-url https://evil.example"}}))
    with pytest.raises(Rejected, match="white space in a version or address"):
        pins_of(lock, ("3.11",), "linux/amd64", own_base=True)
