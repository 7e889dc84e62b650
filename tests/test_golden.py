import difflib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from golden_cases import GOLDEN, Case, Files, accept, bare, cases, expected, outcome, read_case

from caliban.compiler.frontend.cli.options import OPTIONS, Option
from caliban.compiler.pipeline import PASSES, Pass

CASES = cases()
# What these do happens when something is started; their tests are those of the runtime.
EFFECT_AT_RUN_TIME = {"--dry_run"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.folder.name)
def test_caliban_says_what_the_golden_case_expects(case: Case, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    said = outcome(case, tmp_path)
    if pytestconfig.getoption("--update-golden"):
        assert not os.environ.get("CI"), "expected output is not written in CI"
        accept(case, said)
    wanted = expected(case)
    if said != wanted:
        difference = "".join(_differences(case, wanted, said))
        pytest.fail(f"{difference}\nto accept this: make golden ARGS='-k {case.folder.name}'", pytrace=False)


def test_names_of_cases_are_claims_that_a_shell_can_type() -> None:
    assert [case.folder.name for case in CASES if not case.folder.name.replace("_", "").isalnum()] == []


def test_the_order_of_extra_directories_changes_nothing_but_the_line_that_repeats_it() -> None:
    one, other = (
        bare(expected(read_case(GOLDEN / name)))
        for name in ("extra_directories_go_large_to_small", "the_order_of_extra_directories_does_not_matter")
    )
    assert one == other


def test_no_expected_output_holds_a_secret_of_its_case() -> None:
    texts = {f"{case.folder.name}/{name}": text for case in CASES for name, text in expected(case).items()}
    secrets = ("hunter2", "not a real one")
    assert [place for place, text in texts.items() if any(secret in text for secret in secrets)] == []


@pytest.mark.parametrize("left_out", PASSES, ids=lambda each: each.__name__)
def test_each_pass_matters_to_some_case(left_out: Pass, tmp_path: Path) -> None:
    passes = tuple(each for each in PASSES if each is not left_out)
    assert any(_differs_with(passes, case, tmp_path) for case in CASES), "no case would notice its absence"


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_each_option_matters_to_some_case(option: Option, tmp_path: Path) -> None:
    valued = option.value is not None
    pairs = [(case, case.without(option.name, option.short, valued=valued)) for case in CASES]
    used = [(case, dropped) for case, dropped in pairs if dropped is not None]
    assert used, f"no case uses {option.name}"
    if option.name in EFFECT_AT_RUN_TIME:
        return
    assert any(bare(outcome(case, tmp_path)) != bare(outcome(dropped, tmp_path)) for case, dropped in used), (
        f"{option.name} can be dropped from all cases that use it"
    )


def _differs_with(passes: tuple[Pass, ...], case: Case, tmp_path: Path) -> bool:
    try:
        return outcome(case, tmp_path, passes=passes) != expected(case)
    except AssertionError:  # the verifier or a later pass misses what it gives
        return True


def _differences(case: Case, wanted: Files, said: Files) -> Iterator[str]:
    for name in sorted({*wanted, *said}):
        yield from difflib.unified_diff(
            wanted.get(name, "").splitlines(keepends=True),
            said.get(name, "").splitlines(keepends=True),
            f"golden/{case.folder.name}/{name}",
            "what caliban says now",
        )
