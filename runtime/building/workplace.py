"""Where a build happens."""

from collections.abc import Mapping

from msgspec import Struct

from caliban.runtime.interrupts import Interrupts
from caliban.runtime.state.index import State


class Workplace(Struct, frozen=True, kw_only=True):
    """What a build needs of the world."""

    root: str  # of the project, absolute
    folder: str  # caliban's own
    state: State | None
    environment: Mapping[str, str]
    interrupts: Interrupts
