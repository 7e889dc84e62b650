"""The events of a build into its timeline: each step once, with its time."""

from typing import NamedTuple

from caliban.runtime.building.events import Ended, Event


class Vertex(NamedTuple):
    """One step of a build, as it went."""

    name: str  # '[2/7] RUN …'
    cached: bool
    started: float  # seconds after the first
    seconds: float


class Timeline:
    """Reads events as they come."""

    def __init__(self) -> None:
        self._done: dict[int, Vertex] = {}

    def read(self, event: Event) -> None:
        """Notes the end of a step."""
        match event:
            case Ended() if event.step not in self._done or event.cached or event.error:
                self._done[event.step] = Vertex(event.name, event.cached, event.started, event.seconds)

    def vertices(self) -> tuple[Vertex, ...]:
        """The steps that came to an end, by when they began."""
        done = sorted(self._done.values(), key=lambda vertex: vertex.started)
        first = done[0].started if done else 0.0
        return tuple(vertex._replace(started=vertex.started - first) for vertex in done)
