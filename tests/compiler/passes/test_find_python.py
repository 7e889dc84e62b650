import pytest
from msgspec.structs import replace
from recipes import DEMAND, recipe

from caliban.compiler.input.user_dockerfile import UserDockerfile
from caliban.compiler.ir.base import BaseNeed
from caliban.compiler.ir.demand import Demand, PythonNeed
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.python import CreateVenv, ExtendImportPath, FindPython
from caliban.compiler.ir.steps.system import InstallSystemPackages, PrepareFolders
from caliban.compiler.passes.choose_python import choose_python
from caliban.compiler.passes.find_python import find_python

NAMED = BaseNeed(given="pytorch/pytorch:2.8.0", given_by="--base_image")
RAN = "Python 3.11: the interpreter that ran caliban"
THEIRS = UserDockerfile(path="Dockerfile", text="FROM a AS a", stage="a")
FLAG = PythonNeed(specifier="==3.12.*", source="--python", exact=True)
VERSION_FILE = PythonNeed(specifier="3.12", source=".python-version", exact=True)
OPEN = PythonNeed(specifier=">=3.7", source="pyproject.toml:4")
FROM_39 = PythonNeed(specifier=">=3.9.2", source="pyproject.toml:4")
BELOW_313 = PythonNeed(specifier=">=3.9,<3.13", source="setup.py:7")


def found(demand: Demand = DEMAND, *steps: InstallSystemPackages) -> FindPython:
    before = recipe(demand=demand, base=NAMED)
    after = find_python(choose_python(replace(before, steps=(*steps, *before.steps))))
    (step,) = (step for step in after.steps if isinstance(step, FindPython))
    return step


def test_a_base_of_our_own_choice_has_a_venv() -> None:
    before: Recipe = choose_python(recipe("six"))
    assert find_python(before) == before


@pytest.mark.parametrize("base", [NAMED, BaseNeed(dockerfile=THEIRS)])
def test_the_python_of_a_named_base_takes_the_place_of_the_venv(base: BaseNeed) -> None:
    before = recipe("six", base=base)
    assert find_python(choose_python(before)).steps == (
        PrepareFolders(),
        FindPython(version="3.11", reason=RAN),
        before.steps[2],
    )
    assert before.steps[1] == CreateVenv()


@pytest.mark.parametrize(
    ("facts", "version", "oldest", "newest", "asked_by"),
    [
        ((), "3.11", "3.8", None, None),
        ((OPEN,), "3.11", "3.8", None, None),
        ((FROM_39,), "3.11", "3.9", None, "pyproject.toml:4"),
        ((BELOW_313,), "3.11", "3.9", "3.12", "setup.py:7"),
        ((FROM_39, BELOW_313), "3.11", "3.9", "3.12", "pyproject.toml:4, setup.py:7"),
        ((FLAG,), "3.12", "3.12", "3.12", "--python"),
        ((FLAG, BELOW_313), "3.12", "3.12", "3.12", "--python"),
        ((VERSION_FILE,), "3.12", "3.8", None, None),
    ],
)
def test_what_the_project_asks_for_narrows_what_will_do(
    facts: tuple[PythonNeed, ...], version: str, oldest: str, newest: str | None, asked_by: str | None
) -> None:
    step = found(replace(DEMAND, python_facts=facts))
    assert (step.version, step.oldest, step.newest, step.asked_by) == (version, oldest, newest, asked_by)


def test_a_python_among_the_system_packages_is_there_before_one_is_looked_for() -> None:
    asked = InstallSystemPackages(packages=("python3",), reason="apt_packages")
    unasked = InstallSystemPackages(packages=("git",), reason="git", wanted=False)
    assert found(DEMAND, asked, unasked).effects.reads == {"python3"}


def test_a_script_of_another_language_asks_for_no_python() -> None:
    assert [found(replace(DEMAND, runs_python=runs)).effects.wanted for runs in (True, False)] == [True, False]


def test_a_base_of_which_no_python_is_needed_is_only_told_where_the_code_is() -> None:
    installing = InstallSystemPackages(packages=("python3",), reason="")
    bare = replace(
        recipe(demand=replace(DEMAND, runs_python=False), base=NAMED),
        steps=(PrepareFolders(), installing, CreateVenv()),
    )
    after = find_python(choose_python(bare))
    assert [step for step in after.steps if isinstance(step, ExtendImportPath | FindPython)] == [
        ExtendImportPath(packages=("python3",))
    ]


def test_a_base_into_which_packages_go_is_searched_for_a_python_whatever_runs() -> None:
    before = recipe("six", demand=replace(DEMAND, runs_python=False), base=NAMED)
    after = find_python(choose_python(before))
    assert [type(step) for step in after.steps if isinstance(step, ExtendImportPath | FindPython)] == [FindPython]
