"""Files that credentials need beside them: the token of a workload identity, from a file or a URL."""

import base64
import json
import os
import time
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.os_errors import refusal_to_read
from caliban.runtime.credentials import problems


class Taken(NamedTuple):
    """A file that goes into the container too."""

    files: tuple[str, ...] = ()  # absolute, at the same path there
    warnings: tuple[Diagnostic, ...] = ()


def take_along(info: Mapping[str, Any], path: str, source: str) -> Taken:
    """The files that the credentials refer to. Raises Rejected where a container cannot have what they need."""
    match info:
        case {"type": "gdch_service_account", "ca_cert_path": str(bundle)} if bundle:
            _must_be_file(bundle, path, source)
            return Taken((bundle,))
        case {"type": "external_account", "credential_source": Mapping() as where}:
            return _token(where, path, source)
        case _:
            return Taken()


def _token(where: Mapping[str, Any], path: str, source: str) -> Taken:
    """The four places from which google-auth takes a token (https://google.aip.dev/auth/4117)."""
    match where:
        case {"executable": _}:
            raise Rejected(problems.bound_to_host(path, source, "a program"))
        case {"certificate": _}:
            raise Rejected(problems.bound_to_host(path, source, "a certificate"))
        case {"environment_id": _}:
            return Taken(warnings=(problems.aws_of_host(path, source),))
        case {"file": str(file)}:
            _must_be_file(file, path, source)
            _must_be_valid(file, where.get("format"), path, source)
            return Taken((file,), (problems.token_stays(file),))
        case {"url": str(url)} if urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1"):
            return Taken(warnings=(problems.address_of_host(path, source),))
        case _:
            return Taken()


def _must_be_file(file: str, path: str, source: str) -> None:
    if not os.path.isabs(file):
        raise Rejected(problems.token_unusable(path, source, file, "a relative path leads elsewhere in a container"))
    try:
        with open(file, "rb"):
            pass
    except (OSError, ValueError) as error:
        reason = refusal_to_read(error).reason if isinstance(error, OSError) else str(error)
        raise Rejected(problems.token_unusable(path, source, file, reason)) from None


def _must_be_valid(file: str, form: object, path: str, source: str) -> None:
    with open(file, encoding="utf-8", errors="replace") as opened:
        text = opened.read(1 << 20)
    end = _expiry(_subject_token(text, form))
    if end is not None and end < time.time():
        when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(end))
        raise Rejected(problems.token_unusable(path, source, file, f"it expired on {when}"))


def _subject_token(text: str, form: object) -> str:
    """The token itself, which may be a field of a JSON file."""
    match form:
        case {"type": "json", "subject_token_field_name": str(name)}:
            members = _object(text)
            return str(members.get(name, ""))
        case _:
            return text.strip()


def _expiry(token: str) -> float | None:
    """Return the expiry of a token, in seconds since 1970, if it is a JWT that has one (RFC 7519, 'exp')."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = _object(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)).decode())
    except ValueError:
        return None
    end = claims.get("exp")
    return float(end) if isinstance(end, int | float) and 0 < end < 1e11 else None


def _object(text: str) -> dict[str, Any]:
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}
