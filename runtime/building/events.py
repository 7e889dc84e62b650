"""BuildKit's account of a build, a JSON object per line (`--progress=rawjson`), into events: its one reader.

The format: https://github.com/moby/buildkit/blob/master/client/graph.go, type SolveStatus. The live display, the log,
the timeline and the explanation of a failure read the events, and no text of each other's. No event holds a secret of a
URL, a colour or a line of any length.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from caliban.runtime.say import plain_words

LONGEST = 8192  # characters of a line that are kept
_MASK = "****"
# As the engine's own store says it; containerd's, and a builder in a container, have other words for other digests.
_WRITTEN = re.compile(r"writing image (sha256:[0-9a-f]{64})")


class Started(NamedTuple):
    """A step began."""

    step: int  # from 1, in the order in which they begin
    name: str  # '[2/7] RUN …'


class Printed(NamedTuple):
    """A step printed a line."""

    step: int
    line: str  # without its end
    after: float  # seconds since the step began


class Moved(NamedTuple):
    """A step has moved so many bytes: files to the builder, a layer from a registry."""

    step: int
    what: str  # 'transferring context'
    current: int  # bytes
    total: int  # 0: not known
    seconds: float  # since that began


class Ended(NamedTuple):
    """A step came to an end. A transfer ends twice: its key first, then its files."""

    step: int
    name: str
    started: float  # seconds since the epoch
    seconds: float
    cached: bool = False
    error: str | None = None  # 'exit code: 1'


class Wrote(NamedTuple):
    """The builder wrote an image, and says the id that the engine knows."""

    image: str


class Remark(NamedTuple):
    """A line of the builder's client itself: 'ERROR: failed to connect'."""

    line: str


Event = Started | Printed | Moved | Ended | Wrote | Remark


class EventReader:
    """Reads the account as it comes."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """`secrets` are values that no event shows."""
        self._secrets = sorted((secret for secret in secrets if len(secret) >= 6), key=len, reverse=True)
        self._numbers: dict[str, int] = {}  # by the digest of a step
        self._names: dict[str, str] = {}  # by how the builder gives them
        self._started: dict[str, float] = {}  # seconds since the epoch
        self._unfinished: dict[str, tuple[float, bytes]] = {}  # a line's beginning, and when it came

    def events(self, raw: bytes) -> Iterator[Event]:
        """The events of one line; what is no account is a remark of the client's."""
        account = _parsed(raw)
        try:
            found = list(self._account(account)) if account is not None else None
        except (KeyError, TypeError, ValueError, AttributeError):  # of another builder than BuildKit
            found = None
        if found is None:
            yield Remark(self._shown(raw.decode("utf-8", "replace").rstrip("\r\n")))
            return
        yield from found

    def _account(self, account: Mapping[str, Any]) -> Iterator[Event]:
        for vertex in account.get("vertexes") or ():
            yield from self._vertex(vertex)
        for status in account.get("statuses") or ():
            yield from self._status(status)
        for log in account.get("logs") or ():
            yield from self._log(log)

    def _vertex(self, vertex: Mapping[str, Any]) -> Iterator[Event]:
        digest = vertex["digest"]
        if "started" not in vertex:
            return
        name, started = self._name(vertex["name"]), _seconds(vertex["started"])
        if digest not in self._numbers:
            self._numbers[digest] = len(self._numbers) + 1
            self._started[digest] = started
            yield Started(self._numbers[digest], name)
        if "completed" not in vertex:
            return
        if digest in self._unfinished:
            yield self._line(digest, *self._unfinished.pop(digest))
        error = vertex.get("error")
        yield Ended(
            step=self._numbers[digest],
            name=name,
            started=self._started[digest],
            seconds=_seconds(vertex["completed"]) - started,
            cached=bool(vertex.get("cached")),
            error=self._shown(error) if error else None,
        )

    def _status(self, status: Mapping[str, Any]) -> Iterator[Event]:
        digest, what = status["vertex"], self._shown(status.get("id", "").rstrip(":"))
        if written := _WRITTEN.fullmatch(what):
            yield Wrote(written[1])
        if digest not in self._numbers or not status.get("current"):  # an archive's bytes are not counted
            return
        now = _seconds(status["timestamp"])
        began = _seconds(status["started"]) if "started" in status else now
        current, total = int(status["current"]), int(status.get("total") or 0)
        yield Moved(self._numbers[digest], what, current, total, now - began)

    def _log(self, log: Mapping[str, Any]) -> Iterator[Event]:
        digest, now = log["vertex"], _seconds(log["timestamp"])
        began, before = self._unfinished.pop(digest, (now, b""))
        *whole, rest = (before + base64.b64decode(log.get("data") or "")).split(b"\n")
        for number, line in enumerate(whole):
            yield self._line(digest, began if number == 0 else now, line)
        if rest:
            first = began if not whole else now
            self._unfinished[digest] = (first, rest[: 4 * LONGEST + 1])  # the rest of a line without an end is lost

    def _line(self, digest: str, at: float, line: bytes) -> Printed:
        after = at - self._started.get(digest, at)
        # Of a line that writes over itself, as a progress bar does, the last state.
        text = line.decode("utf-8", "replace").rstrip("\r").rpartition("\r")[2]
        return Printed(self._numbers.get(digest, 0), self._shown(text), max(after, 0.0))

    def _name(self, name: str) -> str:
        if name not in self._names:
            self._names[name] = self._shown(name, longest=len(name))  # it is as long as the Dockerfile has it
        return self._names[name]

    def _shown(self, text: str, longest: int = LONGEST) -> str:
        """The text without secrets and colours; of a long line its beginning, and no half of an address in it."""
        shown = plain_words(text[: 4 * longest])
        for secret in self._secrets:
            shown = shown.replace(secret, _MASK)
        if len(text) <= longest:
            return shown
        kept, _, last = shown[:longest].rpartition(" ")
        return f"{kept if '://' in last else shown[:longest]}…"


def instruction(name: str) -> str | None:
    """'RUN echo hi' of the step '[stage-0 2/3] RUN echo hi'; None where it makes no layer of the image.

    >>> instruction("[wheel 1/1] RUN uv build"), instruction("[internal] load build context")
    ('RUN uv build', None)
    """
    # A stage of the name of a context only says what that context is (`separate_contexts`).
    found = re.fullmatch(r"\[(?!context-\d+ )(?:[^]]* )?\d+/\d+\] ((?:RUN|COPY|ADD) .*)", name, re.DOTALL)
    return found[1] if found is not None else None


def _parsed(raw: bytes) -> dict[str, Any] | None:
    if not raw.startswith(b"{"):
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
