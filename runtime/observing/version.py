"""The version of a project that takes it from git."""

import re

from caliban.runtime.observing.git import ask_git

_PLAIN_VERSION = r"[0-9][A-Za-z0-9.!+_-]*"


def version_from_git(root: str) -> str | None:
    """A PEP 440 version as setuptools-scm makes it: the tag, or the next one's `.devN+gCOMMIT`; None without one."""
    described = ask_git(root, ("describe", "--tags", "--long", "--abbrev=8", "--match", "*[0-9]*"))
    tag, distance, commit = (
        described.strip().rsplit("-", 2) if described else ("", "", "")
    )  # 'v1.2.3', '4', 'g0123abcd'
    version = tag.rsplit("/", 1)[-1].lstrip("vV")
    if not re.fullmatch(_PLAIN_VERSION, version):
        count, head = ask_git(root, ("rev-list", "--count", "HEAD")), ask_git(root, ("rev-parse", "--short=8", "HEAD"))
        return f"0.1.dev{count.strip()}+g{head.strip()}" if count and head else None
    return version if distance == "0" else f"{_next(version)}.dev{distance}+{commit}"


def _next(version: str) -> str:
    head, dot, last = version.rpartition(".")
    return f"{head}{dot}{int(last) + 1}" if last.isdigit() else version
