"""Problems of lock files."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.words.quoting import quoted_file

_BROKEN = "broken-lock"
_EXPORT = "uv export --format pylock.toml"


def broken_lock(place: Place, what: str, command: str) -> Diagnostic:
    """A lock that its tool did not write so: a merge conflict, an edit."""
    return Diagnostic(
        code=_BROKEN,
        message=f"this lock cannot be read: {printable(what)}",
        place=place,
        hint=made_anew(place.source, command),
    )


def empty_lock(path: str, command: str) -> Diagnostic:
    """A tool that was stopped, a `touch`, an `>` of a shell."""
    return Diagnostic(
        code=_BROKEN, message="this lock is empty", place=Place(source=path), hint=made_anew(path, command)
    )


def made_anew(path: str, command: str) -> str:
    """The remedy for a lock that cannot be read: its own tool reads it first, and refuses it too."""
    return f"make it again: rm {quoted_file(path)} && {command}"


def unknown_lock_version(place: Place, version: object, known: str, command: str) -> Diagnostic:
    """A format that is older or newer than what caliban reads, or none."""
    written = "no format version" if version is None else f"format version {printable(str(version))!r}"
    return Diagnostic(
        code=_BROKEN,
        message=f"{written}, and caliban reads {known}",
        place=place,
        hint=f"{_anew(command)}, with a tool that writes {known}",
    )


def stale_lock(place: Place, requirement: str, lock: str, locked: Sequence[str], command: str) -> Diagnostic:
    """A requirement of the manifest that the lock was not made for."""
    there = f"{lock} has {' and '.join(locked)}" if locked else f"{lock} has no such package"
    return Diagnostic(
        code="stale-lock",
        message=f"'{printable(requirement)}' is declared here, but {there}",
        place=place,
        hint=_anew(command),
    )


def unlocked_extra(lock: str, extra: str, command: str) -> Diagnostic:
    """An extra that the manifest declares and the lock was not made for."""
    return Diagnostic(
        code="stale-lock",
        message=f"the extra '{printable(extra)}' is not in {lock}",
        place=Place(source=lock),
        hint=_anew(command),
    )


def two_locks(used: str, others: Sequence[str], manifest: str) -> Diagnostic:
    """Several locks for one manifest: left over from a change of tools."""
    unread = " and ".join(others)
    what = "another lock" if len(others) == 1 else "other locks"
    return Diagnostic(
        code="two-locks",
        message=f"{used} is installed, and not {unread}, {what} of {manifest}",
        place=Place(source=used),
        severity="warning",
        hint=f"remove {unread}, or name the one that is meant: --requirements {others[0]}",
    )


def lock_elsewhere(lock: str, manifest: str) -> Diagnostic:
    """A lock below the root that is named: what it was made from is not the manifest of this project."""
    return Diagnostic(
        code="lock-elsewhere",
        message=f"{printable(lock)} was made from the {manifest} beside it, and the project's is the one at the root",
        place=Place(source="--requirements"),
        hint=f"start caliban in {printable(lock.rpartition('/')[0])}, or name an export of it: {_EXPORT}",
    )


def lock_without_manifest(lock: str, manifest: str) -> Diagnostic:
    """A lock that does not say by itself what the project asks for."""
    return Diagnostic(
        code="lock-alone",
        message=f"{lock} is not read: no {manifest} beside it says what of it the project needs",
        place=Place(source=lock),
        severity="warning",
        hint=f"add the {manifest} that it was made from",
    )


def no_artifact(words: str, place: Place, python: str, platform: str) -> Diagnostic:
    """A package without a file that can be installed here: wheels for other platforms only, and no sdist."""
    return Diagnostic(
        code="no-wheels",
        message=f"{words} has no file in this lock that Python {python} on {platform} can install",
        place=place,
        hint="say in the requirement which platforms it is for: ; sys_platform == 'win32'; or lock another version",
    )


def password_in_lock(place: Place, url: str) -> Diagnostic:
    """An address with a password in it, which must not come into an image or its history."""
    return Diagnostic(
        code="password-in-lock",
        message=f"the address of this package holds a password: {printable(url)}",
        place=place,
        hint="put the password into ~/.netrc and lock again without it in the address of the index",
    )


def _anew(command: str) -> str:
    return f"make it again: {command}"
