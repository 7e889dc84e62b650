"""Checks that a lock was made for its manifest as it is now: else something else would be installed silently."""

from collections.abc import Iterator, Sequence

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.facts.pep508 import MACHINES, allows, holds, parse_requirement
from caliban.compiler.facts.python_versions import known_minors
from caliban.compiler.facts.tables import SHIPPED
from caliban.compiler.input.project import Requirement
from caliban.compiler.locks import problems
from caliban.compiler.locks.lock import LockFile

MOST_PROBLEMS = 20  # that are told at once


def check_lock(lock: LockFile, requirements: Sequence[Requirement]) -> None:
    """Raises Rejected with the requirements that the lock does not hold in a version they allow."""
    wrong = list(_mismatches(lock, requirements))
    if wrong:
        raise Rejected(*wrong[:MOST_PROBLEMS])


def _mismatches(lock: LockFile, requirements: Sequence[Requirement]) -> Iterator[Diagnostic]:
    for requirement in requirements:
        read = parse_requirement(requirement.text)
        locked = lock.packages.get(requirement.name, ())
        if read is None or (not locked and not _can_apply(read.marker)):
            continue
        fitting = [each for each in locked if allows(read.specifier, each.version)]
        if not fitting and (not locked or _can_apply(read.marker)):
            versions = [f"{each.name} {each.version}" for each in locked]
            yield problems.stale_lock(requirement.place, requirement.text, lock.path, versions, lock.command)


def _can_apply(marker: str | None) -> bool:
    """Return whether a marker can hold in any image: a lock for Linux need not have packages for Windows."""
    if marker is None:
        return True
    platforms = [f"linux/{name}" for name in MACHINES]
    return any(holds(marker, minor, platform) for minor in known_minors(SHIPPED) for platform in platforms)
