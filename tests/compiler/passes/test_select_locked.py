from collections.abc import Sequence

import pytest

from caliban.compiler.diagnostics import Rejected, render
from caliban.compiler.ir.base import BaseNeed
from caliban.compiler.ir.demand import Demand, Pin
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.resolution import Resolution
from caliban.compiler.ir.steps.locked import InstallLock, InstallPins, LockedPin
from caliban.compiler.ir.steps.python import CreateVenv, FindPython
from caliban.compiler.ir.steps.requirements import InstallRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.locks.lock import (
    Archive,
    Artifact,
    Edge,
    LocalFolder,
    LockedPackage,
    LockFile,
    LockIndex,
    Repository,
    Source,
)
from caliban.compiler.locks.pins import pins_of
from caliban.compiler.passes.select_locked import select_locked

DEMAND = Demand(mode="cpu", platform="linux/amd64", host_python="3.11", python="3.11")
ANY = "py3-none-any.whl"
PYPI = LockIndex()


def package(
    name: str,
    *files: str,
    needs: Sequence[Edge] = (),
    source: Source = PYPI,
    version: str | None = "1.0",
    extra: Sequence[Edge] = (),
) -> LockedPackage:
    artifacts = tuple(
        Artifact(f"{name}-{version}{file}" if file.startswith(".") else f"{name}-{version}-{file}", f"sha256:{file}")
        for file in files
    )
    return LockedPackage(
        name=name,
        version=version,
        line=7,
        source=source,
        artifacts=artifacts,
        edges=tuple(needs),
        optional={"extra": tuple(extra)},
    )


def lock(*packages: LockedPackage, roots: Sequence[Edge] = (Edge("root"),)) -> LockFile:
    by_name: dict[str, tuple[LockedPackage, ...]] = {}
    for each in packages:
        by_name[each.name] = (*by_name.get(each.name, ()), each)
    return LockFile(path="uv.lock", manifest="pyproject.toml", packages=by_name, roots=tuple(roots))


def recipe(made: LockFile, *later: Step, demand: Demand = DEMAND) -> Recipe:
    return Recipe(demand=demand, base=BaseNeed(), steps=(CreateVenv(python="3.11"), InstallLock(lock=made), *later))


def selected(made: LockFile, demand: Demand = DEMAND) -> list[str]:
    """What is installed, with hashes."""
    steps = select_locked(recipe(made, demand=demand)).steps
    return [" ".join((pin.text, *pin.hashes)) for step in steps if isinstance(step, InstallPins) for pin in step.pins]


def test_a_lock_becomes_pins_and_the_decisions_after_it_know_them() -> None:
    made = lock(package("root", ANY, needs=[Edge("leaf")]), package("leaf", ANY), package("other", ANY))
    after = select_locked(recipe(made, InstallRequirements(path="requirements.txt")))
    pins = (
        LockedPin(name="leaf", text="leaf==1.0", hashes=(f"sha256:{ANY}",), source="uv.lock:7", by=("root",)),
        LockedPin(name="root", text="root==1.0", hashes=(f"sha256:{ANY}",), source="uv.lock:7", by=("",)),
    )
    resolution = Resolution(constraints=("/opt/caliban/uv.lock.pins.txt",))
    assert after.steps[1:] == (
        InstallPins(path="uv.lock", pins=pins),
        InstallRequirements(path="requirements.txt", resolution=resolution),
    )
    assert after.demand.packages == tuple(Pin(name=pin.name, text=pin.text, source=pin.source) for pin in pins)


def test_a_recipe_without_a_lock_stays_as_it_is() -> None:
    before = Recipe(demand=DEMAND, base=BaseNeed(), steps=(CreateVenv(python="3.11"),))
    assert select_locked(before) == before


@pytest.mark.parametrize(
    ("marker", "there"),
    [("sys_platform == 'win32'", False), ("python_version < '3.11'", False), ("platform_machine == 'x86_64'", True)],
)
def test_what_is_for_another_platform_or_python_is_left_out(marker: str, there: bool) -> None:
    made = lock(package("root", ANY, needs=[Edge("leaf", marker=marker)]), package("leaf", ANY))
    assert (f"leaf==1.0 sha256:{ANY}" in selected(made)) is there


def test_what_an_extra_adds_comes_only_with_it() -> None:
    root = package("root", ANY, extra=[Edge("leaf")])
    made = (lock(root, package("leaf", ANY), roots=[Edge("root", extras)]) for extras in ((), ("extra",)))
    assert [len(selected(each)) for each in made] == [1, 2]


def test_of_a_packages_files_the_wheel_that_suits_best_is_taken() -> None:
    files = (
        ".tar.gz",
        "cp310-cp310-manylinux_2_17_x86_64.whl",
        "cp311-cp311-musllinux_1_2_x86_64.whl",
        "cp311-cp311-manylinux_2_28_aarch64.whl",
        "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "cp311-cp311-win_amd64.whl",
        "cp39-abi3-manylinux_2_17_x86_64.whl",
    )
    made = lock(package("root", *files))
    arm = selected(made, Demand(mode="cpu", platform="linux/arm64", host_python="3.11", python="3.11"))
    assert [*selected(made), *arm] == [f"root==1.0 sha256:{files[4]}", f"root==1.0 sha256:{files[3]}"]


def test_without_a_wheel_that_fits_the_sdist_is_taken() -> None:
    assert selected(lock(package("root", ".tar.gz", "cp311-cp311-win_amd64.whl"))) == ["root==1.0 sha256:.tar.gz"]


