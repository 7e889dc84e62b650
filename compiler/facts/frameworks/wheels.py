"""Python minors for which the project's requirements have wheels: pins and locks in, limits out."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from caliban.compiler.facts.frameworks.compiled import compiled_limits
from caliban.compiler.facts.frameworks.releases import Framework, Release, releases
from caliban.compiler.facts.frameworks.torch_wants import TORCH_FAMILY, as_torch
from caliban.compiler.facts.frameworks.wanted import Wanted, matching, newer_than_known, read_pin
from caliban.compiler.facts.frameworks.wheel_limit import WheelLimit
from caliban.compiler.facts.pep508 import is_newer
from caliban.compiler.ir.demand import Demand, Pin
from caliban.compiler.locks.limits import locked_limits
from caliban.compiler.locks.lock import LockFile

_TABLES: dict[str, Framework] = {
    **dict.fromkeys(TORCH_FAMILY, "torch"),
    "tensorflow": "tensorflow",
    "tensorflow-cpu": "tensorflow",
    "tensorflow-gpu": "tensorflow-gpu",
    "jax": "jax",
    "jaxlib": "jax",
}


def wheel_limits(demand: Demand, candidates: Sequence[str]) -> tuple[WheelLimit, ...]:
    """One limit for each requirement whose releases are known, and for what locks have no wheels of."""
    demand = replace(demand, packages=(*demand.packages, *_without_files(demand.locks)))
    frameworks = (_limit(pin, demand, candidates) for pin in demand.packages if pin.name in _TABLES)
    locked = (limit for lock in demand.locks for limit in _locked(lock, demand, candidates))
    told = () if "arm64" in demand.platform else tuple(_TABLES)  # the table of frameworks tells of amd64
    compiled = compiled_limits(demand, candidates, without=told)
    return (*(limit for limit in frameworks if limit is not None), *compiled, *locked)


def _without_files(locks: Sequence[LockFile]) -> Iterator[Pin]:
    """The pins of locks that name no files (Pipfile.lock), so that only the tables tell which wheels there are."""
    for lock in locks:
        for edge in lock.roots:
            for package in lock.packages.get(edge.name, ()):
                if package.hashes and package.version is not None:
                    marker = f" ; {edge.marker}" if edge.marker else ""
                    text = f"{package.name}=={package.version}{marker}"
                    yield Pin(name=package.name, text=text, source=lock.source_of(package))


def _locked(lock: LockFile, demand: Demand, candidates: Sequence[str]) -> Iterator[WheelLimit]:
    for limit in locked_limits(lock, candidates, demand.platform):
        package = limit.package
        yield WheelLimit(
            words=f"{package.name} {package.version}",
            source=lock.source_of(package),
            pythons=limit.pythons,
            others=frozenset() if limit.firm else frozenset(candidates),
            compiles=True,
        )


def _limit(pin: Pin, demand: Demand, candidates: Sequence[str]) -> WheelLimit | None:
    written = read_pin(pin)
    want = as_torch(written, demand.tables) if pin.name in TORCH_FAMILY else written
    if want is None or want.direct:
        return None
    known = releases(_TABLES[pin.name], demand.tables)
    fitting = matching((want,), known)
    served = {python for release in fitting for python in _pythons(release, want, demand)}
    if not served:
        return None
    free = {python for python in candidates if not want.applies(python, demand.platform)}
    named = pin.name == want.pin.name  # of torchvision, the table knows what it pins, and not its other releases
    return WheelLimit(
        words=written.words,
        source=pin.source,
        pythons=frozenset(served | free),
        others=frozenset(candidates) if newer_than_known((want,), known) else frozenset(),
        releases=dict(_nearest(pin.name, fitting[-1], known, candidates)) if named else {},
    )


def _nearest(
    name: str, release: Release, known: Sequence[Release], candidates: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """For each minor the first release after this one with wheels for it, else the last before."""
    later = [other for other in known if is_newer(other.version, release.version)]
    earlier = [other for other in reversed(known) if other not in later]
    for minor in candidates:
        serving = next((other for other in (*later, *earlier) if minor in other.pythons), None)
        if serving is not None:
            yield minor, f"{name}=={serving.version}"


def _pythons(release: Release, want: Wanted, demand: Demand) -> tuple[str, ...]:
    """Of the release, or with the extra that brings CUDA; a rewrite adds that in GPU mode, and drops it in CPU mode."""
    with_extra = demand.mode == "gpu" if demand.rewrites else release.extra in want.extras
    return release.extra_pythons if release.extra_pythons and with_extra else release.pythons
