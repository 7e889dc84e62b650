"""Shows a build while it runs: events in, lines or a live region on stderr out."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from caliban.backends.report.layers import LayerNames
from caliban.backends.report.words import seconds
from caliban.runtime.building.events import Ended, Event, Printed, instruction
from caliban.runtime.building.log import LogLines
from caliban.runtime.say import echo, say, stay_above, verbosity
from caliban.runtime.terminals import is_background_job

if TYPE_CHECKING:
    from caliban.runtime.building.live import LiveRegion

_LONG = 1.0  # seconds after which a base image that is fetched deserves a line
_MOST_LINES = 30  # of what a step says about itself
_COMPLAINT = re.compile(r"\s*(error:|\u00d7 )")  # how uv begins to say why it stops
# Of what is asked for, uv installs less, or a release that its authors took back, and only warns of it.
_LESS = re.compile(r"warning: (The package `.+` does not have an extra named `.+`|`.+` is yanked\b.*)")
_OURS = "caliban: "  # how a step of ours reports something that is no reason to fail


class Display:
    """Shows the events of a build; this one shows none of them."""

    def show(self, event: Event) -> None:
        """Shows one of them."""

    def tick(self) -> None:
        """A moment passed, in which nothing or much happened."""


class _WholeLog(Display):
    """With `-v`: all that the builder says."""

    def __init__(self) -> None:
        self._lines = LogLines()

    def show(self, event: Event) -> None:
        for line in self._lines.lines(event):
            echo(line)


class _Remarks:
    """Remarks of steps that do not fail: of ours, the lines from the complaint on; of uv, some warnings."""

    def __init__(self) -> None:
        self._lines: dict[int, list[str]] = {}
        self._warnings: set[str] = set()

    def read(self, event: Event) -> list[str]:
        """The lines to show now: a warning at once, the lines of a step when it ended well."""
        match event:
            case Printed(line=line) if (warning := _LESS.match(line)) and warning[1] not in self._warnings:
                self._warnings.add(warning[1])
                return [f"uv: {warning[1]}"]
            case Printed(line=line) if event.step in self._lines or _COMPLAINT.match(line) or line.startswith(_OURS):
                self._lines.setdefault(event.step, []).append(line)
            case Ended():
                lines = self._lines.pop(event.step, [])
                if event.error is None and any(line.startswith(_OURS) for line in lines):
                    return lines[-_MOST_LINES:]
        return []


class _Lines(Display):
    """The display without a terminal: a line for each layer that is built."""

    def __init__(self, names: LayerNames) -> None:
        self._names = names
        self._remarks = _Remarks()
        self._done: set[int] = set()

    def show(self, event: Event) -> None:
        for line in self._remarks.read(event):
            say(line.removeprefix(_OURS))
        if not isinstance(event, Ended) or event.cached or event.error is not None or event.step in self._done:
            return
        name = layer_name(event, self._names)
        if name is not None:
            self._done.add(event.step)
            say(f"layer {name}: {seconds(event.seconds)}")


class _Live(Display):
    """On a terminal: a region that shows what goes on now."""

    def __init__(self, region: "LiveRegion") -> None:
        self._region = region
        self._remarks = _Remarks()

    def show(self, event: Event) -> None:
        for line in self._remarks.read(event):
            say(line.removeprefix(_OURS))
        self._region.show(event)

    def tick(self) -> None:
        self._region.draw()


@contextmanager
def display(names: LayerNames, environment: Mapping[str, str]) -> Iterator[Display]:
    """Choose the display of a build: by `-v`, by `-q`, and by whether stderr is a terminal that can draw."""
    match verbosity():
        case "quiet":
            yield Display()
        case "verbose":
            yield _WholeLog()
        case "normal" if _can_draw(environment):
            from caliban.runtime.building.live import LiveRegion  # rich, 40 ms, while the builder loads itself

            region = LiveRegion(names)
            stay_above(region.redraw)
            try:
                yield _Live(region)
            finally:
                stay_above(None)
                region.remove()
        case "normal":
            yield _Lines(names)


def layer_name(event: Ended, names: LayerNames) -> str | None:
    """The name of the layer that a step made; None where it made none that people know of."""
    if event.seconds >= _LONG and re.match(r"\[[^]]*\] FROM ", event.name):
        return f"base image {event.name.rpartition(' ')[2]}"
    layer = instruction(event.name)
    return names.name(layer) if layer is not None else None


def _can_draw(environment: Mapping[str, str]) -> bool:
    """Return whether stderr is a terminal that can move its cursor, and no other job of the shell uses it."""
    return os.isatty(2) and environment.get("TERM", "dumb") not in ("", "dumb", "unknown") and not is_background_job()
