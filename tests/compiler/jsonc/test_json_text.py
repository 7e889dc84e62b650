"""The JSON reader: what it accepts beyond `json.loads`, and the places that it names."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caliban.compiler.diagnostics import Diagnostic, Place, Rejected, render
from caliban.compiler.jsonc.text import DEEPEST, MOST_PROBLEMS, read_json
from caliban.compiler.jsonc.tree import Array, Member, Object, Plain, Scalar, plain

SOURCE = "config.json"
CONFIG = '{\n  # packages\n  "apt_packages": {"cpu": ["vim", 3]},\r\n  "python": "3.11", // ours\n}\n'

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)
between = st.lists(st.sampled_from([" ", "\n", "\r\n", "\t", "# it's {\n", '// "x": [\n', "//\n"]), max_size=3).map(
    "".join
)


def read(text: str) -> Plain:
    return plain(read_json(text, SOURCE, code="bad-config").root)


def problems_in(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(Rejected) as caught:
        read_json(text, SOURCE, code="bad-config")
    return caught.value.diagnostics


def same(left: Plain, right: Plain) -> bool:
    """Equal, and of equal types: 1, 1.0 and true differ, and so do 0.0 and -0.0."""
    return repr(left) == repr(right)


@given(values, st.booleans(), st.sampled_from([None, 0, 2]))
def test_what_json_writes_is_read_as_json_reads_it(value: Plain, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert same(read(text), json.loads(text))


@given(values, st.data())
def test_comments_and_trailing_commas_do_not_change_the_value(value: Plain, data: st.DataObject) -> None:
    lexemes = re.findall(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', json.dumps(value))
    text = data.draw(between)
    for before, lexeme in zip(["", *lexemes], lexemes, strict=False):
        has_item = lexeme in ("]", "}") and before not in ("[", "{")
        comma = "," if has_item and data.draw(st.booleans()) else ""
        text += comma + data.draw(between) + lexeme + data.draw(between)
    assert same(read(text), value)


@settings(max_examples=500)
@given(st.text() | st.text('{}[]:,"\\#/ \n\r01-.eEtrunlf\ud800\x00'))
def test_garbage_is_read_or_rejected_in_printable_words(text: str) -> None:
    try:
        read(text)
    except Rejected as rejected:
        assert all(render(problem).replace("\n", "").isprintable() for problem in rejected.diagnostics)


@settings(max_examples=300)
@given(values, st.integers(min_value=0), st.text(max_size=3))
def test_a_damaged_text_is_rejected_or_read(value: Plain, where: int, damage: str) -> None:
    text = json.dumps(value)
    cut = where % (len(text) + 1)
    try:
        read(text[:cut] + damage + text[cut + len(damage) :])
    except Rejected as rejected:
        assert rejected.exit_code == 2


def test_every_node_knows_its_offset() -> None:
    assert read_json('{"a": [1]}', SOURCE, code="bad-config").root == Object(
        members=(Member(key="a", at=1, value=Array(items=(Scalar(value=1, at=7),), at=6)),), at=0
    )


def test_a_path_leads_to_the_place_of_a_value() -> None:
    place = read_json(CONFIG, SOURCE, code="bad-config").place_of_value(["apt_packages", "cpu", 1])
    assert place == Place(source=SOURCE, line=3, column=35, text='  "apt_packages": {"cpu": ["vim", 3]},')


def test_a_path_leads_to_the_place_of_a_key() -> None:
    place = read_json(CONFIG, SOURCE, code="bad-config").place_of_key(["python"])
    assert place == Place(source=SOURCE, line=4, column=3, text='  "python": "3.11", // ours')


def test_a_byte_order_mark_is_no_column() -> None:
    assert problems_in("\ufeff!")[0].place == Place(source=SOURCE, line=1, column=1, text="!")


def test_keys_keep_their_order() -> None:
    assert repr(read('{"b": 1, "a": 2, "c": 3}')) == "{'b': 1, 'a': 2, 'c': 3}"


def test_a_line_that_is_too_long_is_cut() -> None:
    place = problems_in("[?" + "x" * 300)[0].place
    assert place == Place(source=SOURCE, line=1, column=2, text="[?" + "x" * 158 + "…")


def test_a_place_far_out_in_a_long_line_shows_no_text() -> None:
    assert problems_in(" " * 500 + "?")[0].place == Place(source=SOURCE, line=1, column=501)


def test_a_missing_value_is_shown_with_its_key() -> None:
    with pytest.raises(Rejected) as caught:
        read_json('{\n  "epochs": 2,\n  "lr": ,\n}', "experiment.json", code="bad-experiment")
    assert render(caught.value.diagnostics[0]) == (
        'error[bad-experiment]: expected a value after "lr":\n'
        "  --> experiment.json:3:9\n"
        '   |    "lr": ,\n'
        "   |          ^\n"
        "  hint: a number, string, true/false or a list of these"
    )


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ("", 1, 1, "expected an object", "write at least {}"),
        ("# nothing\n\n", 1, 1, "expected an object", "write at least {}"),
        ("]", 1, 1, "expected an object", "write at least {}"),
        ('{"a":\n', 1, 6, 'expected a value after "a":', "a string, number, true/false, a list or an object"),
        ("[1,,2]", 1, 4, "expected a value after ,", "a string, number, true/false, a list or an object"),
        ("[,]", 1, 2, "expected a value after [", "a string, number, true/false, a list or an object"),
        ("{lr: 1}", 1, 2, "expected a key in double quotes", 'write "lr"'),
        ("{'lr': 1}", 1, 2, "expected a key in double quotes", 'write "lr"'),
        ("{,}", 1, 2, "expected a key in double quotes", 'write a key like this: "name": value'),
        ('{"a" 1}', 1, 6, 'expected ":" after "a"', 'write "a": and its value'),
        ('{"a": 1\n "b": 2}', 2, 2, 'expected "," or "}"', "put a comma between the two"),
        ("[1}", 1, 3, 'expected "," or "]"', "close it with ]"),
        ("[\n[1,\n", 2, 1, "this list is never closed", "close it with ]"),
        ('{"a": 1,', 1, 1, "this object is never closed", "close it with }"),
        ('["a]\n', 1, 2, "this string is never closed", 'close it with "'),
        ('["a\\"', 1, 2, "this string is never closed", 'close it with "'),
        ("{}\n{}", 2, 1, "expected nothing more after the end of the JSON", "remove it"),
        ("[True]", 1, 2, "not a JSON value: True", "write true"),
        ("[NaN]", 1, 2, "not a JSON value: NaN", 'JSON has no such number; write it as a string: "NaN"'),
        (
            "[-Infinity]",
            1,
            2,
            "not a JSON value: -Infinity",
            'JSON has no such number; write it as a string: "-Infinity"',
        ),
        ("[.5]", 1, 2, "not a JSON value: .5", "write 0.5"),
        ("[-01]", 1, 2, "not a JSON value: -01", "write -1"),
        ("['x']", 1, 2, "not a JSON value: 'x'", "use double quotes"),
        ("[vim]", 1, 2, "not a JSON value: vim", 'put text in double quotes: "vim"'),
        ("/* c */ {}", 1, 1, "not a JSON value: /*", "start every line of a comment with #"),
        (
            "!!python/name:os.system",
            1,
            1,
            "not a JSON value: !!python/name",
            'put text in double quotes: "!!python/name"',
        ),
        ("[1e999]", 1, 2, "this number is too large: 1e999", "write it as a string"),
        (f"[{'9' * 5000}]", 1, 2, f"this number is too large: {'9' * 60}…", "write it as a string"),
        ('["\\d"]', 1, 3, "not a JSON escape", r"write \\ for a backslash, \u and four hex digits"),
        ('["\\u12"]', 1, 3, "not a JSON escape", r"write \\ for a backslash, \u and four hex digits"),
        ('["a\tb"]', 1, 4, "a string cannot hold a raw control character", r"write \t"),
        (
            '["\\ud83d"]',
            1,
            2,
            "this string holds half of a surrogate pair",
            r"write both halves, as in \ud83d\ude00, or the character itself",
        ),
        ('["\udcff"]', 1, 3, "the text is not UTF-8", "save it as UTF-8"),
        ('{"a": 1,\n "a": 2}', 2, 2, 'the key "a" is already set at config.json:1:2', "remove one of the two"),
        ("\r\n\r?", 3, 1, "not a JSON value: ?", 'put text in double quotes: "?"'),
    ],
)
def test_an_error_names_place_problem_and_remedy(text: str, line: int, column: int, message: str, hint: str) -> None:
    (problem,) = problems_in(text)
    place = problem.place
    assert place is not None
    assert (place.line, place.column, problem.message, problem.hint) == (line, column, message, hint)


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_deep_nesting_is_an_error_that_says_the_limit(opening: str) -> None:
    assert [problem.message for problem in problems_in(opening * 100_000)] == [
        f"more than {DEEPEST} levels of lists and objects"
    ]


def test_nesting_up_to_the_limit_is_read() -> None:
    text = "[" * DEEPEST + "]" * DEEPEST
    assert read(text) == json.loads(text)


def test_problems_that_do_not_hinder_reading_are_reported_together() -> None:
    assert [problem.message for problem in problems_in('{"a": 1e999, "a": "\\udc00", "b": ?}')] == [
        "this number is too large: 1e999",
        "this string holds half of a surrogate pair",
        'the key "a" is already set at config.json:1:2',
        "not a JSON value: ?",
    ]


def test_a_flood_of_problems_is_cut() -> None:
    messages = [problem.message for problem in problems_in("[" + "1e999," * 50 + "]")]
    assert messages == [*["this number is too large: 1e999"] * MOST_PROBLEMS, "there are more problems"]
