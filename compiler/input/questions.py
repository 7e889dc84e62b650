"""Questions about caliban itself: answered without a project, and without the compiler."""

from typing import NamedTuple


class Help(NamedTuple):
    """Print help: of a command, or of caliban."""

    command: str | None
    full: bool = False


class Version(NamedTuple):
    """Print caliban's version."""
