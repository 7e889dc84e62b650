"""Whether a lock was made for what its manifest declares now: else something else would be installed, silently."""

from collections.abc import Iterator, Sequence

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.frontend.dependencies.requirement import marker_of, take_apart
from caliban.compiler.locks.lock import Lock
from caliban.compiler.locks.selection import allows
from caliban.compiler.markers import MACHINES, holds
from caliban.compiler.problems import locks as problems
from caliban.compiler.project import Requirement
from caliban.compiler.python_versions import known_minors
from caliban.compiler.tables import SHIPPED

MOST_PROBLEMS = 20  # that are told at once


def check_lock(lock: Lock, requirements: Sequence[Requirement]) -> None:
    """Raises Rejected with the requirements that the lock does not hold in a version they allow."""
    wrong = list(_mismatches(lock, requirements))
    if wrong:
        raise Rejected(*wrong[:MOST_PROBLEMS])


def _mismatches(lock: Lock, requirements: Sequence[Requirement]) -> Iterator[Diagnostic]:
    for requirement in requirements:
        parts = take_apart(requirement.text)
        locked = lock.packages.get(requirement.name, ())
        if parts is None or (not locked and not _can_apply(requirement)):
            continue
        fitting = [each for each in locked if not parts.specifier or allows(parts.specifier, each.version)]
        if not fitting and (not locked or _can_apply(requirement)):
            versions = [f"{each.name} {each.version}" for each in locked]
            yield problems.stale_lock(requirement.place, requirement.text, lock.path, versions, lock.command)


def _can_apply(requirement: Requirement) -> bool:
    """Whether its marker can hold in any image: a lock made for Linux need not have what only Windows needs."""
    marker = marker_of(requirement.text)
    if marker is None:
        return True
    platforms = [f"linux/{name}" for name in MACHINES]
    return any(holds(marker, minor, platform) for minor in known_minors(SHIPPED) for platform in platforms)
