"""Problems of making caliban.lock."""

from collections.abc import Sequence
from errno import EACCES, EPERM, EROFS

from caliban.compiler.diagnostics import Diagnostic, Place
from caliban.compiler.locks.resolved import CALIBAN_LOCK
from caliban.compiler.os_errors import refusal_to_write


def unresolved(words: Sequence[str]) -> Diagnostic:
    """Uv found no answer: a contradiction, a package without a wheel, or no network."""
    hint = "change the requirements that it names; if it reached no index, try again with a network"
    if any("--no-build" in line for line in words):
        hint = "`caliban lock` runs no package's code on this machine: take a version that has a wheel, or do not lock"
    return Diagnostic(
        code="not-resolved",
        message="uv could not resolve what the project declares",
        quotes=tuple(f"uv: {line}" for line in words if line),
        hint=hint,
    )


def unwritable(error: OSError) -> Diagnostic:
    """A project that is read-only."""
    reason, remedy = refusal_to_write(error)
    if error.errno in (EACCES, EPERM, EROFS):
        remedy = "make the project's folder writable, or lock in a copy of it and bring the file back"
    return Diagnostic(
        code="lock-not-written",
        message=f"it cannot be written: {reason}",
        place=Place(source=CALIBAN_LOCK),
        hint=remedy,
    )


def packages_open(why: Sequence[str]) -> Diagnostic:
    """The packages that only a build can determine."""
    return Diagnostic(
        code="packages-not-locked",
        message=f"the packages are not locked: {'; '.join(why)}",
        place=Place(source=CALIBAN_LOCK),
        severity="warning",
        hint="each build resolves them: where that matters, have their versions exact in what declares them",
    )


def no_digest(images: Sequence[str]) -> Diagnostic:
    """Images that neither the engine nor a registry knows by a digest."""
    return Diagnostic(
        code="image-not-locked",
        message=f"no digest is known of {' and '.join(images)}",
        place=Place(source=CALIBAN_LOCK),
        severity="warning",
        hint="pull it, or lock where its registry can be reached; until then its tag may come to mean another image",
    )
