import pytest
from msgspec.structs import replace
from recipes import DEMAND, recipe

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.data_files import table
from caliban.compiler.ir.base import BaseNeed
from caliban.compiler.ir.demand import Demand
from caliban.compiler.passes.refuse_traps import refuse_traps

CHOSEN = replace(DEMAND, python="3.11")


def hints(*requirements: str, demand: Demand = CHOSEN) -> list[str | None]:
    """What is to be written instead of what is refused."""
    try:
        refuse_traps(recipe(*requirements, demand=demand))
    except Rejected as rejected:
        return [problem.hint for problem in rejected.diagnostics]
    return []


@pytest.mark.parametrize(
    ("requirement", "hint"),
    [
        ("sklearn", "write scikit-learn"),
        ("sklearn==0.0.post1", "write scikit-learn"),
        ("pytorch==2.1.0; python_version < '3.12'", "write torch==2.1.0; python_version < '3.12'"),
        ("pytorch[x]>=2", "write torch[x]>=2"),
        ("pkg-resources==0.0.0", "leave out this line"),
        ("cv2==4.5", "write opencv-python-headless"),
    ],
)
def test_a_trap_is_refused_with_what_to_write(requirement: str, hint: str) -> None:
    assert hints(requirement) == [hint]


@pytest.mark.parametrize(
    "requirement",
    ["scikit-learn", "sklearn==0.0", "futures; python_version < '3'", "sklearn @ https://x.org/sklearn-1.whl"],
)
def test_what_is_installed_or_never_asked_for_is_no_trap(requirement: str) -> None:
    assert hints(requirement) == []


def test_all_traps_are_told_at_once() -> None:
    assert len(hints("sklearn", "six", "yaml", "cv2")) == 3


def test_what_is_pointless_is_noted() -> None:
    notes = refuse_traps(recipe("six", "enum34==1.1.10", demand=CHOSEN)).notes
    assert notes == ("enum34 is part of Python since 3.4, as enum: leave it out (requirements.txt:2)",)


def test_an_index_of_the_project_may_have_such_a_package() -> None:
    notes = refuse_traps(recipe("yaml", demand=replace(CHOSEN, indexes=("--index-url https://x.org/simple",)))).notes
    assert notes == ("yaml is the module's name, and not on PyPI: write pyyaml (requirements.txt:1)",)


def test_a_base_that_is_named_may_have_it_already() -> None:
    before = recipe("yaml", demand=CHOSEN, base=BaseNeed(given="mine:1"))
    assert refuse_traps(before) == before


def test_nothing_that_is_advised_is_a_trap_itself() -> None:
    facts = table("traps")["names"]
    assert [fact["write"] for name, fact in facts.items() if fact.get("write") in facts and fact["write"] != name] == []


@pytest.mark.parametrize(
    ("requirements", "noted"),
    [
        (("librosa==0.9.2",), True),
        (("librosa==0.9.2", "setuptools"), True),
        (("librosa==0.9.2", "setuptools==65.0"), False),
        (("librosa==0.9.2", "setuptools<82"), False),
        (("librosa==0.10.0",), False),
        (("librosa",), False),
    ],
)
def test_a_module_that_a_pin_imports_and_does_not_bring_is_noted(requirements: tuple[str, ...], noted: bool) -> None:
    note = "librosa 0.9.2 imports pkg_resources, which it does not bring: add setuptools<82 (requirements.txt:1)"
    assert refuse_traps(recipe(*requirements, demand=CHOSEN)).notes == ((note,) if noted else ())
