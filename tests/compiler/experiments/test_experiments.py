"""Experiment configs: which runs they describe, and what is wrong with those that describe none."""

import json
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caliban.compiler.diagnostics import Diagnostic, Rejected, render
from caliban.compiler.experiments.experiments import MOST_RUNS, Experiments, flags, parse_experiments
from caliban.compiler.jsonc.text import MOST_PROBLEMS, read_json
from caliban.compiler.jsonc.tree import plain

SOURCE = "exp.json"
CASES_FILE = Path(__file__).parent / "experiment_cases.json"
CASES: Any = plain(read_json(CASES_FILE.read_text(encoding="utf-8"), CASES_FILE.name, code="bad-config").root)
BILLION = "{" + ", ".join(f'"k{digit}": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]' for digit in range(9)) + "}"

names = st.text("abcdefgh_-.é", min_size=1, max_size=6).filter(lambda name: not name.startswith("-"))
flag_values = (
    st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"))
)


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    """An object with single and compound keys, each flag set once."""
    unused = draw(st.lists(names, unique=True, max_size=6))
    config: dict[str, Any] = {}
    while unused:
        arity = draw(st.integers(min_value=0, max_value=min(3, len(unused))))  # 0: a key that is not compound
        if arity:
            row = st.lists(flag_values, min_size=arity, max_size=arity)
            config[f"[{', '.join(unused[:arity])}]"] = draw(row | st.lists(row, min_size=1, max_size=3))
        else:
            config[unused[0]] = draw(flag_values | st.lists(flag_values, min_size=1, max_size=3))
        unused = unused[max(arity, 1) :]
    return config


configs = st.recursive(objects(), lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=4)
any_json = st.recursive(
    st.none() | flag_values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("[],-ab \0"), inner, max_size=3),
)


def model(config: Any) -> list[list[tuple[str, Any]]]:
    """The specification as a comprehension: SPEC, section 5."""
    if isinstance(config, list):
        return [run for part in config for run in model(part)]
    axes = []
    for key, value in config.items():
        keys = key.strip("[]").split(", ")
        is_rows = isinstance(value, list) and (not key.startswith("[") or isinstance(value[0], list))
        rows = value if is_rows else [value]
        axes.append([list(zip(keys, row if key.startswith("[") else [row], strict=True)) for row in rows])
    return [[pair for pairs in choice for pair in pairs] for choice in product(*axes)]


def parse(config: Any) -> Experiments:
    return parse_experiments(json.dumps(config), SOURCE)


