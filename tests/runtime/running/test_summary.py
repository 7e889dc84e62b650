"""The table at the end of a sweep."""

import re

from caliban.runtime.running.result import Result
from caliban.runtime.running.summary import Tally


def result(number: int, code: int, remark: str = "", arguments: tuple[str, ...] = ()) -> Result:
    return Result(number=number, arguments=arguments, code=code, seconds=61.0, remark=remark)


def summary(count: int, *results: Result) -> list[str]:
    tally = Tally(count)
    for each in results:
        tally.add(each)
    return re.sub(r" · .*", "", tally.summary()).splitlines()


def test_a_sweep_without_failures_is_one_line() -> None:
    assert summary(2, result(1, 0), result(2, 0)) == ["2 runs: 2 succeeded, 0 failed, 0 not finished"]


def test_runs_that_an_option_left_out_are_not_started() -> None:
    tally = Tally(3)
    tally.add(result(1, 1))
    tally.stop("--fail_fast")
    assert tally.summary().startswith("3 runs: 0 succeeded, 1 failed, 2 not started (--fail_fast) · ")


def test_failed_runs_stand_in_a_table_with_their_last_words() -> None:
    assert summary(3, result(1, 1, "ValueError: x", ("--lr", "1.0")), result(2, 137, "out of memory (limit 8g)")) == [
        "3 runs: 0 succeeded, 2 failed, 1 not finished",
        "  run  exit  time       arguments",
        "  1    1     1 min 1 s  --lr 1.0   ValueError: x",
        "  2    137   1 min 1 s             out of memory (limit 8g)",
    ]


def test_what_a_run_printed_cannot_write_to_the_terminal() -> None:
    assert "\x1b" not in "".join(summary(1, result(1, 1, "\x1b[2J", ("\x1b",))))


def test_a_row_of_any_length_fits_the_line_and_keeps_the_flags_at_its_end() -> None:
    failed = (result(1, 1, "x" * 33_000, ("--text", "y" * 33_000, "--lr", "0.1")), result(2, 1, "short", ("--lr", "1")))
    tally = Tally(2)
    for each in failed:
        tally.add(each)
    for width in (80, 160):
        lines = tally.summary(width).splitlines()[1:]
        assert (max(map(len, lines)) <= width, "--lr 0.1" in lines[1], "--lr 1 " in lines[2]) == (True, True, True)
        assert lines[2].endswith("short")


def test_secrets_of_failed_runs_are_not_in_the_table() -> None:
    assert "hunter2" not in "".join(summary(1, result(1, 1, "", ("--password", "hunter2", "--api_key=hunter2"))))


def test_a_long_list_of_failures_is_cut() -> None:
    assert summary(100, *(result(number, 1) for number in range(1, 101)))[-1] == "  and 50 more that failed"


def line(count: int, each: Result, width: int = 160) -> str:
    tally = Tally(count)
    tally.add(each)
    return re.sub(r", about [\w ]+ to go", ", about N to go", tally.line(each, width))


def test_a_run_that_ends_has_one_line_and_its_last_words_where_it_failed() -> None:
    assert line(12, result(1, 0, "", ("--lr", "0.1"))) == "run 1 of 12: ok in 1 min 1 s, about N to go: --lr 0.1"
    assert line(1, result(1, 0)) == "run 1 of 1: ok in 1 min 1 s"
    assert line(1, result(1, 3, "ValueError: x", ("--lr", "1"))) == (
        "run 1 of 1: FAILED, exit 3, after 1 min 1 s: --lr 1\n         ValueError: x"
    )


def test_the_line_of_a_run_has_no_secret_no_control_and_no_more_than_the_terminals_width() -> None:
    told = line(1, result(1, 1, "\x1b[2J" + "x" * 900, ("--password", "hunter2", "--text", "y" * 900, "--n", "1")), 100)
    lines = told.splitlines()
    assert ("hunter2" in told, "\x1b" in told, lines[0][-3:]) == (False, False, "n 1")
    assert max(len("caliban: ") + len(lines[0]), len(lines[1])) <= 100
