"""An invocation becomes words again: the same invocation for `parse`, and no secret for people."""

import subprocess
from typing import Any

import pytest
from golden_cases import Case, cases
from hypothesis import assume, given
from hypothesis import strategies as st

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.cli.options import COMMANDS, OPTIONS, CommandSpec, Option
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.cli.unparse import unparse, unparse_words
from caliban.compiler.input.invocation import (
    BuildOptions,
    Diff,
    Expand,
    Invocation,
    LaunchOptions,
    Mount,
    Run,
    Variable,
)
from caliban.compiler.input.questions import Help, Version

ANY = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
WORD = st.text("ab.-_/: \\'\"=$", max_size=8)
# What an option takes, where not any text will do.
VALUES: dict[str, st.SearchStrategy[str]] = {
    "--build_secret": st.sampled_from(["TOKEN", "A_1"]),
    "--docker_run_args": st.sampled_from(["-m 2g", "--memory=2g --cpus 1", "-e 'A=b c' -v '/a b:/x'"]),
    "--emit": st.sampled_from(["dockerfile", "plan", "commands"]),
    "--env": st.one_of(st.just("A"), st.builds("{}={}".format, st.sampled_from(["A", "B_2"]), ANY)),
    "--image_id": st.sampled_from(["sha256:01", "caliban/p:cpu"]),
    "--max_failures": st.integers(1, 1000).map(str),
    "--timeout": st.builds(
        lambda number, unit: f"{number:.3f}{unit}", st.floats(0, 400, allow_nan=False), st.sampled_from("smhd")
    ),
    "--max_image_size": st.one_of(
        st.builds(lambda number, unit: f"{number}{unit}", st.integers(0, 999_999), st.sampled_from(["kB", "G", "T"])),
        st.builds(lambda number: f"{number:.3f}GB", st.floats(0, 999, allow_nan=False)),
    ),
    "--platform": st.sampled_from(["linux/amd64", "linux/arm64"]),
    "--torch_index": st.sampled_from(["default", "https://mirror.example.com/whl"]),
    "--apt_mirror": st.just("https://mirror.example.com"),
    "--python": st.sampled_from(["3.9", "3.12"]),
    "--xgroup": st.sampled_from(["digits", "a.b-C_1"]),
}  # fmt: skip  # a strategy a line


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """A command line: a command, some of its options in any order, an operand, arguments."""
    command: CommandSpec = draw(st.sampled_from(COMMANDS))
    known = [option for option in OPTIONS if command.name in option.commands]
    given_: list[Option] = draw(st.lists(st.sampled_from(known), max_size=5, unique_by=lambda option: option.name))
    words = [command.name]
    for option in given_:
        for _ in range(draw(st.integers(1, 2)) if option.repeatable else 1):
            words.append(draw(st.sampled_from([option.name, option.short or option.name])))
            if option.value is not None:
                words.append(draw(VALUES.get(option.name, st.one_of(ANY, WORD))))
    if command.operand is not None:
        words.append(draw(st.one_of(ANY, WORD)))
        words += ["--", *draw(st.lists(ANY, max_size=3))] if draw(st.booleans()) else []
    return words


def invocation_of(line: list[str]) -> Invocation:
    try:
        invocation: Any = parse(line)
    except Rejected:
        assume(False)
    assume(not isinstance(invocation, Help | Version))
    return invocation  # type: ignore[no-any-return]  # it is narrowed by `assume`


@given(lines())
def test_the_words_of_an_invocation_are_read_as_the_same_invocation(line: list[str]) -> None:
    invocation = invocation_of(line)
    assert parse(unparse_words(invocation)) == invocation


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.folder.name)
def test_so_are_those_of_every_golden_case(case: Case) -> None:
    try:
        invocation = parse(case.argv)
    except Rejected:
        return  # a case about the command line itself
    assert not isinstance(invocation, Help | Version)
    assert parse(unparse_words(invocation)) == invocation


@given(lines())
def test_the_line_for_people_is_the_same_run_without_the_values_of_variables(line: list[str]) -> None:
    invocation = invocation_of(line)
    assume(not isinstance(invocation, Diff | Expand))
    text = unparse(invocation)
    shown = subprocess.run(["sh", "-s"], input=f"printf '%s\\0' {text}".encode(), capture_output=True, check=True)
    again = parse(shown.stdout.decode().split("\0")[1:-1])
    assert isinstance(again, Run)
    assert (again.target, again.build) == (invocation.target, invocation.build)
    assert all(variable.value is None for variable in again.launch.env)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("--gpus all -m 2g", "--docker_run_args '-m 2g' "),
        ("--runtime nvidia", ""),
        ("--device nvidia.com/gpu=all --device /dev/fuse", "--docker_run_args '--device /dev/fuse' "),
    ],
)
def test_the_line_for_where_there_is_no_gpu_asks_docker_for_none(given: str, kept: str) -> None:
    run = parse(["run", "--nogpu", "--docker_run_args", given, "t.py"])
    assert isinstance(run, Run)
    assert unparse(run, mode="cpu") == f"caliban run --nogpu {kept}t.py"


def test_the_line_for_people_may_have_another_mode_and_a_folder_for_results() -> None:
    launch = LaunchOptions(env=(Variable(name="TOKEN", value="hunter2"),), output=Mount(source="old", target=None))
    run = Run(target="t.py", build=BuildOptions(mode="gpu"), launch=launch, dry_run=True)
    line = unparse(run, mode="cpu", output=Mount(source="a:b", target="out"))
    assert line == "caliban run --nogpu --env TOKEN -o 'a\\:b:out' t.py"
