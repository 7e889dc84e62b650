"""A requirement as the edge that it is in a lock's graph."""

from collections.abc import Iterable, Iterator

from caliban.compiler.frontend.dependencies.requirement import marker_of, normalized, split_command_line
from caliban.compiler.locks.lock import Edge


def edges_of(texts: Iterable[str]) -> Iterator[Edge]:
    """One for each requirement: `click[extra]>=8; marker`."""
    for text in texts:
        parts = split_command_line(text)
        if parts is not None:
            extras = tuple(normalized(extra) for extra in parts.extras)
            yield Edge(normalized(parts.name), extras, marker_of(text), specifier=parts.specifier or None)
