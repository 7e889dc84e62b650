"""Checks a cloud key with google-auth before anything is built; its content stays in this module."""

import os
from collections.abc import Mapping

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.host import Credentials
from caliban.runtime import problems

_LIMIT = 500 << 10  # bytes; a key has two thousand


def find_credentials(flag: str | None, environment: Mapping[str, str]) -> Credentials | None:
    """The key of `--cloud_key` or of $GOOGLE_APPLICATION_CREDENTIALS, checked; None where neither is given.

    Raises Rejected where the file is missing, unreadable or no key.
    """
    source, path = "--cloud_key", flag
    if path is None:
        source, path = "$GOOGLE_APPLICATION_CREDENTIALS", environment.get("GOOGLE_APPLICATION_CREDENTIALS") or None
    if path is None:
        return None
    path = os.path.abspath(os.path.expanduser(path))
    _check_file(path, source)
    return Credentials(path=path, project=_check_key(path, source))


def _check_file(path: str, source: str) -> None:
    try:
        if os.path.isdir(path):
            raise Rejected(problems.key_unusable(path, source, "it is a directory"))
        if os.stat(path).st_size > _LIMIT:
            raise Rejected(problems.key_unusable(path, source, f"larger than {_LIMIT >> 10} KiB"))
        with open(path, "rb"):
            pass
    except OSError as error:
        raise Rejected(problems.key_unusable(path, source, error.strerror or str(error))) from None


def _check_key(path: str, source: str) -> str | None:
    """The cloud project of the key."""
    import warnings

    import google.auth
    from google.auth.exceptions import GoogleAuthError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # google-auth warns of user credentials; that is the user's choice
            _, project = google.auth.load_credentials_from_file(path)  # type: ignore[no-untyped-call]  # it has no types
    except (GoogleAuthError, ValueError, KeyError, TypeError, AttributeError) as error:
        # Its messages may quote the file: only their kind is told.
        raise Rejected(problems.key_unusable(path, source, f"google-auth says {type(error).__name__}")) from None
    return project if isinstance(project, str) else None
