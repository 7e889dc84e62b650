"""BuildKit's own account of a build, a JSON object per line (`--progress=rawjson`), into lines and a timeline.

The format: https://github.com/moby/buildkit/blob/master/client/graph.go, type SolveStatus. The lines are those of
`--progress=plain`: '#5 [2/7] RUN …', '#5 0.123 what it printed', '#5 CACHED'.
"""

import base64
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

_EVERY = 2.0  # seconds between two lines about the same transfer
# Seconds. A transfer ends twice: the first time, after 30 to 60 µs here, the builder has made its key and read no file.
_LOOKED_UP = 0.001
# Of files of the project: the main context, and those that `separate_contexts` names. uv's own is none of them.
_TRANSFER = re.compile(r"\[internal\] load build context|\[context context-\d+\] load from client")
# As the engine's own store tells it; containerd's, and a builder in a container, have other words for other digests.
_WRITTEN = re.compile(r"writing image (sha256:[0-9a-f]{64})")


class Vertex(NamedTuple):
    """One step of a build, as it went."""

    name: str  # '[2/7] RUN …'
    cached: bool
    started: float  # seconds after the first
    seconds: float


class BuildLog:
    """Reads the account as it comes."""

    def __init__(self) -> None:
        self.transfers = 0  # of files of the project, that came to an end
        self.image: str | None = None  # its id, where the builder tells the one that the engine knows
        self._numbers: dict[str, int] = {}  # by the digest of a vertex
        self._started: dict[str, float] = {}  # seconds since the epoch
        self._done: dict[str, Vertex] = {}
        self._parts: dict[str, str] = {}  # the beginning of a line that a step has not finished
        self._told: dict[str, float] = {}  # when a transfer was last told

    def lines(self, raw: str) -> Iterator[str]:
        """The lines, with their ends, that one raw line comes to; what is no JSON is the client's own word."""
        account = _parsed(raw)
        if account is None:
            yield raw
            return
        for vertex in account.get("vertexes") or ():
            yield from self._vertex(vertex)
        for status in account.get("statuses") or ():
            yield from self._transfer(status)
        for log in account.get("logs") or ():
            yield from self._log(log)

    def timeline(self) -> tuple[Vertex, ...]:
        """The steps that came to an end, by when they began."""
        done = sorted(self._done.values(), key=lambda vertex: vertex.started)
        first = done[0].started if done else 0.0
        return tuple(vertex._replace(started=vertex.started - first) for vertex in done)

    def _vertex(self, vertex: dict[str, Any]) -> Iterator[str]:
        digest, name = vertex["digest"], vertex["name"]
        if "started" not in vertex:
            return
        if digest not in self._numbers:
            self._numbers[digest] = len(self._numbers) + 1
            self._started[digest] = _seconds(vertex["started"])
            yield f"#{self._numbers[digest]} {name}\n"
        if "completed" not in vertex:
            return
        number = self._numbers[digest]
        if digest in self._parts:
            yield self._parts.pop(digest) + "\n"
        took = _seconds(vertex["completed"]) - _seconds(vertex["started"])
        self.transfers += _TRANSFER.fullmatch(name) is not None and took >= _LOOKED_UP
        cached = bool(vertex.get("cached"))
        if digest not in self._done or cached or vertex.get("error"):
            self._done[digest] = Vertex(name, cached, self._started[digest], took)
        if vertex.get("error"):
            yield f"#{number} ERROR: {vertex['error']}\n"
        elif cached:
            yield f"#{number} CACHED\n"
        elif took >= 0.05:  # what took no time needs no word
            yield f"#{number} DONE {took:.1f}s\n"

    def _transfer(self, status: dict[str, Any]) -> Iterator[str]:
        digest, name = status["vertex"], status.get("id", "").rstrip(":")
        if written := _WRITTEN.fullmatch(name):
            self.image = written[1]
        if digest not in self._numbers or not status.get("current"):  # an archive's bytes are not counted
            return
        now = _seconds(status["timestamp"])
        began = _seconds(status["started"]) if "started" in status else now
        if now - self._told.get(f"{digest} {name}", began) < _EVERY:
            return
        self._told[f"{digest} {name}"] = now
        total = f" of {_megabytes(status['total'])}" if status.get("total") else ""
        yield f"#{self._numbers[digest]} {name}: {_megabytes(status['current'])}{total}\n"

    def _log(self, log: dict[str, Any]) -> Iterator[str]:
        digest = log["vertex"]
        text = base64.b64decode(log.get("data") or "").decode("utf-8", "replace")
        after = _seconds(log["timestamp"]) - self._started.get(digest, _seconds(log["timestamp"]))
        prefix = f"#{self._numbers.get(digest, 0)} {max(after, 0):.3f} "
        *whole, rest = text.replace("\r\n", "\n").split("\n")
        for line in whole:
            yield f"{self._parts.pop(digest, prefix)}{line}\n"
        if rest:
            self._parts[digest] = self._parts.get(digest, prefix) + rest


def _parsed(raw: str) -> dict[str, Any] | None:
    if not raw.startswith("{"):
        return None
    try:
        account = json.loads(raw)
    except ValueError:
        return None
    return account if isinstance(account, dict) else None


def _seconds(timestamp: str) -> float:
    """Go writes nine digits of a second or fewer, Python reads six: '2026-11-25T19:52:48.149439683Z'."""
    whole, _, fraction = timestamp.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{fraction or 0}")


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