def problems_in(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(Rejected) as caught:
        parse_experiments(text, SOURCE)
    return caught.value.diagnostics


@pytest.mark.parametrize(("config", "runs"), CASES["expanded"].values(), ids=CASES["expanded"])
def test_a_config_of_the_older_tool_expands_as_specified(config: Any, runs: Any) -> None:
    assert repr([dict(run) for run in parse(config)]) == repr(runs)


@pytest.mark.parametrize(("config", "arguments"), CASES["flags"].values(), ids=CASES["flags"])
def test_a_run_of_the_older_tool_has_the_specified_flags(config: Any, arguments: Any) -> None:
    assert [list(flags(run)) for run in parse(config)] == arguments


@pytest.mark.parametrize(("text", "message"), CASES["rejected"].values(), ids=CASES["rejected"])
def test_a_bad_config_of_the_older_tool_is_rejected(text: str, message: str) -> None:
    assert [problem.message for problem in problems_in(text)] == [message]


@pytest.mark.parametrize(("text", "run"), CASES["read"].values(), ids=CASES["read"])
def test_a_text_of_the_older_tool_is_read(text: str, run: Any) -> None:
    assert [dict(run) for run in parse_experiments(text, SOURCE)] == [run]


@given(configs)
def test_expansion_is_the_product_of_the_axes(config: Any) -> None:
    assert repr([list(run) for run in parse(config)]) == repr(model(config))


@given(configs)
def test_the_count_is_the_number_of_runs(config: Any) -> None:
    experiments = parse(config)
    assert experiments.count == len(list(experiments))


@given(configs)
def test_a_run_reached_by_its_index_is_the_one_reached_in_order(config: Any) -> None:
    experiments = parse(config)
    assert repr([experiments[index] for index in range(experiments.count)]) == repr(list(experiments))


@given(configs)
def test_runs_can_be_asked_for_again(config: Any) -> None:
    experiments = parse(config)
    assert list(experiments) == list(experiments)


@settings(max_examples=300)
@given(st.text('{}[]:,"#/ \nab1-\\') | any_json.map(json.dumps))
def test_garbage_is_rejected_or_read(text: str) -> None:
    try:
        assert parse_experiments(text, SOURCE).count > 0
    except Rejected as rejected:
        assert {problem.code for problem in rejected.diagnostics} == {"bad-experiment"}


def test_a_billion_runs_are_counted_and_reached_without_being_made() -> None:
    experiments = parse_experiments(BILLION, SOURCE)
    last_values = tuple(value for _, value in experiments[999_999_998])
    first_runs = [run[-1] for run in islice(experiments, 3)]
    assert (experiments.count, last_values, first_runs) == (
        10**9,
        (9, 9, 9, 9, 9, 9, 9, 9, 8),
        [("k8", 0), ("k8", 1), ("k8", 2)],
    )


@pytest.mark.parametrize("index", [-1, 2])
def test_there_is_no_run_outside_the_count(index: int) -> None:
    with pytest.raises(IndexError):
        parse({"a": [1, 2]})[index]


def test_more_runs_than_can_be_counted_are_rejected() -> None:
    (problem,) = problems_in(json.dumps({f"k{digit}": list(range(10)) for digit in range(19)}))
    assert problem.message == f"more than {MOST_RUNS:,} runs"


def test_nested_lists_are_flattened_in_order() -> None:
    assert [dict(run) for run in parse([{"a": 1}, [[{"a": 2}], {"a": [3, 4]}], {}])] == [
        {"a": 1},
        {"a": 2},
        {"a": 3},
        {"a": 4},
        {},
    ]


def test_names_of_a_compound_key_may_have_spaces_around_them() -> None:
    assert flags(parse({"[ a , b ]": [1, 2]})[0]) == ("--a", "1", "--b", "2")


def test_strings_that_look_like_code_are_passed_as_they_are() -> None:
    assert flags(parse({"a": "__import__('os')", "b": "$(id)"})[0]) == ("--a", "__import__('os')", "--b", "$(id)")


@pytest.mark.parametrize(
    ("value", "arguments"),
    [
        (-1, ("--a", "-1")),
        (-2.5, ("--a", "-2.5")),
        (-1e-05, ("--a=-1e-05",)),
        (-1e20, ("--a=-1e+20",)),
        ("-x", ("--a=-x",)),
        ("--", ("--a=--",)),
        ("-", ("--a=-",)),
        ("-.5", ("--a", "-.5")),
        ("-1,2", ("--a=-1,2",)),
        ("-1 2", ("--a=-1 2",)),
        ("x-y", ("--a", "x-y")),
        (1e-05, ("--a", "1e-05")),
        ("", ("--a", "")),
        ("k=v", ("--a", "k=v")),
    ],
)
def test_a_value_that_looks_like_an_option_is_joined_to_its_flag(value: Any, arguments: tuple[str, ...]) -> None:
    assert flags(parse({"a": value})[0]) == arguments


def test_a_value_of_a_compound_key_is_joined_to_its_flag() -> None:
    assert flags(parse({"[a, b]": [-1e-05, True]})[0]) == ("--a=-1e-05", "--b")


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        (
            '{"a": {}}',
            "exp.json:1:7",
            'an object is not a value for "a"',
            "write a number, string, true/false or a list of these",
        ),
        (
            '{"a": [1,\n null]}',
            "exp.json:2:2",
            'null is not a value for "a"',
            "write a number, string, true/false or a list of these; false passes no flag",
        ),
        (
            "[{}, [[]]]",
            "exp.json:1:7",
            "this list has no experiments, so nothing would run",
            "remove it, or write {} for one run without flags",
        ),
        (
            "[{}, true]",
            "exp.json:1:6",
            "expected an object, or a list of objects",
            'write the flags as an object: {"lr": [0.1, 0.2]}',
        ),
        (
            '{"[a,b]": []}',
            "exp.json:1:11",
            '"[a,b]" has no values, so nothing would run',
            'give it a value, or remove "[a,b]"',
        ),
        (
            '{"[a,b]": "xy"}',
            "exp.json:1:11",
            'expected a list with one value for each flag of "[a,b]"',
            "write [value, value], or a list of such lists",
        ),
        (
            '{"[a,b]": [[1, 2], 3]}',
            "exp.json:1:20",
            'expected a list with one value for each flag of "[a,b]"',
            "write [value, value], or a list of such lists",
        ),
        (
            '{"[a]": [1, 2]}',
            "exp.json:1:9",
            '"[a]" takes 1 value, but this list has 2',
            "write [value], or a list of such lists",
        ),
        (
            '{"[a,b]": [[1, [2]]]}',
            "exp.json:1:16",
            'a list is not one value for "[a,b]"',
            'write its values side by side; for flags that change together use a key like "[a,b]"',
        ),
        (
            '{"--a": 1}',
            "exp.json:1:2",
            'the flag "--a" must not start with a dash',
            'write "a"; the two dashes come by themselves',
        ),
        (
            '{"a,b": 1}',
            "exp.json:1:2",
            'the flag "a,b" must not contain ","',
            'for flags that change together write "[a,b]"',
        ),
        (
            '{"a b": 1}',
            "exp.json:1:2",
            'the flag "a b" must not contain " "',
            "use letters, digits, _ - and . in the name of a flag",
        ),
        (
            '{"a=b": 1}',
            "exp.json:1:2",
            'the flag "a=b" must not contain "="',
            'write the name alone, "a", and its value behind the colon',
        ),
        (
            '{"[lr, a=b]": [1, 2]}',
            "exp.json:1:2",
            'the flag "a=b" must not contain "="',
            'write the name alone, "a", and its value behind the colon',
        ),
        (
            '{"a\\u0007": 1}',
            "exp.json:1:2",
            'the flag "a\\u0007" must not contain "\\u0007"',
            "use letters, digits, _ - and . in the name of a flag",
        ),
        ('{"[a,a]": [1, 2]}', "exp.json:1:2", '"[a,a]" names "a" twice', "write it once, and one value for it"),
        (
            '{"a": 1,\n "[a,b]": [1, 2]}',
            "exp.json:2:2",
            'the flag "a" is set by "[a,b]" and by "a" at exp.json:1:2',
            "set it by one key only",
        ),
        (
            '{"a": "x\\u0000"}',
            "exp.json:1:7",
            'an argument cannot hold a NUL character, but a value of "a" does',
            "remove \\u0000",
        ),
    ],
)
def test_an_error_names_place_problem_and_remedy(text: str, place: str, message: str, hint: str) -> None:
    (problem,) = problems_in(text)
    assert (str(problem.place), problem.message, problem.hint) == (place, message, hint)


def test_all_problems_are_reported_in_the_order_of_the_file() -> None:
    assert [str(problem.place) for problem in problems_in('[{"a": null, "-b": 1},\n {"c": []}, 3]')] == [
        "exp.json:1:8",
        "exp.json:1:14",
        "exp.json:2:8",
        "exp.json:2:13",
    ]


def test_a_flood_of_problems_is_cut() -> None:
    problems = problems_in(json.dumps([None] * 100))
    assert (len(problems), render(problems[-1])) == (
        MOST_PROBLEMS + 1,
        "error[bad-experiment]: there are more problems\n  --> exp.json\n  hint: start with those above",
    )
