import os
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace
from recipes import DEMAND, recipe

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.input.user_dockerfile import UserDockerfile
from caliban.compiler.ir.base import BaseNeed
from caliban.compiler.ir.demand import Demand, PythonNeed
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.python import CreateVenv
from caliban.compiler.ir.steps.requirements import InstallRequirements
from caliban.compiler.ir.steps.system import PrepareFolders
from caliban.compiler.passes.choose_python import choose_python

THEIRS = UserDockerfile(path="Dockerfile", text="FROM a AS a", stage="a")
FLAG = PythonNeed(specifier="==3.10.*", source="--python", exact=True)
CONFIG = PythonNeed(specifier="==3.9.*", source=".calibanconfig.json", exact=True)
VERSION_FILE = PythonNeed(specifier="==3.12.*", source=".python-version", exact=True)
ADVICE = PythonNeed(specifier=">=3.9,<3.11", source="setup.py:5", advice=True)
ATLEAST = PythonNeed(specifier=">=3.11", source="pyproject.toml:4")
RANGE = PythonNeed(specifier=">=3.9,<3.13", source="pyproject.toml:4")


def asking(*facts: PythonNeed, host: str = "3.11") -> Demand:
    return replace(DEMAND, python_facts=facts, host_python=host)


def reason_of(before: Recipe) -> str | None:
    return choose_python(before).demand.python_reason


def test_the_python_stands_in_the_base_and_in_the_venv() -> None:
    after = choose_python(recipe(demand=DEMAND))
    chosen = replace(DEMAND, python="3.11", python_reason="Python 3.11: the interpreter that ran caliban")
    steps = (PrepareFolders(), CreateVenv(python="3.11"), InstallRequirements(path="requirements.txt"))
    assert after == Recipe(demand=chosen, base=BaseNeed(), steps=steps)


@pytest.mark.parametrize(
    ("demand", "expected"),
    [
        (asking(FLAG, CONFIG, VERSION_FILE, RANGE), "Python 3.10: --python"),
        (asking(CONFIG, VERSION_FILE, RANGE), "Python 3.9: .calibanconfig.json"),
        (asking(VERSION_FILE, RANGE), "Python 3.12: .python-version"),
        (asking(RANGE), "Python 3.11: the interpreter that ran caliban"),
        (asking(RANGE, host="3.14"), "Python 3.12: pyproject.toml:4 asks for >=3.9,<3.13"),
        (asking(ADVICE), "Python 3.10: setup.py:5 names by its classifiers >=3.9,<3.11"),
        (asking(ADVICE, host="3.9"), "Python 3.9: the interpreter that ran caliban"),
        (asking(ATLEAST, ADVICE, host="3.12"), "Python 3.12: the interpreter that ran caliban"),
        (asking(VERSION_FILE, ADVICE), "Python 3.12: .python-version"),
        (asking(), "Python 3.11: the interpreter that ran caliban"),
        (asking(host="3.99"), "Python 3.99: the interpreter that ran caliban"),
        (asking(replace(FLAG, specifier="==3.99.*")), "Python 3.99: --python"),
    ],
)
def test_the_strongest_wish_wins(demand: Demand, expected: str) -> None:
    assert reason_of(recipe(demand=demand)) == expected


def test_ranges_are_intersected() -> None:
    other = PythonNeed(specifier="<3.11", source="libs/tools/setup.py:9")
    assert reason_of(recipe(demand=asking(RANGE, other))) == "Python 3.10: libs/tools/setup.py:9 asks for <3.11"


def test_a_range_that_ends_with_the_first_patch_of_a_minor_means_the_minor() -> None:
    both = (
        PythonNeed(specifier=">=3.12", source="pyproject.toml:4"),
        PythonNeed(specifier="<=3.12", source="setup.py:9"),
    )
    assert reason_of(recipe(demand=asking(*both))) == "Python 3.12: pyproject.toml:4 asks for >=3.12"


def test_a_choice_of_the_major_alone_is_a_range() -> None:
    major = PythonNeed(specifier="==3.*", source=".python-version:1", exact=True)
    assert reason_of(recipe(demand=asking(major))) == "Python 3.11: the interpreter that ran caliban"


