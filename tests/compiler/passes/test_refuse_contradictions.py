import pytest
from msgspec.structs import replace
from recipes import DEMAND, pin, recipe

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.ir.demand import Demand, Pin
from caliban.compiler.passes.refuse_contradictions import refuse_contradictions

CHOSEN = replace(DEMAND, python="3.11")


def quoted(*requirements: str, demand: Demand = CHOSEN) -> list[tuple[str, ...]]:
    """The lines that are named as contradictions."""
    before = recipe(*requirements, demand=demand)
    try:
        assert refuse_contradictions(before) == before
    except Rejected as rejected:
        return [problem.quotes for problem in rejected.diagnostics]
    return []


@pytest.mark.parametrize(
    "requirements",
    [
        ("numpy", "numpy"),
        ("numpy<2", "numpy>=1.20"),
        ("numpy<2; python_version < '3.9'", "numpy>=2; python_version >= '3.9'"),
        ("pywin32<2; sys_platform == 'win32'", "pywin32>2"),
        ("numpy @ https://x.org/numpy-1-py3-none-any.whl", "numpy<1"),
        ("six @ git+https://x.org/six", "six @ git+https://x.org/six ; python_version > '3'"),
        ("numpy<2", "pandas>2"),
        ("numpy !=== 1", "numpy<1"),
    ],
)
def test_what_can_be_had_together_passes(requirements: tuple[str, ...]) -> None:
    assert quoted(*requirements) == []


def test_both_lines_are_named() -> None:
    assert quoted("numpy<2", "six", "numpy>=2") == [("requirements.txt:1  numpy<2", "requirements.txt:3  numpy>=2")]


def test_all_contradictions_are_told_at_once() -> None:
    assert len(quoted("numpy<2", "numpy>2", "six==1", "six==2")) == 2


def test_of_several_the_two_that_exclude_each_other_are_named() -> None:
    assert quoted("numpy", "numpy>=1", "numpy<1") == [("requirements.txt:2  numpy>=1", "requirements.txt:3  numpy<1")]


def test_three_that_only_together_exclude_everything_are_all_named() -> None:
    assert [len(lines) for lines in quoted("numpy>=1,<3", "numpy!=1.*", "numpy!=2.*")] == [3]


def test_two_addresses_are_a_contradiction() -> None:
    assert len(quoted("six @ https://x.org/a.whl", "six @ https://x.org/b.whl")) == 1


def test_a_constraint_counts_for_what_is_required() -> None:
    limits = (Pin(name="numpy", text="numpy<1", source="limits.txt:1"), pin("six<1", 2), pin("six>2", 3))
    demand = replace(CHOSEN, constraints=limits)
    assert quoted("numpy>=2", demand=demand) == [("requirements.txt:1  numpy>=2", "limits.txt:1  numpy<1")]
