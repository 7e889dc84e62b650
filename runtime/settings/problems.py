"""Problems of what a machine lends to builds and runs: certificates, passwords, indexes, proxies."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.words.quoting import quoted_file


def no_bundle(source: str, path: str) -> Diagnostic:
    """A variable or pip's configuration names a file of certificates that cannot be read."""
    return Diagnostic(
        code="no-bundle",
        message=f"there is no readable file '{printable(path)}', so the image is built with its own certificates",
        place=Place(source=source),
        severity="warning",
        hint="correct the path, or unset it",
    )


def secret_too_large(source: str, path: str, limit: int) -> Diagnostic:
    """BuildKit takes secrets of 500 KiB (session/secrets/secretsprovider)."""
    return Diagnostic(
        code="secret-too-large",
        message=f"'{printable(path)}' is larger than the {limit >> 10} KiB that the builder takes as a secret",
        place=Place(source=source),
        hint="name a smaller file: of certificates, those of your company and of the hosts that you install from",
    )


def open_passwords(path: str) -> Diagnostic:
    """A .netrc that others can read."""
    return Diagnostic(
        code="open-passwords",
        message="other users of this machine can read the passwords in this file",
        place=Place(source=path),
        severity="warning",
        hint=f"chmod 600 {quoted_file(path)}",
    )


def unreadable_settings(path: str, program: str) -> Diagnostic:
    """A configuration file of pip or uv that is none; its words may hold a password, and are not told."""
    return Diagnostic(
        code="bad-settings",
        message=f"cannot be read as {program}'s configuration, so its indexes are not asked",
        place=Place(source=path),
        severity="warning",
        hint=f"`{program} config list` may say more" if program == "pip" else "`uv pip list` may say more",
    )


def loopback_of_another_machine(addresses: Sequence[str]) -> Diagnostic:
    """An index or proxy on 127.0.0.1, and an engine that is not here."""
    return Diagnostic(
        code="out-of-reach",
        message=f"only this machine reaches {', '.join(addresses)}, and the engine runs on another one",
        severity="warning",
        hint="name it by an address that the engine's machine reaches",
    )


def loopback_asked_by_project(addresses: Sequence[str]) -> Diagnostic:
    """A project that names 127.0.0.1: with the machine's network, its code would reach all that listens there."""
    return Diagnostic(
        code="out-of-reach",
        message=f"only this machine reaches {', '.join(printable(address) for address in addresses)}, "
        "and a project cannot ask for the machine's network",
        severity="warning",
        hint="if you trust the project, name the address yourself: export PIP_EXTRA_INDEX_URL=ADDRESS",
    )


def password_only_for_installers(names: Sequence[str]) -> Diagnostic:
    """A proxy with a password is no build argument, because the builder's history keeps those."""
    return Diagnostic(
        code="guarded-proxy",
        message="the proxy has a password, so only uv and apt use it in a build",
        place=Place(source=", ".join(f"${name}" for name in names)),
        severity="warning",
        hint="where git or your own Dockerfile need it: a proxy without a password, such as a local forwarder",
    )
