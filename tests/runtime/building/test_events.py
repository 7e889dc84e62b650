"""BuildKit's account of a build, as it really came and as it may come, into events."""

import json
import secrets
from pathlib import Path

import pytest
from accounts import NAME, STEP, at, events, printed, vertex

from caliban.runtime.building.events import (
    LONGEST,
    Ended,
    Event,
    EventReader,
    Moved,
    Printed,
    Remark,
    Started,
    Wrote,
    instruction,
)

RECORDED = Path(__file__).parent / "account.jsonl"
START = 1764100368.0


def lines(*raw: str | bytes) -> list[str]:
    """What a step printed in such pieces."""
    told = events(
        vertex(started=at(0)), *(printed(piece, 0.1) for piece in raw), vertex(started=at(0), completed=at(1))
    )
    return [event.line for event in told if isinstance(event, Printed)]


def test_a_step_begins_prints_and_ends() -> None:
    raw = (
        vertex(),
        vertex(started=at(0)),
        printed("hel", 0.125),
        printed("lo\nworld\n", 0.25),
        vertex(started=at(0), completed=at(0.5)),
    )
    ended = events(*raw)[-1]
    assert isinstance(ended, Ended)
    assert events(*raw) == [
        Started(1, NAME),
        Printed(1, "hello", 0.125),
        Printed(1, "world", 0.25),
        Ended(1, NAME, ended.started, 0.5),
    ]


def test_a_step_that_fails_ends_behind_its_last_words() -> None:
    raw = (vertex(started=at(0)), printed("no end", 0.5), vertex(started=at(0), completed=at(1), error="exit code: 1"))
    assert [(type(event), getattr(event, "error", None)) for event in events(*raw)] == [
        (Started, None),
        (Printed, None),
        (Ended, "exit code: 1"),
    ]


@pytest.mark.parametrize(
    "raw",
    ["ERROR: failed to connect", '{"half": ', "[]", '{"vertexes": [{"name": "no digest"}]}', '{"logs": [7]}', "{}x",
     '{"vertexes": [{"digest": "a", "name": "b", "started": "yesterday"}]}'],
)  # fmt: skip
def test_what_is_no_account_is_a_remark_of_the_client(raw: str) -> None:
    assert events(raw) == [Remark(raw)]


def test_the_id_of_an_image_is_what_the_engine_wrote_and_no_digest_of_another_store() -> None:
    def exported(*words: str) -> list[Event]:
        status = {"vertex": STEP, "current": 0, "timestamp": at(1), "started": at(0)}
        return events(json.dumps({"statuses": [{"id": word, **status} for word in words]}))

    digest = f"sha256:{'a' * 64}"
    assert exported("exporting layers", f"writing image {digest}", "naming to caliban/p:cpu") == [Wrote(digest)]
    assert exported(f"exporting manifest {digest}", f"exporting config {digest}") == []


def test_a_transfer_says_how_much_has_gone_for_how_long() -> None:
    status = {"id": "transferring context:", "vertex": STEP, "current": 5, "total": 9, "started": at(1)}
    moved = events(vertex(started=at(0)), json.dumps({"statuses": [{**status, "timestamp": at(1.5)}]}))[1:]
    assert moved == [Moved(1, "transferring context", 5, 9, 0.5)]


def test_a_transfer_whose_bytes_are_not_counted_is_no_event() -> None:
    status = {"id": "sending tarball", "vertex": STEP, "started": at(0), "timestamp": at(9)}
    assert events(vertex(started=at(0)), json.dumps({"statuses": [status]})) == [Started(1, NAME)]


def test_letters_that_come_in_two_pieces_are_whole_and_other_bytes_are_marked() -> None:
    assert lines("größe".encode()[:3], "größe".encode()[3:] + b"\xff\n") == ["größe\N{REPLACEMENT CHARACTER}"]


def test_of_a_line_that_writes_over_itself_the_last_state_counts() -> None:
    assert lines("10%\r20%\r", "30%\r\nnext\r\n") == ["30%", "next"]


def test_colours_and_links_are_no_words() -> None:
    assert lines("\x1b[33mred\x1b[0m \x1b]8;;https://h.example\x1b\\here\x1b]8;;\x07\n") == ["red here"]


def test_a_line_of_a_megabyte_is_cut_and_one_without_an_end_takes_no_more_memory() -> None:
    told = lines("a" * 1_000_000 + "\n", *(["b" * 100_000] * 10))
    assert [(line[:1], len(line)) for line in told] == [("a", LONGEST + 1), ("b", LONGEST + 1)]


def test_no_secret_of_an_address_is_in_an_event_even_where_a_line_is_cut_or_comes_in_pieces() -> None:
    token = secrets.token_hex()
    address = f"https://me:{token}@h.example/x"
    told = lines(
        address[:20], address[20:] + "\n", " " * (LONGEST - 20) + address + "\n", "x" * 90 + " " + address * 900
    )
    assert [line for line in told if token in line or token[:8] in line] == []
    assert told[0] == "https://****@h.example/x"


def test_the_value_of_a_variable_that_is_lent_to_the_build_is_in_no_event() -> None:
    secret = secrets.token_hex()
    told = events(vertex(started=at(0)), printed(f"key={secret}\n", 0.1), f"ERROR: {secret}", secrets=(secret, "on"))
    assert [event.line for event in told if isinstance(event, Printed | Remark)] == ["key=****", "ERROR: ****"]


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("[stage-0 2/3] RUN echo hi", "RUN echo hi"),
        ("[2/2] COPY a /b", "COPY a /b"),
        ("[theirs with blanks 2/2] ADD a /b", "ADD a /b"),
        ("[2/2] LINK COPY --link a /b", None),
        ("[context-1 1/1] COPY data?1] /", None),
        ("[1/2] FROM docker.io/library/python:3.11", None),
        ("[3/4] WORKDIR /usr/app", None),
        ("[internal] load build context", None),
        ("exporting to image", None),
    ],
)
def test_runs_and_copies_make_the_layers_that_people_know(name: str, made: str | None) -> None:
    assert instruction(name) == made


def test_a_recorded_build_is_read_without_a_remark() -> None:
    reader = EventReader()
    told = [event for raw in RECORDED.read_bytes().splitlines(keepends=True) for event in reader.events(raw)]
    ends = {event.name: event.cached for event in told if isinstance(event, Ended) and instruction(event.name)}
    assert list(ends.values()) == [True, True, False, False, False]
    assert [event.line for event in told if isinstance(event, Printed)][-1] == " + six==1.16.0"
    assert not any(isinstance(event, Remark) for event in told)
    assert sum(isinstance(event, Wrote) for event in told) == 1
