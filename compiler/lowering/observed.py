"""Facts that processes report once the project is known: git's history, the engine's store, the GPU."""

from collections.abc import Mapping

from msgspec import Struct, field

from caliban.compiler.input.host_wheels import HostWheel
from caliban.compiler.ir.effects import Changes
from caliban.compiler.ir.steps.locked import InstallPins


class History(Struct, frozen=True, kw_only=True):
    """The earlier commits and builds, as far as they are known."""

    commits: int = 0  # that were looked at
    committed: Mapping[str, int] = field(default_factory=dict)  # in how many of them a file or folder changed
    built: Mapping[str, Changes] = field(default_factory=dict)  # how often a copied folder changed between builds
    layer_orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of the last image, by its mode
    bands: Mapping[str, tuple[InstallPins, ...]] = field(default_factory=dict)  # of its locks, by its mode

    def changes_of(self, path: str) -> Changes:
        """Return how often a folder changed; commits tell nothing of one that is in none of them."""
        times = self.committed.get(path, 0)
        built = self.built.get(path, Changes())
        return Changes(times=times + built.times, of=(self.commits if times else 0) + built.of)


NO_HISTORY = History()


class Observed(Struct, frozen=True, kw_only=True):
    """The answers, as far as the project made anybody ask."""

    gpu_driver: str | None = None  # '550.54.15'
    gpu_capability: str | None = None  # '8.0'
    history: History = NO_HISTORY
    store: str | None = None  # where the engine keeps images: CONTAINERD, 'overlay2'; None: not known yet
    torch_at_hand: tuple[HostWheel, ...] | None = None  # in wheel folders of the host; None: it has no such folder
    version: str | None = None  # PEP 440, from `git describe`, where the project takes its version from git
