"""BuildKit's accounts of builds that tests make up, and the events of builds in its plain words."""

import base64
import json
import re

from caliban.runtime.building.events import Ended, Event, EventReader, Printed, Remark, Started
from caliban.runtime.building.failure import Failure, FailureReader

STEP = "sha256:aaaa"
NAME = "[2/3] RUN echo hi"


def at(second: float) -> str:
    return f"2026-11-25T19:52:{48 + second:012.9f}Z"


def vertex(**facts: object) -> str:
    return json.dumps({"vertexes": [{"digest": STEP, "name": NAME, **facts}]})


def printed(text: str | bytes, second: float) -> str:
    data = base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()
    return json.dumps({"logs": [{"vertex": STEP, "stream": 1, "data": data, "timestamp": at(second)}]})


def events(*raw: str, secrets: tuple[str, ...] = ()) -> list[Event]:
    reader = EventReader(secrets)
    return [event for one in raw for event in reader.events(f"{one}\n".encode())]


def failure(words: str) -> Failure:
    """Of a build whose plain progress these words are."""
    reader, names = FailureReader(), dict[int, str]()
    for line in words.splitlines():
        for event in _plain(line, names):
            reader.read(event)
    return reader.failure()


def _plain(line: str, names: dict[int, str]) -> list[Event]:
    found = re.match(r"#(\d+) (?:(\d+\.\d+) ?|(ERROR: )|(DONE|CACHED)\b)?(.*)", line)
    if found is None:
        return [Remark(line)]
    step, text = int(found[1]), found[5]
    if found[2]:
        return [Printed(step, text, float(found[2]))]
    if found[3]:
        return [Ended(step, names.get(step, ""), 0.0, 1.0, error=text)]
    if found[4]:
        return [Ended(step, names.get(step, ""), 0.0, 1.0)]
    names.setdefault(step, text)
    return [Started(step, text)]
