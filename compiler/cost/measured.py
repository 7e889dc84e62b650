"""The time and size of a layer when it was last built."""

from typing import NamedTuple


class Measured(NamedTuple):
    """The time and the size of one layer."""

    seconds: float
    size: int | None = None  # bytes, where the engine reported them
