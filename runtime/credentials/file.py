"""Checks a file with credentials by google-auth, offline; what is in it stays in this module."""

import codecs
import json
import os
import re
import stat
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.os_errors import refusal_to_read
from caliban.compiler.quick_import import loading_late
from caliban.runtime.credentials import problems
from caliban.runtime.credentials.external_account import take_along

_LIMIT = 500 << 10  # bytes; a key has two thousand
# Of what google-auth imports, what no check needs: a third of the time.
_NOT_NEEDED = ("asyncio", "cryptography.x509", "inspect", "ssl", "subprocess", "tempfile", "traceback")


class Checked(NamedTuple):
    """Credentials that google-auth can load."""

    kind: str  # 'a service-account key'
    account: str | None = None
    project: str | None = None  # that they belong to
    quota_project: str | None = None  # that pays for their requests
    referenced_files: tuple[str, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


class _Kind(NamedTuple):
    """The kinds that google-auth knows (google/auth/_default.py), and the fields that each needs."""

    name: str
    needs: tuple[str, ...]
    secret: bool = True


_KINDS = {
    "service_account": _Kind("a service-account key", ("client_email", "private_key", "token_uri")),
    "authorized_user": _Kind("user credentials", ("client_id", "client_secret", "refresh_token")),
    "impersonated_service_account": _Kind(
        "an impersonated service account", ("service_account_impersonation_url", "source_credentials")
    ),
    "external_account": _Kind(
        "a workload identity", ("audience", "subject_token_type", "token_url", "credential_source"), secret=False
    ),
    "external_account_authorized_user": _Kind(
        "a workforce identity", ("refresh_token", "token_url", "client_id", "client_secret")
    ),
    "gdch_service_account": _Kind("a GDCH service account", ("name", "private_key", "project", "token_uri")),
}


def check_credentials(path: str, source: str) -> Checked:
    """Check a file of credentials. Raises Rejected if it holds none, or none that work in a container."""
    status, content = _read(path, source)
    info = _parse(content, path, source)
    kind = _KINDS.get(str(info.get("type")))
    if kind is None:
        raise Rejected(problems.other_json(path, source, _what_else(info), tuple(_KINDS)))
    if missing := [name for name in kind.needs if not info.get(name)]:
        raise Rejected(problems.incomplete(path, source, kind.name, missing))
    taken = take_along(info, path, source)
    try:
        with warnings.catch_warnings(), loading_late(*_NOT_NEEDED):
            warnings.simplefilter("ignore")  # it warns of user credentials, and of configurations from strangers
            _loader(info)(info)
    except Exception as error:  # of google-auth, or of cryptography below it; no list of theirs is complete
        raise Rejected(problems.damaged(path, source, kind.name, type(error).__name__)) from None
    is_open = kind.secret and status.st_mode & 0o004 and _can_be_reached(path)
    return Checked(
        kind=kind.name,
        account=_account(info),
        project=_name(info.get("project_id") or info.get("project")),
        quota_project=_name(info.get("quota_project_id")),
        referenced_files=taken.files,
        warnings=(*((problems.open_to_all(path, source),) if is_open else ()), *taken.warnings),
    )


def _read(path: str, source: str) -> tuple[os.stat_result, bytes]:
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise Rejected(problems.unreadable(path, source, "it is a directory"))
        if not stat.S_ISREG(status.st_mode):  # a pipe can be read once, and mounted never
            raise Rejected(problems.unreadable(path, source, "it is a pipe or a device"))
        if status.st_size > _LIMIT:
            raise Rejected(problems.unreadable(path, source, f"larger than {_LIMIT >> 10} KiB"))
        with open(path, "rb") as file:
            content = file.read()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = refusal_to_read(error).reason if isinstance(error, OSError) else str(error)
        raise Rejected(problems.unreadable(path, source, reason)) from None
    if not content.strip():
        raise Rejected(problems.unreadable(path, source, "it is empty"))
    return status, content


def _parse(content: bytes, path: str, source: str) -> dict[str, Any]:
    if content.startswith(b"\x30\x82"):  # a DER sequence with a length of two bytes
        raise Rejected(problems.not_json(path, source, "a P12 key"))
    if content.lstrip().startswith(b"-----BEGIN"):
        raise Rejected(problems.not_json(path, source, "a PEM file"))
    if content.startswith(codecs.BOM_UTF8):
        raise Rejected(problems.not_json(path, source, "it begins with a byte order mark"))
    try:
        info = json.loads(content.decode())  # of bytes, json takes UTF-16 too, and google-auth does not
    except UnicodeDecodeError:
        raise Rejected(problems.not_json(path, source, "no text in UTF-8")) from None
    except (ValueError, RecursionError):
        raise Rejected(problems.not_json(path, source, "no JSON, or only a part of it")) from None
    if not isinstance(info, dict):
        raise Rejected(problems.not_json(path, source, "JSON, but no object"))
    return info


def _what_else(info: dict[str, Any]) -> str:
    if "installed" in info or "web" in info:
        return "the secret of an OAuth client, with which a program asks people to log in"
    return 'a "type" that google-auth does not know' if "type" in info else 'JSON without a "type"'


def _loader(info: dict[str, Any]) -> Callable[[dict[str, Any]], Any]:
    """Return the loader for a kind; google-auth's general function would ask the network for a workload's project."""
    match info["type"]:
        case "external_account" if "aws" in str(info["subject_token_type"]):
            from google.auth import aws

            return aws.Credentials.from_info
        case "external_account":
            from google.auth import identity_pool

            return identity_pool.Credentials.from_info
        case "external_account_authorized_user":
            from google.auth import external_account_authorized_user

            return external_account_authorized_user.Credentials.from_info
        case _:
            import google.auth

            return google.auth.load_credentials_from_dict


def _can_be_reached(path: str) -> bool:
    """Return whether everybody may pass through all folders above a path."""
    folder = os.path.dirname(os.path.realpath(path))
    while os.stat(folder).st_mode & 0o001:
        if folder == os.path.dirname(folder):
            return True
        folder = os.path.dirname(folder)
    return False


def _account(info: dict[str, Any]) -> str | None:
    """The service account that the run acts as; gcloud keeps the name of a user elsewhere."""
    target = re.search(r"/([^/]+@[^/:]+):generateAccessToken$", str(info.get("service_account_impersonation_url")))
    return _name(info.get("client_email")) or (_name(target[1]) if target else None)


def _name(value: object) -> str | None:
    """A name, if it can travel as the value of a variable."""
    return value if isinstance(value, str) and value.isprintable() and value else None
