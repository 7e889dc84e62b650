"""Which Pythons a lock leaves: by the names of its files, and by the tables where it names none."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from caliban.compiler.facts.frameworks.wheels import wheel_limits
from caliban.compiler.ir.base import BaseNeed
from caliban.compiler.ir.demand import Demand
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.locks.limits import LockedLimit, locked_limits
from caliban.compiler.locks.lock import Artifact, Edge, LockedPackage, LockFile, LockIndex
from caliban.compiler.passes.choose_python import choose_python

PYTHONS = ("3.10", "3.11", "3.12")
DEMAND = Demand(mode="cpu", platform="linux/amd64", host_python="3.12")
WHEELS = tuple(f"foo-1-cp{minor}-cp{minor}-manylinux2014_x86_64.whl" for minor in (310, 311))


def lock(*files: str, marker: str | None = None, hashes: tuple[str, ...] = (), name: str = "foo") -> LockFile:
    artifacts = tuple(Artifact(file, None) for file in files)
    package = LockedPackage(
        name=name, version="2.1.2", line=7, source=LockIndex(), artifacts=artifacts, hashes=hashes, optional={}
    )
    return LockFile(path="a.lock", manifest=None, packages={name: (package,)}, roots=(Edge(name, marker=marker),))


def limits(made: LockFile) -> list[tuple[Sequence[str], bool]]:
    found: list[LockedLimit] = list(locked_limits(made, PYTHONS, "linux/amd64"))
    return [(sorted(limit.pythons), limit.firm) for limit in found]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lock(*WHEELS), [(["3.10", "3.11"], True)]),
        (lock(*WHEELS, "foo-1.tar.gz"), [(["3.10", "3.11"], False)]),  # which may be built, if a compiler is there
        (lock(*WHEELS, "foo-1-py3-none-any.whl"), []),
        (lock(*WHEELS, "foo-1-cp38-abi3-manylinux1_x86_64.whl"), []),
        (lock(*WHEELS, marker="python_version < '3.12'"), []),
        (lock(*WHEELS, marker="sys_platform == 'win32'"), []),
        (lock("foo-1.tar.gz"), []),
        (lock("foo-1-cp311-cp311-win_amd64.whl"), []),  # no Python here: nothing to choose from
        (lock(), []),
    ],
)
def test_a_package_without_wheels_for_a_python_limits_the_choice(
    made: LockFile, expected: list[tuple[Sequence[str], bool]]
) -> None:
    assert limits(made) == expected


def test_wheels_are_those_of_the_platform() -> None:
    found = locked_limits(lock(*WHEELS), PYTHONS, "linux/arm64")
    assert list(found) == []


def test_a_python_without_locked_wheels_is_passed_over() -> None:
    found = choose_python(Recipe(demand=replace(DEMAND, locks=(lock(*WHEELS),)), base=BaseNeed(), steps=())).demand
    assert (found.python, "a.lock:7" in (found.python_reason or "")) == ("3.11", True)


@pytest.mark.parametrize(("marker", "limited"), [(None, True), ("python_version < '3.12'", False)])
def test_of_a_lock_that_names_no_files_the_tables_tell_the_wheels(marker: str | None, limited: bool) -> None:
    made = lock(hashes=("sha256:1",), name="torch", marker=marker)  # torch 2.1.2 has none for 3.12
    found = wheel_limits(replace(DEMAND, locks=(made,)), PYTHONS)
    assert [limit.source for limit in found if "3.12" not in limit.pythons] == ["a.lock:7"] * limited
