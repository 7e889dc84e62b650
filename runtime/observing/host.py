"""Observes the machine and the user: the `Host` that the compiler is given."""

import os
import re
import sys

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.config_text import LARGEST
from caliban.compiler.frontend.options import ENVIRONMENT
from caliban.compiler.host import NO_HISTORY, Credentials, History, Host, HostFile
from caliban.runtime.lending.proxies import find_proxies
from caliban.runtime.lending.trust import find_bundles
from caliban.runtime.observing import gpu
from caliban.runtime.observing.git import ask_git
from caliban.runtime.problems import build as problems

_PLAIN_VERSION = r"[0-9][A-Za-z0-9.!+_-]*"
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def observe(
    root: str,
    *,
    stdin: str | None = None,
    credentials: Credentials | None = None,
    version: str | None,
    history: History = NO_HISTORY,
    store: str | None = None,
    may_use_gpu: bool = False,
) -> Host:
    """The facts of this machine, this user and this process. Raises Rejected where the file of tables is not there.

    A card is only asked where its answer may be needed: that takes a process.
    """
    return Host(
        root=root,
        uid=os.getuid(),
        gid=os.getgid(),
        user=_user(),
        python=f"3.{sys.version_info.minor}",
        platform=f"linux/{_MACHINES.get(os.uname().machine.lower(), 'amd64')}",
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        environment={name: value for name, value in os.environ.items() if name in ENVIRONMENT},
        terminal=_terminal(),
        system=os.uname().sysname,
        gpu_driver=os.environ.get("CALIBAN_GPU_DRIVER") or gpu.driver(),
        gpu_capability=os.environ.get("CALIBAN_GPU_CAPABILITY") or (gpu.capability() if may_use_gpu else None),
        stdin=stdin,
        credentials=credentials,
        bundles=find_bundles(os.environ),
        proxies=find_proxies(os.environ),
        tables=_tables(root, os.environ.get("CALIBAN_TABLES")),
        history=history,
        store=store,
        version=version,
    )


def _tables(root: str, path: str | None) -> HostFile | None:
    if not path:
        return None
    try:
        with open(os.path.join(root, path), encoding="utf-8", errors="surrogateescape") as file:
            return HostFile(path=path, text=file.read(LARGEST + 1))
    except OSError as error:
        raise Rejected(problems.tables_unreadable(path, error.strerror or str(error))) from None


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


def _user() -> str:
    for name in ("LOGNAME", "USER"):
        if value := os.environ.get(name):
            return value
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _terminal() -> tuple[int, int] | None:
    try:
        size = os.get_terminal_size(2)
    except OSError:
        return None
    return (size.columns, size.lines) if size.columns and size.lines else None
