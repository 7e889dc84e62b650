"""The region of a terminal that shows a build while it goes on: its steps with what they do, how much, and how long."""

import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import NamedTuple

from rich.console import Console, ConsoleDimensions
from rich.live import Live
from rich.text import Text

from caliban.backends.report.layers import LayerNames
from caliban.backends.report.words import duration
from caliban.compiler.diagnostics import printable
from caliban.compiler.facts.sizes import size
from caliban.runtime.building.events import Ended, Event, Moved, Printed, Started, instruction

_MOST_STEPS = 4  # that are shown at a time
_EVERY = 0.1  # seconds between two drawings
_PATIENCE = 0.3  # seconds that a step may take before it is worth a line, and a build before it is worth a region


# How uv reports a file that takes a while; it says when each is there, and no more.
_DOWNLOADS = re.compile(r"\s*Downloading (\S+) \(([\d.]+)(B|KiB|MiB|GiB)\)")
_DOWNLOADED = re.compile(r"\s*Downloaded (\S+)")
_UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


class _Step(NamedTuple):
    name: str
    began: float
    words: str = ""  # what it does at the moment
    coming: Mapping[str, int] = MappingProxyType({})  # bytes of the packages that are downloaded
    there: frozenset[str] = frozenset()  # those of them that have arrived

    def after(self, line: str) -> "_Step":
        """The step once it has printed this line."""
        if found := _DOWNLOADS.match(line):
            coming = {**self.coming, found[1]: int(float(found[2]) * _UNITS[found[3]])}
            return self._replace(words=printable(line.strip()), coming=coming)
        if found := _DOWNLOADED.match(line):
            return self._replace(words=printable(line.strip()), there=self.there | {found[1]})
        return self._replace(words=printable(line.strip()))

    @property
    def progress(self) -> str:
        """'16 MB of 62 MB'; '' where nobody says how much there is."""
        arrived = sum(count for name, count in self.coming.items() if name in self.there)
        return f"{size(arrived)} of {size(sum(self.coming.values()))}" if self.coming else ""


class _Console(Console):
    """One that leaves the cursor visible, so that a killed or stopped caliban leaves the terminal as it was."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002  # as rich calls it
        return False


class LiveRegion:
    """Reads events, and draws what goes on. A terminal that goes away ends the drawing, not the build."""

    def __init__(self, names: LayerNames) -> None:
        self._names = names
        self._began = time.monotonic()
        self._steps: dict[int, _Step] = {}
        self._drawn = 0.0
        console = _Console(file=sys.stderr, force_terminal=True, highlight=False, emoji=False, markup=False)
        self._live: Live | None = Live(
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )

    def show(self, event: Event) -> None:
        """Notes what a step does now."""
        match event:
            case Started() if (name := _name(event.name, self._names)) is not None:
                self._steps.setdefault(event.step, _Step(name, time.monotonic()))
            case Printed() if event.step in self._steps and event.line.strip():
                self._steps[event.step] = self._steps[event.step].after(event.line)
            case Moved() if event.step in self._steps:
                total = f" of {size(event.total)}" if event.total else ""
                words = f"{size(event.current)}{total}"
                self._steps[event.step] = self._steps[event.step]._replace(words=words)
            case Ended():
                self._steps.pop(event.step, None)

    def draw(self) -> None:
        """Draws the region, if it was not drawn just now."""
        now = time.monotonic()
        if now - self._drawn >= _EVERY and now - self._began >= _PATIENCE:
            self._drawn = now
            self._draw(now)

    def redraw(self, write: Callable[[], None]) -> None:
        """Calls what writes to the terminal, with the region out of its way."""
        if self._live is None:
            write()
            return
        try:
            self._live.stop()
        except OSError:
            self._live = None
        write()
        self.draw()

    def remove(self) -> None:
        """Takes the region away."""
        if self._live is not None:
            with suppress(OSError):
                self._live.stop()
        self._live = None

    def _draw(self, now: float) -> None:
        if self._live is None:
            return
        try:
            columns, lines = os.get_terminal_size(2)  # rich believes $COLUMNS, which may be of another terminal
            self._live.console.size = ConsoleDimensions(columns or 80, lines or 24)
            if not self._live.is_started:
                self._live.start()
            self._live.update(self._picture(now), refresh=True)
        except OSError:
            self._live = None

    def _picture(self, now: float) -> Text:
        lines = [f"caliban: building  {duration(now - self._began)}"]
        shown = [step for step in self._steps.values() if now - step.began >= _PATIENCE]
        for step in shown[:_MOST_STEPS]:
            parts = (step.name, duration(now - step.began), step.progress, step.words)
            lines.append("  " + "  ".join(part for part in parts if part))
        return Text("\n".join(lines), no_wrap=True, overflow="ellipsis")


def _name(name: str, names: LayerNames) -> str | None:
    """A step in a few words; None where it is the builder's own business."""
    if (layer := instruction(name)) is not None:
        return names.name(layer)
    if " FROM " in name:
        return f"base image {name.rpartition(' ')[2]}"
    if name.startswith("load metadata for ", name.find("] ") + 2):
        return f"looking for {name.rpartition(' ')[2]}"
    if name == "[internal] load build context":
        return "sending files"
    return "writing the image" if name.startswith("exporting to ") else None
