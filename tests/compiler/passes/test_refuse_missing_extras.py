import pytest
from msgspec.structs import replace
from recipes import DEMAND, OUR_CHOICE, recipe

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.data_files import table
from caliban.compiler.ir.base import BaseNeed
from caliban.compiler.ir.demand import Demand
from caliban.compiler.passes.refuse_missing_extras import refuse_missing_extras

CHOSEN = replace(DEMAND, python="3.11")
PAGE = "https://storage.googleapis.com/jax-releases/jax_cuda_releases.html"


def told(*requirements: str, demand: Demand = CHOSEN, base: BaseNeed = OUR_CHOICE) -> tuple[list[str], tuple[str, ...]]:
    """Problems, and notes."""
    try:
        return [], refuse_missing_extras(recipe(*requirements, demand=demand, base=base)).notes
    except Rejected as rejected:
        return [f"{problem.message}: {problem.hint}" for problem in rejected.diagnostics], ()


@pytest.mark.parametrize(
    ("requirement", "said"),
    [
        (
            "jax[cuda12_pip]==0.4.25",
            "jax[cuda12_pip]==0.4.25 demands a jaxlib with CUDA, which is not on PyPI: "
            f"add a line with the page that has it: --find-links {PAGE}",
        ),
        (
            "jax[cuda13]==0.7.0",
            "jax[cuda13]==0.7.0 demands jax-cuda13-plugin of this release, which is not on PyPI: take a newer release",
        ),
    ],
)
def test_an_extra_whose_packages_are_on_no_index_is_refused(requirement: str, said: str) -> None:
    assert told("six", requirement) == ([said], ())


@pytest.mark.parametrize(
    ("requirement", "words", "extra"),
    [
        ("jax[cuda13]==0.4.30", "jax 0.4.30", "cuda13"),
        ("jax[gpu]==0.4.30", "jax 0.4.30", "gpu"),
        ("tensorflow[and_cuda]==2.13.0", "tensorflow 2.13.0", "and-cuda"),
    ],
)
def test_an_extra_that_the_release_does_not_have_is_noted(requirement: str, words: str, extra: str) -> None:
    note = f"{words} has no extra {extra}, so it is installed without it (requirements.txt:1)"
    assert told(requirement) == ([], (note,))


@pytest.mark.parametrize(
    "requirement",
    [
        "jax[cuda12]==0.4.23",
        "jax[cuda12]",
        "jax[cuda12-pip]==0.4.30",
        "jax[cuda13]==0.7.2",
        "jax[k8s]==0.4.20",
        "jax[cuda12_pip]==0.4.25; sys_platform == 'win32'",
        "tensorflow[and-cuda]==2.15.1",
        "numpy[x]==1",
    ],
)
def test_an_extra_that_is_there_or_is_not_known_passes(requirement: str) -> None:
    assert told(requirement) == ([], ())


@pytest.mark.parametrize(
    ("demand", "base"),
    [(CHOSEN, BaseNeed(given="me/base")), (replace(CHOSEN, indexes=(f"--find-links {PAGE}",)), BaseNeed())],
)
def test_a_base_or_a_page_of_links_may_have_what_pypi_lacks(demand: Demand, base: BaseNeed) -> None:
    assert told("jax[cuda12_pip]==0.4.25", demand=demand, base=base) == ([], ())


def test_no_extra_that_caliban_adds_is_missing() -> None:
    extra = {version: row["extra"] for row in table("frameworks")["jax"] for version in row["versions"]
             if "extra" in row and not row.get("find_links")}  # fmt: skip
    assert [told(f"jax[{name}]=={version}") for version, name in extra.items()] == [([], ())] * len(extra)