def test_a_package_without_a_file_for_this_platform_is_rejected_with_its_line() -> None:
    made = lock(package("root", "cp311-cp311-win_amd64.whl"))
    with pytest.raises(Rejected) as rejected:
        selected(made)
    assert "Python 3.11 on linux/amd64" in render(rejected.value.diagnostics[0])
    assert "uv.lock:7" in render(rejected.value.diagnostics[0])


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (Repository("https://git.example/tool", "0123abc"), "root @ git+https://git.example/tool@0123abc"),
        (Repository("ssh://git@git.example/tool", "0123abc"), "root @ git+ssh://git@git.example/tool@0123abc"),
        (Repository("git@git.example:me/tool.git", "0a"), "root @ git+ssh://git@git.example/me/tool.git@0a"),
        (Repository("https://git.example/t", "0a", "lib"), "root @ git+https://git.example/t@0a#subdirectory=lib"),
        (Archive("https://files.example/root.zip", "sha256:1"), "root @ https://files.example/root.zip sha256:1"),
        (Archive("wheels/my root.whl", None), "root @ file:///tmp/wheels/my%20root.whl"),
    ],
)
def test_what_is_on_no_index_is_installed_from_its_address(source: Source, text: str) -> None:
    assert selected(lock(package("root", source=source))) == [text]


def test_a_file_of_another_index_is_installed_from_its_address() -> None:
    url = "https://wheels.example/root-1.0-py3-none-any.whl"
    artifact = Artifact("root-1.0-py3-none-any.whl", "sha256:1", url)
    made = LockedPackage(
        name="root",
        version="1.0",
        line=1,
        source=LockIndex("https://wheels.example"),
        artifacts=(artifact,),
        optional={},
    )
    assert selected(lock(made)) == [f"root @ {url} sha256:1"]


def test_decisions_see_the_build_that_an_address_stands_for() -> None:
    url = "https://wheels.example/torch-2.8.0%2Bcu128-cp311-cp311-manylinux_2_28_x86_64.whl"
    torch = LockedPackage(
        name="torch",
        version="2.8.0+cu128",
        line=1,
        source=LockIndex("https://wheels.example"),
        artifacts=(Artifact(url.rpartition("/")[2], None, url),),
        optional={},
    )
    after = select_locked(recipe(lock(torch, roots=[Edge("torch")])))
    assert after.demand.packages == (Pin(name="torch", text="torch==2.8.0+cu128", source="uv.lock:1"),)


def test_an_index_is_asked_too_where_the_lock_names_files_without_addresses() -> None:
    made = lock(package("root", ANY, source=LockIndex("https://wheels.example")))
    step = select_locked(recipe(made)).steps[1]
    assert isinstance(step, InstallPins)
    assert (step.pins[0].text, step.indexes) == ("root==1.0", ("https://wheels.example",))


def test_folders_have_steps_of_their_own_and_what_they_need_is_installed() -> None:
    folder = package("root", source=LocalFolder("libs/root"), version=None, needs=[Edge("leaf")])
    assert selected(lock(folder, package("leaf", ANY))) == [f"leaf==1.0 sha256:{ANY}"]


def test_on_a_base_with_its_own_python_markers_tell_for_which_a_package_is() -> None:
    demand = Demand(mode="cpu", platform="linux/amd64", host_python="3.11", python="3.11")
    made = lock(
        package("root", ANY, needs=[Edge("leaf", marker="python_version < '3.11'")]),
        package("leaf", "cp310-cp310-manylinux1_x86_64.whl", ".tar.gz"),
    )
    found = FindPython(version="3.11", reason="", oldest="3.10", newest="3.11")
    after = select_locked(Recipe(demand=demand, base=BaseNeed(given="mine:1"), steps=(found, InstallLock(lock=made))))
    step = after.steps[1]
    assert isinstance(step, InstallPins)
    assert [(pin.text, pin.hashes) for pin in step.pins] == [
        ('leaf==1.0 ; python_version == "3.10"', ("sha256:cp310-cp310-manylinux1_x86_64.whl", "sha256:.tar.gz")),
        ("root==1.0", (f"sha256:{ANY}",)),
    ]


def test_no_command_is_longer_than_the_system_allows() -> None:
    made = lock(*(package(f"p{number}", ANY) for number in range(3000)), roots=[Edge(f"p{n}") for n in range(3000)])
    steps = [step for step in select_locked(recipe(made)).steps if isinstance(step, InstallPins)]
    longest = max(
        sum(len(pin.text) + len(f" --hash={pin.hashes[0]}'' \\\n      ") for pin in step.pins) for step in steps
    )
    assert (len(steps) > 1, longest < 131_072 - 10_000, [step.part for step in steps]) == (
        True,
        True,
        list(range(1, len(steps) + 1)),
    )


def test_on_a_base_that_may_take_several_files_the_size_is_that_of_the_likely_one() -> None:
    wheels = ("cp311-cp311-manylinux_2_28_x86_64.whl", "cp311-cp311-musllinux_1_2_x86_64.whl", "cp312-cp312-win32.whl")
    artifacts = tuple(Artifact(f"root-1.0-{name}", f"sha256:{size}", size=size) for size, name in enumerate(wheels, 5))
    made = lock(LockedPackage(name="root", version="1.0", line=7, source=PYPI, artifacts=artifacts, optional={}))

    for own_base in (True, False):
        (pin,) = pins_of(made, ("3.11",), "linux/amd64", own_base=own_base).pins
        assert pin.size == 5
