"""The events of a build into the lines of its log, a bounded text, and a timeline."""

import json

import pytest
from accounts import NAME, STEP, at, events, printed, vertex

from caliban.runtime.building.events import Event
from caliban.runtime.building.log import BoundedLog, LogLines
from caliban.runtime.building.timeline import Timeline, Vertex


def lines(*raw: str) -> list[str]:
    log = LogLines()
    return [line for event in events(*raw) for line in log.lines(event)]


def test_a_step_has_a_line_when_it_starts_for_what_it_prints_and_when_it_ends() -> None:
    raw = (
        vertex(),
        vertex(started=at(0)),
        printed("hel", 0.1),
        printed("lo\nworld\n", 0.2),
        vertex(started=at(0), completed=at(0.5)),
    )
    assert lines(*raw) == [f"#1 {NAME}", "#1 0.100 hello", "#1 0.200 world", "#1 DONE 0.5s"]


def test_a_cached_step_says_so() -> None:
    assert lines(vertex(started=at(0), completed=at(0), cached=True)) == [f"#1 {NAME}", "#1 CACHED"]


def test_a_step_that_fails_says_why_behind_its_last_words() -> None:
    raw = (vertex(started=at(0)), printed("no end", 0.1), vertex(started=at(0), completed=at(1), error="exit code: 1"))
    assert lines(*raw)[1:] == ["#1 0.100 no end", "#1 ERROR: exit code: 1"]


def test_nothing_that_a_step_prints_acts_on_a_terminal() -> None:
    assert lines(vertex(started=at(0)), printed("bell \a, tab\t, \x9b2J\n", 0.1))[1:] == [
        "#1 0.100 bell \\x07, tab    , \\x9b2J"
    ]


def test_a_long_transfer_has_a_line_now_and_then() -> None:
    def transfer(current: int, second: float) -> str:
        status = {"id": "transferring context:", "vertex": STEP, "current": current, "started": at(0)}
        return json.dumps({"statuses": [{**status, "timestamp": at(second)}]})

    raw = (vertex(started=at(0)), *(transfer(number * 10_000_000, number / 2) for number in range(11)))
    assert lines(*raw)[1:] == ["#1 transferring context: 40 MB", "#1 transferring context: 80 MB"]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (3, "first\n0\n1\n2\n"),
        (5, "first\n0\n1\n2\n3\n4\n"),
        (9, "first\n0\n1\n2\n… 2 lines …\n5\n6\n7\n8\n"),
    ],
)
def test_a_log_of_any_length_keeps_its_beginning_and_its_end(count: int, expected: str) -> None:
    log = BoundedLog("first\n", head=11, tail=8)
    for number in range(count):
        log.add(str(number))
    assert log.text() == expected


def test_the_timeline_has_each_step_once_from_its_first_start() -> None:
    def rounded(one: Vertex) -> Vertex:
        return one._replace(started=round(one.started, 3), seconds=round(one.seconds, 3))

    timeline = Timeline()
    told: list[Event] = events(
        json.dumps({"vertexes": [{"digest": "sha256:b", "name": "later", "started": at(2), "completed": at(3)}]}),
        vertex(started=at(0), completed=at(0)),
        vertex(started=at(1), completed=at(1), cached=True),
    )
    for event in told:
        timeline.read(event)
    assert [rounded(one) for one in timeline.vertices()] == [
        Vertex(NAME, True, 0.0, 0.0),
        Vertex("later", False, 2.0, 1.0),
    ]
