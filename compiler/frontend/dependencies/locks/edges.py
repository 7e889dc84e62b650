"""A requirement as the edge that it is in a lock's graph."""

from collections.abc import Iterable, Iterator

from caliban.compiler.facts.pep508 import normalized, parse_requirement
from caliban.compiler.locks.lock import Edge


def edges_of(texts: Iterable[str]) -> Iterator[Edge]:
    """One for each requirement: `click[extra]>=8; marker`."""
    for text in texts:
        read = parse_requirement(text)
        if read is not None:
            extras = tuple(map(normalized, read.extras))
            yield Edge(normalized(read.name), extras, read.marker, specifier=str(read.specifier) or None)
