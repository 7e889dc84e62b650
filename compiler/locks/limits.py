"""Pythons for which every package of a lock has a wheel."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from caliban.compiler.facts.pep508 import machine
from caliban.compiler.locks.lock import LockedPackage, LockFile
from caliban.compiler.locks.selection import Environment, select
from caliban.compiler.locks.wheel_tags import SDISTS, best


class LockedLimit(NamedTuple):
    """A package that not every Python gets as a wheel."""

    package: LockedPackage
    pythons: frozenset[str]  # that do, or that do not need it
    firm: bool  # False: the others may build it


def locked_limits(lock: LockFile, candidates: Sequence[str], platform: str) -> Iterator[LockedLimit]:
    """The limits. A package without a wheel for any Python here says nothing about Pythons."""
    limited = [
        limit
        for packages in lock.packages.values()
        for package in packages
        if (limit := _limit(package, candidates, machine(platform))) is not None
    ]
    lacking = {python for limit in limited for python in candidates if python not in limit.pythons}
    needed = {
        python: {id(selected.package) for selected in select(lock, Environment(python, platform))} for python in lacking
    }
    for package, served, firm in limited:
        free = {python for python in lacking if id(package) not in needed[python]}
        if len(served | free) < len(candidates):
            yield LockedLimit(package, served | free, firm)


def _limit(package: LockedPackage, candidates: Sequence[str], arch: str) -> LockedLimit | None:
    wheels = tuple(artifact for artifact in package.artifacts if artifact.name.endswith(".whl"))
    if not wheels or any(wheel.name.endswith("py3-none-any.whl") for wheel in wheels):
        return None
    served = frozenset(python for python in candidates if best(wheels, python, arch) is not None)
    if not served or len(served) == len(candidates):
        return None
    return LockedLimit(package, served, not any(each.name.endswith(SDISTS) for each in package.artifacts))
