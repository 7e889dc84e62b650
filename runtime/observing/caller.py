"""Reads what needs no process of this machine, user and process: the `Caller` that the survey is given."""

import os
import re
import stat
import sys
import time
from collections.abc import Iterator, Mapping

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.cli.options import ENVIRONMENT
from caliban.compiler.frontend.config.config_text import LARGEST
from caliban.compiler.input.caller import Caller, Credentials, HostFile
from caliban.runtime.observing import problems
from caliban.runtime.observing.machine import user_name
from caliban.runtime.settings.proxies import find_proxies
from caliban.runtime.settings.trust import find_bundles
from caliban.runtime.state.folder import state_path

_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def read_caller(
    root: str,
    environment: Mapping[str, str],
    *,
    stdin: str | None = None,
    credentials: Credentials | None = None,
) -> Caller:
    """The facts of this machine, user and process. Raises Rejected for wrong variables of caliban's."""
    return Caller(
        root=root,
        python=f"3.{sys.version_info.minor}",
        platform=f"linux/{_MACHINES.get(os.uname().machine.lower(), 'amd64')}",
        group=_group(environment),
        environment={name: value for name, value in environment.items() if name in ENVIRONMENT},
        terminal=_terminal(),
        system=os.uname().sysname,
        streams=frozenset(_written_files()),
        state=_state(root, environment),
        logical_root=_logical_root(root, environment.get("PWD")),
        stdin=stdin,
        credentials=credentials,
        bundles=find_bundles(environment),
        proxies=find_proxies(environment),
        tables=_tables(root, environment.get("CALIBAN_TABLES")),
    )


def _written_files() -> Iterator[tuple[int, int]]:
    """Device and inode of the files that standard output and error are redirected into."""
    for descriptor in (1, 2):
        try:
            status = os.fstat(descriptor)
        except OSError:  # closed
            continue
        if stat.S_ISREG(status.st_mode):
            yield status.st_dev, status.st_ino


def _state(root: str, environment: Mapping[str, str]) -> str | None:
    """Caliban's folder relative to the project, None where it lies elsewhere.

    Raises Rejected where the project lies in it: nothing could be copied without what caliban writes there.
    """
    folder, project = os.path.realpath(state_path(environment)), os.path.realpath(root)
    if f"{project}/".startswith(f"{folder.rstrip('/')}/"):
        raise Rejected(problems.project_in_state(folder))
    top = f"{project.rstrip('/')}/"
    return folder.removeprefix(top) if folder.startswith(top) else None


def _logical_root(root: str, shells: str | None) -> str | None:
    """The current directory as the shell has it in $PWD, where that is another name for the root."""
    if shells is None or not os.path.isabs(shells) or shells.rstrip("/") == root.rstrip("/"):
        return None
    return shells.rstrip("/") if os.path.realpath(shells) == os.path.realpath(root) else None


def _tables(root: str, path: str | None) -> HostFile | None:
    if not path:
        return None
    try:
        with open(os.path.join(root, path), encoding="utf-8", errors="surrogateescape") as file:
            return HostFile(path=path, text=file.read(LARGEST + 1))
    except OSError as error:
        raise Rejected(problems.tables_unreadable(path, error)) from None


def _group(environment: Mapping[str, str]) -> str:
    """Told apart by the second in which caliban was started."""
    user = re.sub(r"[^A-Za-z0-9_.-]+", "-", user_name(environment)).strip("-.") or "user"
    return f"{user}-xgroup-{time.strftime('%Y-%m-%d-%H-%M-%S')}"


def _terminal() -> tuple[int, int] | None:
    try:
        size = os.get_terminal_size(2)
    except OSError:
        return None
    return (size.columns, size.lines) if size.columns and size.lines else None
