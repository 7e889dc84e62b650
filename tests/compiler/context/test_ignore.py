"""The language of .dockerignore. That the engine agrees is proved in tests/engine/test_ignore_engine.py."""

import re
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from projects import told

from caliban.compiler.context.go_regex import matcher
from caliban.compiler.context.ignore import Ignore, locate, parse_ignore
from caliban.compiler.context.patterns import escape_pattern
from caliban.compiler.diagnostics import Place, Rejected

NAMES = st.text(st.sampled_from("ab.*?[]\\!# {}|^$é-\n\t()+"), min_size=1, max_size=4).filter(
    lambda name: name not in (".", "..")
)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PARTS = st.sampled_from(
    ("a", "b", "ab", "a.b", "*", "?", "a*", "*b", "**", "**b", "[ab]", "[^a]", "a\\|b*", "a\\{2\\}", "\\*")
)
PATTERNS = st.builds(
    "{}{}{}".format,
    st.sampled_from(("", "", "!")),
    st.lists(PARTS, min_size=1, max_size=3).map("/".join),
    st.sampled_from(("", "", "/**")),
)


@pytest.mark.parametrize(
    ("line", "patterns"),
    [
        ("data", ("data",)),
        ("/data/", ("data",)),
        ("./data//raw/../x", ("data/x",)),
        ("../../data", ("../../data",)),
        ("  data \t\r", ("data",)),
        ("data / ", ("data",)),
        ("! /data", ("!data",)),
        ("!!data", ("!!data",)),
        ("# data", ()),
        (" # data", (" # data",)),  # no comment; and as it stands here, it is none when the engine reads it again
        ("/! data", ("/! data",)),  # keeps ' data', where '! data' keeps 'data'
        ("data / /", ("data / /",)),  # leaves out 'data '
        ("", ()),
        ("   ", ()),
        ("/", ()),
        ("/ /data", ()),  # the engine reads '/data', and no path of it begins with a '/'
        ("\\#data", ("\\#data",)),
    ],
)
def test_a_line_is_cleaned_as_the_engine_cleans_it(line: str, patterns: tuple[str, ...]) -> None:
    assert parse_ignore(line, ".dockerignore") == patterns
    assert parse_ignore("\n".join(patterns), ".dockerignore") == patterns


@pytest.mark.parametrize(
    ("patterns", "kept", "left_out"),
    [
        (("data",), "data2 x/data", "data data/raw/1.csv"),
        (("*.csv",), "x/1.csv", "1.csv 2.csv/x"),
        (("**/*.csv",), "1.csvx", "1.csv x/y/1.csv"),
        (("data/**",), "data", "data/x data/x/y"),
        (("a?c",), "ac a/c", "abc a.c"),
        (("a[b-d]", "[^x]y"), "a ae xy", "ab ad zy"),
        (("data", "!data/keep"), "data/keep data/keep/x", "data data/x"),
        (("*", "!**/*.py"), "a.py x/a.py", "a.txt x"),
        (("!data", "data"), "x", "data"),
        (("data", "!data", "data/raw"), "data data/x", "data/raw data/raw/x"),
        (("\\*", "\\[x]"), "ab x", "* [x]"),
        (("a|b", "a{2}", "^a", "**/x{1}"), "a b aa x", "a|b a{2} ^a x{1} y/x{1}"),  # without a wildcard, a name
        (("a\\|b*", "a\\{2\\}*", "\\^?"), "a b aa", "a|b a|bx a{2}x ^a"),
    ],
)
def test_the_last_match_wins_and_reaches_below(patterns: tuple[str, ...], kept: str, left_out: str) -> None:
    ignore = Ignore(patterns)
    paths = [*kept.split(), *left_out.split()]
    assert [path for path in paths if ignore.excludes(path)] == left_out.split()


def test_a_pattern_that_changes_nothing_at_a_folder_is_forgotten_below_it() -> None:
    assert not Ignore(("x", "!x/y", "x")).excludes("x/y")
    assert Ignore(("x", "!x/y", "x", "x/**")).excludes("x/y")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[", "'[' without ']'"),
        ("a/[x", "'[' without ']'"),
        ("[b-a]*", "'b-a' is an empty range"),
        ("[]a]", "']' in a character class needs a '\\' before it"),
        ("a\\", "'\\' at the end"),
        ("data\\yes", "'\\y' is no escape; between folders stands '/'"),
        ("!", "'!' without a pattern"),
        *(
            (line, f"'{char}' needs a '\\' before it: beside a wildcard, the engine reads a regular expression")
            for line, char in (("a|b*", "|"), ("b{2}*", "{"), ("*}", "}"), ("^a?", "^"), ("[ab]{2}", "{"))
        ),
        ("a\tb", "a control character; '?' can stand for it"),
    ],
)
def test_a_bad_pattern_is_rejected_with_its_line(line: str, reason: str) -> None:
    with pytest.raises(Rejected) as rejected:
        parse_ignore(f"# mine\ndata\n{line}\n", ".dockerignore")
    assert [(each.message, each.place) for each in rejected.value.diagnostics] == [
        (f"no pattern: {reason}", Place(source=".dockerignore", line=3, text=line))
    ]


