"""Which Python minors the project's frameworks have wheels for: pins in, limits out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from caliban.compiler.bases import BaseNeed, Pin
from caliban.compiler.frameworks.releases import Framework, Release, releases
from caliban.compiler.frameworks.torch_wants import TORCH_FAMILY, as_torch
from caliban.compiler.frameworks.wanted import Wanted, matching, newer_than_known, read_pin
from caliban.compiler.locks.limits import locked_limits
from caliban.compiler.locks.lock import Lock

_TABLES: dict[str, Framework] = {
    **dict.fromkeys(TORCH_FAMILY, "torch"),
    "tensorflow": "tensorflow",
    "tensorflow-cpu": "tensorflow",
    "tensorflow-gpu": "tensorflow-gpu",
    "jax": "jax",
    "jaxlib": "jax",
}


@dataclass(frozen=True, kw_only=True)
class WheelLimit:
    """The minors for which one requirement has wheels."""

    words: str  # 'torch 2.1.2'
    source: str  # 'requirements.txt:1'
    pythons: frozenset[str]
    firm: bool  # False: a release newer than our tables may have more, so it advises and forbids nothing


def wheel_limits(need: BaseNeed, candidates: Sequence[str]) -> tuple[WheelLimit, ...]:
    """One limit for each requirement of a framework whose releases are known, and for what locks have no wheels of."""
    found = (_limit(pin, need, candidates) for pin in need.packages if pin.name in _TABLES)
    locked = (limit for lock in need.locks for limit in _locked(lock, need, candidates))
    return (*(limit for limit in found if limit is not None), *locked)


def _locked(lock: Lock, need: BaseNeed, candidates: Sequence[str]) -> Iterator[WheelLimit]:
    for limit in locked_limits(lock, candidates, need.platform):
        package = limit.package
        words = f"{package.name} {package.version}"
        yield WheelLimit(words=words, source=lock.source_of(package), pythons=limit.pythons, firm=limit.firm)


def _limit(pin: Pin, need: BaseNeed, candidates: Sequence[str]) -> WheelLimit | None:
    written = read_pin(pin)
    want = as_torch(written, need.tables) if pin.name in TORCH_FAMILY else written
    if want is None or want.direct:
        return None
    known = releases(_TABLES[pin.name], need.tables)
    served = {python for release in matching((want,), known) for python in _pythons(release, want, need)}
    if not served:
        return None
    free = {python for python in candidates if not want.applies(python, need.platform)}
    return WheelLimit(
        words=written.words,
        source=pin.source,
        pythons=frozenset(served | free),
        firm=not newer_than_known((want,), known),
    )


def _pythons(release: Release, want: Wanted, need: BaseNeed) -> tuple[str, ...]:
    """Of the release, or with the extra that brings CUDA; a rewrite adds that in GPU mode, and drops it in CPU mode."""
    with_extra = need.mode == "gpu" if need.rewrites else release.extra in want.extras
    return release.extra_pythons if release.extra_pythons and with_extra else release.pythons