@pytest.mark.parametrize(
    ("requirements", "host", "expected"),
    [
        (["torch==2.1.2"], "3.12", "Python 3.11: torch 2.1.2 has no wheels for 3.12 (requirements.txt:1)"),
        (["numpy", "torch<2.2"], "3.12", "Python 3.11: torch<2.2 has no wheels for 3.12 (requirements.txt:2)"),
        (["torch==2.1.99"], "3.12", "Python 3.11: torch 2.1.99 has no wheels for 3.12 (requirements.txt:1)"),
        (
            ["torchvision==0.16.2"],
            "3.12",
            "Python 3.11: torchvision 0.16.2 has no wheels for 3.12 (requirements.txt:1)",
        ),
        (
            ["tensorflow-cpu==2.11.0"],
            "3.11",
            "Python 3.10: tensorflow-cpu 2.11.0 has no wheels for 3.11 (requirements.txt:1)",
        ),
        (
            ["tensorflow[and-cuda]==2.14.0"],
            "3.11",
            "Python 3.10: tensorflow 2.14.0 has no wheels for 3.11 (requirements.txt:1)",
        ),
        (["tensorflow==2.14.0"], "3.11", "Python 3.10: tensorflow 2.14.0 has no wheels for 3.11 (requirements.txt:1)"),
        (["jaxlib==0.4.30"], "3.13", "Python 3.12: jaxlib 0.4.30 has no wheels for 3.13 (requirements.txt:1)"),
        (["tensorflow"], "3.14", "Python 3.13: tensorflow has no wheels for 3.14 (requirements.txt:1)"),
        (["torch==2.1.2; python_version < '3.12'"], "3.12", "Python 3.12: the interpreter that ran caliban"),
        (
            ["numpy==1.21.6", "pandas==1.3.5"],
            "3.12",
            "Python 3.10: numpy 1.21.6 has no wheels for 3.12 (requirements.txt:1)",
        ),
        (["numpy<2"], "3.13", "Python 3.12: numpy<2 has no wheels for 3.13 (requirements.txt:1)"),
        (["numpy==1.21.*"], "3.11", "Python 3.10: numpy==1.21.* has no wheels for 3.11 (requirements.txt:1)"),
        (["numpy~=1.26.0"], "3.13", "Python 3.12: numpy~=1.26.0 has no wheels for 3.13 (requirements.txt:1)"),
        (
            ["numpy==1.26.4 --hash=sha256:00"],
            "3.13",
            "Python 3.12: numpy 1.26.4 has no wheels for 3.13 (requirements.txt:1)",
        ),
        (["numpy>=1.21,<3"], "3.15", "Python 3.15: the interpreter that ran caliban"),
        (["numpy==1.26.4; python_version < '3.13'"], "3.13", "Python 3.13: the interpreter that ran caliban"),
        (["tokenizers==0.22.0"], "3.15", "Python 3.15: the interpreter that ran caliban"),  # abi3
        (["numpy==99.0"], "3.15", "Python 3.15: the interpreter that ran caliban"),
        (["numpy==0.1"], "3.15", "Python 3.15: the interpreter that ran caliban"),
        (["numpy==1.22.0rc1"], "3.15", "Python 3.15: the interpreter that ran caliban"),
        (["torch==99.0"], "3.12", "Python 3.12: the interpreter that ran caliban"),
        (["torch @ https://example.invalid/torch.whl"], "3.12", "Python 3.12: the interpreter that ran caliban"),
    ],
)
def test_a_python_without_wheels_is_passed_over(requirements: list[str], host: str, expected: str) -> None:
    assert reason_of(recipe(*requirements, demand=asking(host=host))) == expected


def test_a_choice_is_not_refused_for_lack_of_a_row_in_our_tables() -> None:
    demand = asking(replace(FLAG, specifier="==3.14.*"))
    assert reason_of(recipe("tensorflow", demand=demand)) == "Python 3.14: --python"


@pytest.mark.parametrize(
    "base",
    [
        BaseNeed(given="pytorch/pytorch"),
        BaseNeed(dockerfile=THEIRS),
    ],
)
def test_on_a_base_of_the_user_no_pin_rules_out_a_python(base: BaseNeed) -> None:
    asked = asking(VERSION_FILE, RANGE)
    assert reason_of(recipe("torch==2.1.2", demand=asked, base=base)) == "Python 3.12: .python-version"