def test_every_bad_line_is_told_at_once() -> None:
    with pytest.raises(Rejected) as rejected:
        parse_ignore("[\nok\n!\n", "sub/.dockerignore")
    assert (
        told(rejected.value)
        == """\
error[bad-pattern]: no pattern: '[' without ']'
  --> sub/.dockerignore:1
   |  [
  hint: write '\\' before a '[' or '!' that belongs to a name
error[bad-pattern]: no pattern: '!' without a pattern
  --> sub/.dockerignore:3
   |  !
  hint: write '\\' before a '[' or '!' that belongs to a name"""
    )


def test_the_pattern_that_leaves_a_path_out_is_found_in_the_file() -> None:
    text = "# mine\n\n/data/\n!data/keep\n*.pyc\n"
    pattern = Ignore(parse_ignore(text, ".dockerignore")).excluded_by("data/raw/1.csv")
    assert pattern == "data"
    assert locate(pattern, text, ".dockerignore") == Place(source=".dockerignore", line=3, text="/data/")
    assert locate("**/.git", text, ".dockerignore") is None


def test_a_folder_is_entered_only_if_something_below_it_may_be_kept() -> None:
    level = Ignore(("*", "!data/raw", "!x*/y")).at(".")
    assert level is not None
    assert [name for name in ("data", "trainer", "x1") if level.enter(name)] == ["data", "x1"]
    assert Ignore(("data", "!*.py")).at("data") is None  # no '*' reaches across a '/'


@given(
    st.lists(PATTERNS, max_size=6),
    st.lists(st.sampled_from(("a", "b", "aa", "a.b", "*", "n\nl")), min_size=1, max_size=4),
)
def test_a_walk_agrees_with_the_question_for_one_path(patterns: list[str], parts: list[str]) -> None:
    ignore = Ignore(patterns)
    level = ignore.at("/".join(parts[:-1]) or ".")
    assert (level is None or level.excludes(parts[-1])) == ignore.excludes("/".join(parts))
    assert level is None or (parts[-1] in level.excluded([parts[-1], "b"])) == ignore.excludes("/".join(parts))


@given(PATHS, st.lists(PATHS, max_size=4))
def test_an_escaped_path_matches_that_path_and_what_is_below_it(path: str, others: list[str]) -> None:
    (line,) = parse_ignore(escape_pattern(path), ".dockerignore")
    ignore = Ignore((line,))
    assert ignore.excludes(path)
    assert ignore.excludes(f"{path}/below")
    if not re.search("[\n\t]", path):  # there '?' stands for it, and matches more
        related = [other for other in others if PurePosixPath(other).is_relative_to(PurePosixPath(path))]
        assert [other for other in others if ignore.excludes(other)] == related


@given(st.text(st.sampled_from("a*?[]^-\\!/# .\n{}|d2,"), max_size=12))
def test_any_text_is_parsed_or_rejected(text: str) -> None:
    try:
        patterns = parse_ignore(text, ".dockerignore")
    except Rejected:
        return
    assert parse_ignore("\n".join(patterns), ".dockerignore") == patterns
    Ignore(patterns).excludes("a/b")


@given(
    pattern=st.text("ab.-*", min_size=1, max_size=10).filter(lambda text: "**" not in text),
    path=st.text("ab.-/", max_size=12),
)
def test_stars_match_as_if_every_place_were_tried(pattern: str, path: str) -> None:
    every_place = "".join("[^/]*" if char == "*" else re.escape(char) for char in pattern) + r"\Z"
    assert bool(re.match(matcher(pattern)[1], path)) == bool(re.match(every_place, path))


def test_a_pattern_of_many_stars_ends() -> None:
    assert not Ignore(("*a" * 30 + "b", "**/" + "*a" * 30 + "b/**/c")).excludes("a" * 250)
