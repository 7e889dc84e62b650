from msgspec.structs import replace

from caliban.compiler.bases import BaseImage
from caliban.compiler.bytecode import CompileBytecode
from caliban.compiler.copies import CopyFolder
from caliban.compiler.locks.steps import InstallPins, LockedPin
from caliban.compiler.passes.compile_bytecode import compile_bytecode
from caliban.compiler.passes.order_layers import order_layers
from caliban.compiler.plan import Recipe
from caliban.compiler.steps import (
    BuildWheel,
    CreateVenv,
    FindPython,
    InstallRequirements,
    InstallWheel,
    InstallWheelRequirements,
    Step,
)

SLIM = BaseImage(image="python:3.11-slim-bookworm", platform="linux/amd64", reason="", python="3.11")
VENV = CreateVenv(python="3.11")
FOUND = FindPython(version="3.11", reason="")
REQUIREMENTS = InstallRequirements(path="requirements.txt", count=1)
WHEEL = BuildWheel(path=".", stage="wheel")
WANTED = InstallWheelRequirements(path=".", stage="wheel")
PROJECT = InstallWheel(path=".", stage="wheel")
CODE = CopyFolder(path="trainer", kind="code", size=1, files=1)
PIN = LockedPin(name="six", text="six==1.17.0", hashes=(), source="uv.lock:3", by=("",))
HEAVY = InstallPins(path="uv.lock", pins=(PIN,), band="heavy")
DELTA = InstallPins(path="uv.lock", pins=(PIN,), band="delta", part=2, over=(HEAVY.listing,))
RUNS = 5
BYTECODE = CompileBytecode(runs=RUNS, packages=frozenset({"/opt/venv/requirements/requirements.txt"}))


def compiled(*steps: Step, runs: int = RUNS) -> tuple[Step, ...]:
    return compile_bytecode(Recipe(base=SLIM, steps=steps, runs=runs)).steps


def test_enough_runs_repay_it() -> None:
    assert compiled(VENV, REQUIREMENTS, CODE) == (VENV, REQUIREMENTS, CODE, BYTECODE)


def test_fewer_do_not() -> None:
    assert compiled(VENV, REQUIREMENTS, CODE, runs=RUNS - 1) == (VENV, REQUIREMENTS, CODE)


def test_where_nothing_is_installed_there_is_nothing_to_compile() -> None:
    assert compiled(CODE) == (CODE,)
    assert compiled(VENV, WHEEL, PROJECT, CODE) == (VENV, WHEEL, PROJECT, CODE)


def test_the_packages_of_a_named_base_are_left_as_they_are() -> None:
    assert compiled(FOUND, REQUIREMENTS, CODE) == (FOUND, REQUIREMENTS, CODE)


def test_what_a_layer_on_top_brings_is_compiled_on_top_of_that() -> None:
    steps = compiled(VENV, HEAVY, DELTA, CODE)
    bytecode, new = steps[-2:]
    assert order_layers(Recipe(base=SLIM, steps=steps)).steps == (VENV, HEAVY, bytecode, DELTA, new, CODE)


def test_what_stands_below_the_change_of_a_lock_stays_as_it_is() -> None:
    without = compiled(VENV, HEAVY, CODE)
    assert compiled(VENV, HEAVY, DELTA, CODE)[-2] == without[-1]


def test_where_packages_are_only_removed_nothing_more_is_compiled() -> None:
    removing = replace(DELTA, pins=(), removed=("six",))
    assert [step for step in compiled(VENV, HEAVY, removing) if isinstance(step, CompileBytecode)] == [
        CompileBytecode(runs=RUNS, packages=frozenset({HEAVY.listing}))
    ]


def test_it_comes_after_all_packages_and_before_what_changes_with_the_code() -> None:
    steps = compiled(VENV, WHEEL, REQUIREMENTS, WANTED, PROJECT, CODE)
    ordered = order_layers(Recipe(base=SLIM, steps=steps)).steps
    *others, last = [step for step in ordered if step in {REQUIREMENTS, WANTED, PROJECT, steps[-1]}][:3]
    assert ({*others}, last) == ({REQUIREMENTS, WANTED}, steps[-1])
