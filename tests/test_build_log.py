"""BuildKit's account of a build, as it really came, into lines and a timeline."""

import base64
import json

import pytest

from caliban.runtime.building.log import BuildLog, Vertex

RUN = "sha256:aaaa"
NAME = "[2/3] RUN echo hi"


def at(second: float) -> str:
    return f"2026-11-25T19:52:{48 + second:012.9f}Z"


def vertex(**facts: object) -> str:
    return json.dumps({"vertexes": [{"digest": RUN, "name": NAME, **facts}]})


def printed(text: str, second: float) -> str:
    data = base64.b64encode(text.encode()).decode()
    return json.dumps({"logs": [{"vertex": RUN, "stream": 1, "data": data, "timestamp": at(second)}]})


def lines(*raw: str) -> list[str]:
    log = BuildLog()
    return [line for one in raw for line in log.lines(f"{one}\n")]


def test_a_step_is_told_when_it_starts_prints_and_ends() -> None:
    raw = (
        vertex(),
        vertex(started=at(0)),
        printed("hel", 0.1),
        printed("lo\nworld\n", 0.2),
        vertex(started=at(0), completed=at(0.5)),
    )
    assert lines(*raw) == [f"#1 {NAME}\n", "#1 0.100 hello\n", "#1 0.200 world\n", "#1 DONE 0.5s\n"]


def test_a_cached_step_says_so() -> None:
    assert lines(vertex(started=at(0), completed=at(0), cached=True)) == [f"#1 {NAME}\n", "#1 CACHED\n"]


def test_a_step_that_fails_says_why_behind_its_last_words() -> None:
    raw = (vertex(started=at(0)), printed("no end", 0.1), vertex(started=at(0), completed=at(1), error="exit code: 1"))
    assert lines(*raw)[1:] == ["#1 0.100 no end\n", "#1 ERROR: exit code: 1\n"]


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("[internal] load build context", [0, 1]),
        ("[context context-1] load from client", [0, 1]),
        ("[context ghcr.io/astral-sh/uv:0.13.9] load from client", [0, 0]),  # it has no file of the project
    ],
)
def test_a_transfer_counts_once_it_has_read_files_and_not_when_its_key_is_made(name: str, counts: list[int]) -> None:
    log = BuildLog()
    ends = [vertex(name=name, started=at(0), completed=at(end)) + "\n" for end in (0.00006, 0.2)]
    assert [(list(log.lines(end)), log.transfers)[1] for end in ends] == counts


def exported(*words: str) -> str | None:
    """The id that a log knows once the builder told these steps of its export."""
    log = BuildLog()
    statuses = [{"id": word, "vertex": RUN, "current": 0, "timestamp": at(1), "started": at(0)} for word in words]
    assert list(log.lines(json.dumps({"statuses": statuses}))) == []
    return log.image


def test_the_id_of_an_image_is_what_the_engine_wrote_and_no_digest_of_another_store() -> None:
    digest = f"sha256:{'a' * 64}"
    assert exported("exporting layers", f"writing image {digest}", "naming to docker.io/caliban/p:cpu") == digest
    assert exported(f"exporting manifest {digest}", f"exporting config {digest}", "unpacking to caliban/p:cpu") is None


def test_a_long_transfer_is_told_now_and_then() -> None:
    def transfer(current: int, second: float) -> str:
        status = {"id": "transferring context:", "vertex": RUN, "current": current, "started": at(0)}
        return json.dumps({"statuses": [{**status, "timestamp": at(second)}]})

    raw = (vertex(started=at(0)), *(transfer(number * 10_000_000, number / 2) for number in range(11)))
    assert lines(*raw)[1:] == ["#1 transferring context: 40.0 MB\n", "#1 transferring context: 80.0 MB\n"]


def test_a_transfer_whose_bytes_are_not_counted_is_not_told() -> None:
    status = {"id": "sending tarball", "vertex": RUN, "started": at(0), "timestamp": at(9)}
    assert lines(vertex(started=at(0)), json.dumps({"statuses": [status]})) == [f"#1 {NAME}\n"]


def test_what_is_no_json_is_passed_on() -> None:
    assert lines("ERROR: failed to connect", '{"half": ', "[]") == [
        "ERROR: failed to connect\n",
        '{"half": \n',
        "[]\n",
    ]


def test_the_timeline_has_each_step_once_from_its_first_start() -> None:
    log = BuildLog()
    for raw in (
        json.dumps({"vertexes": [{"digest": "sha256:b", "name": "later", "started": at(2), "completed": at(3)}]}),
        vertex(started=at(0), completed=at(0)),
        vertex(started=at(1), completed=at(1), cached=True),
    ):
        list(log.lines(raw))
    assert [one._replace(started=round(one.started, 3), seconds=round(one.seconds, 3)) for one in log.timeline()] == [
        Vertex(NAME, True, 0.0, 0.0),
        Vertex("later", False, 2.0, 1.0),
    ]