@pytest.mark.parametrize(
    ("requirements", "demand", "message", "place", "hint"),
    [
        (
            [],
            asking(replace(FLAG, specifier="==3.13.*"), RANGE),
            "--python chooses Python 3.13, but pyproject.toml:4 asks for >=3.9,<3.13",
            Place(source="--python"),
            "use --python 3.12, or change pyproject.toml:4",
        ),
        (
            ["torch==2.1.2"],
            asking(VERSION_FILE),
            "torch 2.1.2 has no wheels for Python 3.12, which .python-version asks for",
            Place(source="requirements.txt", line=1),
            "Python 3.11 has wheels for all your pins: --python 3.11",
        ),
        (
            ["torch==2.1.2"],
            asking(PythonNeed(specifier=">=3.12", source="pyproject.toml:4")),
            "torch 2.1.2 has no wheels for Python 3.12 to 3.15, which pyproject.toml:4 asks for",
            Place(source="requirements.txt", line=1),
            "pin torch==2.2.0, which has wheels for Python 3.12, or change pyproject.toml:4",
        ),
        (
            ["torch==2.1.2", "jax==0.11.2"],
            asking(),
            "no Python suits all of these: torch 2.1.2 leaves 3.8 to 3.11 (requirements.txt:1), "
            "jax 0.11.2 leaves 3.12 to 3.15 (requirements.txt:2)",
            Place(source="requirements.txt", line=1),
            "pin jax==0.10.2: then all have wheels for Python 3.11",
        ),
        (
            [],
            asking(RANGE, PythonNeed(specifier=">=3.14", source="setup.py:9")),
            "no Python fits >=3.9,<3.13 (pyproject.toml:4), >=3.14 (setup.py:9)",
            Place(source="pyproject.toml", line=4),
            "change setup.py:9, then Python 3.12 fits",
        ),
        (
            [],
            asking(PythonNeed(specifier=">=3.20", source="pyproject.toml:4")),
            "no Python fits >=3.20 (pyproject.toml:4)",
            Place(source="pyproject.toml", line=4),
            "caliban knows Python 3.8 to 3.15; any other is yours to choose: --python X.Y, or --base_image",
        ),
        (
            ["numpy==1.21.6"],
            asking(VERSION_FILE),
            "numpy 1.21.6 has no wheels for Python 3.12, which .python-version asks for",
            Place(source="requirements.txt", line=1),
            "Python 3.10 has wheels for all your pins: --python 3.10",
        ),
        (
            ["numpy==1.21.6", "torch==2.9.0"],
            asking(VERSION_FILE, RANGE),
            "numpy 1.21.6 has no wheels for Python 3.12, which .python-version asks for",
            Place(source="requirements.txt", line=1),
            "Python 3.10 has wheels for all your pins: --python 3.10",
        ),
        (
            ["numpy==1.21.6", "torch==2.15.0"],
            asking(VERSION_FILE),
            "numpy 1.21.6 has no wheels for Python 3.12, which .python-version asks for",
            Place(source="requirements.txt", line=1),
            "pin numpy==1.26.0, which has wheels for Python 3.12, or change .python-version",
        ),
        (
            ["tensorflow==2.9.3"],
            replace(DEMAND, platform="linux/arm64"),
            "tensorflow 2.9.3 exists for no Python on linux/arm64: it has no wheels for it, and no sources",
            Place(source="requirements.txt", line=1),
            "pin tensorflow==2.12.0, which has wheels for it, or build for another platform: --platform PLATFORM",
        ),
        (
            ["ray==2.11.0"],
            replace(DEMAND, platform="linux/arm64"),
            "ray 2.11.0 exists for no Python on linux/arm64: it has no wheels for it, and no sources",
            Place(source="requirements.txt", line=1),
            "pin ray==2.20.0, which has wheels for it, or build for another platform: --platform PLATFORM",
        ),
        (
            [],
            asking(PythonNeed(specifier="pypy3.9", source=".python-version:1", exact=True)),
            "no Python that caliban can use: 'pypy3.9'",
            Place(source=".python-version", line=1),
            "name a minor version from 3.8 on, for example --python 3.11; or a base of your own: --base_image",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_way_out(
    requirements: list[str], demand: Demand, message: str, place: Place, hint: str
) -> None:
    with pytest.raises(Rejected) as caught:
        choose_python(recipe(*requirements, demand=demand))
    (problem,) = caught.value.diagnostics
    assert (problem.message, problem.place, problem.hint) == (message, place, hint)


def test_all_contradictions_are_told_at_once() -> None:
    demand = asking(replace(FLAG, specifier="==3.13.*"), RANGE)
    with pytest.raises(Rejected) as caught:
        choose_python(recipe("torch==2.1.2", "jaxlib==0.4.30", demand=demand))
    assert [problem.code for problem in caught.value.diagnostics] == ["python-contradiction", "no-wheels", "no-wheels"]


@pytest.mark.parametrize(
    ("requirements", "demand", "python", "notes"),
    [
        (
            ["pandas==1.3.5", "numpy"],
            asking(VERSION_FILE),
            "3.12",
            (
                "pandas 1.3.5 (requirements.txt:1) has no wheels for Python 3.12 and is compiled; "
                "Python 3.10 has wheels for all pins",
            ),
        ),
        (
            ["pandas==1.3.5", "lxml==4.6.0"],
            asking(PythonNeed(specifier=">=3.11", source="pyproject.toml:4")),
            "3.11",
            (
                "pandas 1.3.5 (requirements.txt:1), lxml 4.6.0 (requirements.txt:2) have no wheels for Python 3.11 "
                "and are compiled",
            ),
        ),
        (
            ["pandas==1.3.5", "scipy==1.16.0"],
            asking(),
            "3.11",
            ("pandas 1.3.5 (requirements.txt:1) has no wheels for Python 3.11 and is compiled",),
        ),
        (["tensorflow"], asking(replace(FLAG, specifier="==3.14.*")), "3.14", ()),
        ([], asking(FLAG), "3.10", ("Python 3.10 has had no security fixes since 2026-10",)),
    ],
)
def test_what_is_doubtful_is_said_and_not_refused(
    requirements: list[str], demand: Demand, python: str, notes: tuple[str, ...]
) -> None:
    after = choose_python(recipe(*requirements, demand=demand))
    assert (after.demand.python, after.notes) == (python, notes)


def test_of_a_base_that_the_user_names_nothing_is_doubtful() -> None:
    after = choose_python(recipe(demand=asking(FLAG), base=BaseNeed(given="debian:12")))
    assert (after.demand.python, after.notes) == ("3.10", ())


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (">=3.12", "Python 3.14: pyproject.toml:4 asks for >=3.12"),
        (">=3.15", "Python 3.15: pyproject.toml:4 asks for >=3.15"),
    ],
)
def test_a_python_that_packages_have_not_caught_up_with_is_the_last_resort(asked: str, expected: str) -> None:
    assert reason_of(recipe(demand=asking(PythonNeed(specifier=asked, source="pyproject.toml:4")))) == expected


@pytest.mark.parametrize(
    ("platform", "python"), [("linux/amd64", "3.10"), ("linux/arm64", "3.9"), ("linux/arm64/v8", "3.9")]
)
def test_wheels_are_those_of_the_platform(platform: str, python: str) -> None:
    demand = replace(asking(host="3.12"), platform=platform)
    expected = f"Python {python}: h5py 3.6.0 has no wheels for 3.12 (requirements.txt:1)"
    assert reason_of(recipe("h5py==3.6.0", demand=demand)) == expected


@pytest.mark.parametrize(
    ("platform", "reason"),
    [
        ("linux/amd64", "Python 3.13: the interpreter that ran caliban"),
        ("linux/arm64", "Python 3.12: torch 2.5.1 has no wheels for 3.13 (requirements.txt:1)"),
    ],
)
def test_a_framework_may_have_fewer_wheels_for_arm64(platform: str, reason: str) -> None:
    assert reason_of(recipe("torch==2.5.1", demand=replace(asking(host="3.13"), platform=platform))) == reason


def test_what_no_index_of_the_project_need_have_is_not_refused() -> None:
    demand = replace(asking(), platform="linux/arm64", indexes=("--find-links https://x.example/links.html",))
    assert reason_of(recipe("ray==2.11.0", demand=demand)) == "Python 3.11: the interpreter that ran caliban"


def test_without_an_upper_bound_no_table_of_wheels_is_read() -> None:
    code = (
        "from caliban.compiler.facts.data_files import table; from recipes import *\n"
        "from msgspec.structs import replace\n"
        "choose_python(recipe('numpy', 'pandas>=1.0')); print(table.cache_info().currsize)\n"
        "choose_python(recipe('numpy==1.26.4')); print(table.cache_info().currsize)\n"
    )
    path = os.pathsep.join((str(Path(__file__).parent), *sys.path))
    said = subprocess.run(
        (sys.executable, "-c", code), env={"PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["1", "2"]
