"""Arguments for `docker run`: read as its own command line is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from projects import told

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.data_files import table
from caliban.compiler.frontend.config.engine_arguments import read_engine_arguments
from caliban.compiler.input.invocation import EngineArgument

SOURCE = "--docker_run_args"


def meant(text: str) -> list[tuple[str, str | None]]:
    return [(argument.name, argument.value) for argument in read_engine_arguments(text, SOURCE)]


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("--memory 1g --memory=1g -m 1g -m1g -m=1g", [("--memory", "1g")] * 5),
        ("--volume '/my data:/d'", [("--volume", "/my data:/d")]),
        ("-itv a:b", [("--interactive", None), ("--tty", None), ("--volume", "a:b")]),
        ("-iu0", [("--interactive", None), ("--user", "0")]),
        ("--init --init=false -t=false", [("--init", None), ("--init", "false"), ("--tty", "false")]),
        ("--memory-swap -1 --env --privileged", [("--memory-swap", "-1"), ("--env", "--privileged")]),
        ("--net host --dns-opt x", [("--network", "host"), ("--dns-option", "x")]),
        ("--of-the-future --new value", [("--of-the-future", None), ("--new", "value")]),
        ("--rm --rm=true", []),
        ("", []),
    ],
)
def test_options_are_read_as_docker_reads_them(text: str, arguments: list[tuple[str, str | None]]) -> None:
    assert meant(text) == arguments


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("--gpus device=0,1", ("--gpus", '"device=0,1"')),
        ("--gpus=device=0,1", ('--gpus="device=0,1"',)),
        ("--gpus device=0,GPU-3a,capabilities=utility", ("--gpus", '"device=0,GPU-3a",capabilities=utility')),
        ("--gpus '\"device=0,1\"'", ("--gpus", '"device=0,1"')),
        ("--gpus device=0", ("--gpus", "device=0")),
        ("--gpus all", ("--gpus", "all")),
        ("--gpus 2,capabilities=utility", ("--gpus", "2,capabilities=utility")),
    ],
)
def test_several_devices_are_one_field_for_docker(typed: str, words: tuple[str, ...]) -> None:
    assert read_engine_arguments(typed, SOURCE)[0].words == words


def test_words_are_kept_as_they_were_typed() -> None:
    assert read_engine_arguments("-tm=2g --cpus 2", SOURCE) == (
        EngineArgument(name="--tty", value=None, words=("-t",)),
        EngineArgument(name="--memory", value="2g", words=("-m=2g",)),
        EngineArgument(name="--cpus", value="2", words=("--cpus", "2")),
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("--memory", "error[bad-argument]: --memory needs a value"),
        ("-itm", "error[bad-argument]: -m needs a value"),
        ("--init an/image", "error[bad-argument]: docker run would take 'an/image' for the image"),
        ("--", "error[bad-argument]: docker run would take '--' for the image"),
        ("-", "error[bad-argument]: docker run would take '-' for the image"),
        ("-itd", "error[refused-argument]: -d cannot be passed on: caliban waits for the run"),
        ("--name=x", "error[refused-argument]: --name=x cannot be passed on: caliban names the container"),
        ("--memory '1g", "error[unbalanced-quotes]: cannot be split into words: no closing quotation"),
    ],
)
def test_what_docker_run_would_take_for_something_else_is_refused(text: str, problem: str) -> None:
    with pytest.raises(Rejected) as caught:
        meant(text)
    assert told(caught.value).startswith(problem)


def test_the_table_of_options_is_in_order_and_consistent() -> None:
    options = table("docker_run")["options"]
    letters = [facts["short"] for facts in options.values() if "short" in facts]
    aliases = [facts["same_as"] for facts in options.values() if "same_as" in facts]
    assert list(options) == sorted(options)
    assert len(letters) == len(set(letters))
    assert set(aliases) <= options.keys()


OPTIONS = [name for name in table("docker_run")["options"] if name != "--rm"]
LETTERS = [facts["short"] for facts in table("docker_run")["options"].values() if "short" in facts]


@given(st.lists(st.sampled_from([*OPTIONS, *LETTERS]) | st.text(max_size=5)))
def test_no_word_is_lost(words: list[str]) -> None:
    try:
        arguments = read_engine_arguments(words, SOURCE)
    except Rejected:
        return
    # Joined letters are taken apart, and each then has a dash of its own.
    kept = [word for argument in arguments for word in argument.words]
    assert "".join(kept).replace("-", "") == "".join(words).replace("-", "")
