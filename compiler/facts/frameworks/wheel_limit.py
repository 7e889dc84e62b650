"""The Python minors that a requirement leaves: what tables and locks tell, and `choose_python` decides by."""

from collections.abc import Mapping

from msgspec import Struct, field


class WheelLimit(Struct, frozen=True, kw_only=True):
    """The minors for which one requirement has wheels, and those on which it can be had in another way."""

    words: str  # 'torch 2.1.2'
    source: str  # 'requirements.txt:1'
    pythons: frozenset[str]  # those with wheels
    # Those without, where it may be had nevertheless: compiled from its sources, or as a release newer than our tables.
    others: frozenset[str] = frozenset()
    compiles: bool = False  # `others` are those that its sources allow
    releases: Mapping[str, str] = field(default_factory=dict)  # minor → its nearest release with wheels: 'torch==2.2.0'

    def allows(self, minor: str) -> bool:
        """Return whether the package can be installed for a minor, as far as known."""
        return minor in self.pythons or minor in self.others
