from caliban.compiler.bases import BaseImage
from caliban.compiler.bytecode import CompileBytecode
from caliban.compiler.passes.compile_bytecode import compile_bytecode
from caliban.compiler.passes.order_layers import order_layers
from caliban.compiler.plan import Recipe
from caliban.compiler.steps import (
    BuildWheel,
    CopyFolder,
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


def test_it_comes_after_all_packages_and_before_what_changes_with_the_code() -> None:
    steps = compiled(VENV, WHEEL, REQUIREMENTS, WANTED, PROJECT, CODE)
    ordered = order_layers(Recipe(base=SLIM, steps=steps)).steps
    *others, last = [step for step in ordered if step in {REQUIREMENTS, WANTED, PROJECT, steps[-1]}][:3]
    assert ({*others}, last) == ({REQUIREMENTS, WANTED}, steps[-1])
