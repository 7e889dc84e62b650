"""Problems of `caliban.lock`."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place

_LOCK = "caliban.lock"


def broken(path: str, what: str, line: int | None) -> Diagnostic:
    """An edit, a merge, half a file."""
    return Diagnostic(
        code="broken-lock",
        message=f"this is no lock that can be read: {what}",
        place=Place(source=path, line=line),
        hint="remove the file and make it anew: caliban lock, once for each mode",
    )


def newer(version: int) -> Diagnostic:
    """A format that a later caliban writes."""
    return Diagnostic(
        code="broken-lock",
        message=f"format version {version}, and this caliban reads version 1",
        place=Place(source=_LOCK),
        hint="use the caliban that wrote it, or remove the file and make it anew: caliban lock",
    )


def file_gone(path: str) -> Diagnostic:
    """A wheel of the project that was locked."""
    return Diagnostic(
        code="stale-lock",
        message=f"it has '{path}', and the project has no such file",
        place=Place(source=_LOCK),
        hint="bring the file back, or make the lock anew: caliban lock",
    )


def drift(why: Sequence[str], command: str) -> Diagnostic:
    """`--locked`, and something is not as it was locked."""
    return Diagnostic(
        code="not-as-locked",
        message=f"--locked, but {'; '.join(why)}",
        place=Place(source=_LOCK),
        hint=f"make it anew, and commit it: {command}",
    )


def unresolved(words: Sequence[str]) -> Diagnostic:
    """Uv found no answer: a contradiction, a package without a wheel, or no network."""
    hint = "change the requirements that it names; if it reached no index, try again with a network"
    if any("--no-build" in line for line in words):
        hint = "caliban lock runs no package's code on this machine: take a version that has a wheel, or do not lock"
    return Diagnostic(
        code="not-resolved",
        message="uv could not resolve what the project declares",
        quotes=tuple(f"uv: {line}" for line in words if line),
        hint=hint,
    )


def unwritable(reason: str) -> Diagnostic:
    """A project that is read-only."""
    return Diagnostic(
        code="lock-not-written",
        message=f"it cannot be written: {reason}",
        place=Place(source=_LOCK),
        hint="make the project's folder writable, or lock in a copy of it and bring the file back",
    )


def packages_open(why: Sequence[str]) -> Diagnostic:
    """What only a build can tell."""
    return Diagnostic(
        code="packages-not-locked",
        message=f"the packages are not locked: {'; '.join(why)}",
        place=Place(source=_LOCK),
        severity="warning",
        hint="each build resolves them: where that matters, have their versions exact in what declares them",
    )


def no_digest(images: Sequence[str]) -> Diagnostic:
    """Images that neither the engine nor a registry knows by a digest."""
    return Diagnostic(
        code="image-not-locked",
        message=f"no digest is known of {' and '.join(images)}",
        place=Place(source=_LOCK),
        severity="warning",
        hint="pull it, or lock where its registry can be reached; until then its tag may come to mean another image",
    )
