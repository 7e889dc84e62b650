"""The table at the end of a sweep."""

import re

from caliban.runtime.running.containers import Result
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


def test_failed_runs_stand_in_a_table_with_their_last_words() -> None:
    assert summary(3, result(1, 1, "ValueError: x", ("--lr", "1.0")), result(2, 137, "out of memory (limit 8g)")) == [
        "3 runs: 0 succeeded, 2 failed, 1 not finished",
        "  run  exit  time       arguments",
        "  1    1     1 min 1 s  --lr 1.0   ValueError: x",
        "  2    137   1 min 1 s             out of memory (limit 8g)",
    ]


def test_what_a_run_printed_cannot_write_to_the_terminal() -> None:
    assert "\x1b" not in "".join(summary(1, result(1, 1, "\x1b[2J", ("\x1b",))))


def test_a_long_list_of_failures_is_cut() -> None:
    assert summary(100, *(result(number, 1) for number in range(1, 101)))[-1] == "  and 50 more that failed"
