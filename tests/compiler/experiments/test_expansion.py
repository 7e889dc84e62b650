"""What `caliban expansion` prints."""

import json
import shlex
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban.compiler.experiments.expansion import render_expansion
from caliban.compiler.experiments.experiments import Experiments, flags, parse_experiments

TWO_RUNS = '{"lr": [0.1, 1e-05], "name": "two words", "big": true}'
BILLION = json.dumps({f"k{digit}": list(range(10)) for digit in range(9)})

flag_values = st.booleans() | st.integers() | st.text(st.characters(codec="utf-8", exclude_characters="\0"))
configs = st.dictionaries(
    st.text("abcé_", min_size=1), flag_values | st.lists(flag_values, min_size=1, max_size=3), max_size=3
)
experiments_of_any_kind = st.lists(configs, min_size=1, max_size=3).map(
    lambda config: parse_experiments(json.dumps(config), "exp.json")
)


def spell(text: str, *, pretty: bool = False, flags: bool = False, count: bool = False) -> str:
    lines = render_expansion(parse_experiments(text, "exp.json"), pretty=pretty, flags=flags, count=count)
    return "".join(f"{line}\n" for line in lines)


def test_by_default_a_run_is_a_line_of_a_json_array() -> None:
    assert spell(TWO_RUNS) == (
        '[{"lr": 0.1, "name": "two words", "big": true},\n {"lr": 1e-05, "name": "two words", "big": true}]\n'
    )


def test_pretty_output_has_a_line_per_flag() -> None:
    assert spell('{"lr": [0.1, 1e-05], "big": true}', pretty=True) == (
        '[\n  {\n    "lr": 0.1,\n    "big": true\n  },\n  {\n    "lr": 1e-05,\n    "big": true\n  }\n]\n'
    )


def test_flags_are_quoted_for_a_shell() -> None:
    assert spell(TWO_RUNS, flags=True) == ("--lr 0.1 --name 'two words' --big\n--lr 1e-05 --name 'two words' --big\n")


def test_a_run_without_flags_is_an_empty_line() -> None:
    assert spell("[{}, {}]", flags=True) == "\n\n"


def test_count_prints_the_number_alone() -> None:
    assert spell(BILLION, pretty=True, flags=True, count=True) == "1000000000\n"


@pytest.mark.parametrize(("pretty", "as_flags"), [(False, False), (True, False), (False, True)])
def test_the_first_lines_of_a_billion_runs_come_at_once(pretty: bool, as_flags: bool) -> None:
    experiments = parse_experiments(BILLION, "exp.json")
    lines = render_expansion(experiments, pretty=pretty, flags=as_flags, count=False)
    assert len(list(islice(lines, 100))) == 100


@given(experiments_of_any_kind, st.booleans())
def test_the_output_is_json_of_all_runs_in_order(experiments: Experiments, pretty: bool) -> None:
    text = "\n".join(render_expansion(experiments, pretty=pretty, flags=False, count=False))
    assert repr(json.loads(text)) == repr([dict(run) for run in experiments])


@given(experiments_of_any_kind)
def test_a_shell_splits_a_line_into_the_flags_of_its_run(experiments: Experiments) -> None:
    lines = render_expansion(experiments, pretty=False, flags=True, count=False)
    assert [tuple(shlex.split(line)) for line in lines] == [flags(run) for run in experiments]


@given(experiments_of_any_kind, st.booleans())
def test_json_lines_hold_no_line_ends(experiments: Experiments, pretty: bool) -> None:
    lines = list(render_expansion(experiments, pretty=pretty, flags=False, count=False))
    assert [line.splitlines() for line in lines] == [[line] for line in lines]
