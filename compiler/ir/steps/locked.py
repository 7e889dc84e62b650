"""The steps that install what a lock file holds: the lock as it is, and the pins that a pass makes of it."""

from typing import Literal

from msgspec import Struct

from caliban.compiler.ir.caches import CacheMount
from caliban.compiler.ir.effects import LISTS, VENV, Churn, Effects
from caliban.compiler.ir.resolution import AS_DECLARED, Resolution
from caliban.compiler.locks.lock import LockFile


class InstallLock(Struct, frozen=True, kw_only=True):
    """All that the project asks of a lock; `select_locked` makes pins of it."""

    lock: LockFile
    resolution: Resolution = AS_DECLARED

    @property
    def effects(self) -> Effects:
        """Reads the venv, adds packages; some may come from git."""
        return Effects(
            inputs=frozenset({self.lock.path}),
            reads=frozenset({VENV, "git"}),
            writes=frozenset({f"{VENV}/requirements/{self.lock.path}"}),
            churn=Churn.DEPENDENCIES,
        )


# All of a lock in one layer, or in bands: what is heavy, the rest, and what differs from the last image.
Band = Literal["all", "heavy", "light", "delta"]


class LockedPin(Struct, frozen=True, kw_only=True):
    """One package exactly as the lock has it."""

    name: str  # normalized
    text: str  # 'click==8.1.7', 'tool @ git+https://…@COMMIT'
    hashes: tuple[str, ...]  # 'sha256:…': of the files that this image may install
    source: str  # 'uv.lock:12'
    by: tuple[str, ...]  # the names of those that need it; '' is the project itself
    size: int = 0  # bytes to download; 0: not known
    version: str | None = None  # '2.8.0+cu128', where an address stands for it in the text

    @property
    def is_fixed(self) -> bool:
        """Return whether the package is the same wherever it comes from."""
        return bool(self.hashes) or " @ " in self.text

    @property
    def is_mounted(self) -> bool:
        """Return whether it is a wheel of the project, which is mounted during the install."""
        return " @ file://" in self.text and self.text.partition(" ; ")[0].endswith(".whl")


class InstallPins(Struct, frozen=True, kw_only=True):
    """Exact packages, nothing is resolved; they stand in the Dockerfile, so they alone decide about the layer."""

    path: str  # of the lock: 'uv.lock'
    pins: tuple[LockedPin, ...]
    part: int = 1  # of several layers
    band: Band = "all"
    removed: tuple[str, ...] = ()  # names that layers above this one installed and that are locked no more
    over: tuple[str, ...] = ()  # the listings of those layers
    indexes: tuple[str, ...] = ()  # besides the default one
    files: tuple[str, ...] = ()  # of the project: 'wheels/foo-1.0-py3-none-any.whl'
    resolution: Resolution = AS_DECLARED
    caches: tuple[CacheMount, ...] = ()

    @property
    def listing(self) -> str:
        """The path of the pins in the image: later installs must not contradict them."""
        return f"{LISTS}/{self.path}.pins{self.part if self.part > 1 else ''}.txt"

    @property
    def effects(self) -> Effects:
        """Reads no lock: an edit of it that concerns no package of this image rebuilds nothing."""
        commands = {"git"} if any("git+" in pin.text for pin in self.pins) else set()
        return Effects(
            inputs=frozenset(self.files),
            texts=frozenset({self.path}),
            reads=frozenset({VENV, *commands, *self.over}),
            writes=frozenset({f"{VENV}/requirements/{self.path}", self.listing}),
            size=sum(pin.size for pin in self.pins),
            churn=Churn.DELTA if self.band == "delta" else Churn.DEPENDENCIES,
            asks_index=not all(pin.is_fixed for pin in self.pins),
        )
