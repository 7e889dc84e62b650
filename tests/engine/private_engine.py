"""An engine of the tests' own, with containerd's image store, beside the one that all tests share."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from reasons import NO_DAEMON
from support import BASE, PATIENCE

PREFIX = os.environ.get("CALIBAN_ENGINE_PREFIX", "/opt/caliban-engine")  # where scripts/engine puts an engine

# Network: a second dockerd takes the first one's bridge. Processes and mounts: with the shell, the first process there,
# all that the engine started ends and what it mounted is gone; and the shell ends when nobody holds its standard input
# any more, whatever became of the tests.
_NAMESPACES = ("unshare", "--net", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child")
# dockerd starts a containerd of its own, unless it finds the machine's: that one is out of its sight.
_UNTIL_STDIN_ENDS = """
! [ -d /run/containerd ] || mount -t tmpfs none /run/containerd
dockerd "$@" &
read -r _
kill $!
wait $!
"""


class EngineNotStartedError(Exception):
    """Why, in the words of whoever refused."""


class NoDaemonError(EngineNotStartedError):
    """This machine has no dockerd that the tests could start: the shared engine is elsewhere."""


@contextmanager
def containerd_engine() -> Iterator[str]:
    """Its address, for DOCKER_HOST; it has the base image, and reaches no network.

    Raises NoDaemonError where there is none to start, else EngineNotStartedError.
    """
    with tempfile.TemporaryDirectory(prefix="caliban-engine-", dir="/var/tmp") as name:  # /tmp may be a small tmpfs
        folder = Path(name)
        address = f"unix://{folder}/socket"
        process = _start(folder, address)
        try:
            _wait(process, folder, address)
            _bring_base(address)
            yield address
        finally:
            _stop(process)


def demand_containerd_engine() -> Iterator[str]:
    """The same for a fixture: without a dockerd here, the test is skipped, and counted as such.

    Where there is one that does not start, the test fails if CALIBAN_REQUIRE_ENGINE=1.
    """
    try:
        with containerd_engine() as address:
            yield address
    except NoDaemonError as error:
        pytest.skip(f"{NO_DAEMON}: {error}")
    except EngineNotStartedError as error:
        if os.environ.get("CALIBAN_REQUIRE_ENGINE") == "1":
            pytest.fail(f"no engine with containerd's store, but CALIBAN_REQUIRE_ENGINE=1: {error}", pytrace=False)
        pytest.skip(f"no engine with containerd's store: {error}")


def _start(folder: Path, address: str) -> "subprocess.Popen[bytes]":
    options = (
        *("--feature", "containerd-snapshotter=true", "--host", address),
        *("--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/pid"),
        *("--iptables=false", "--ip6tables=false"),
    )
    folders = (f"{PREFIX}/usr/bin", f"{PREFIX}/usr/sbin", *_of_running_daemon(), os.environ.get("PATH", ""))
    path = os.pathsep.join((*folders, "/usr/sbin", "/sbin"))
    for program in (_NAMESPACES[0], "dockerd"):
        if shutil.which(program, path=path) is None:
            raise NoDaemonError(f"{program} is not there")
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [*_NAMESPACES, "sh", "-c", _UNTIL_STDIN_ENDS, "sh", *options],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={**os.environ, "PATH": path},
            process_group=0,  # Ctrl-C is for the tests, and they end it
        )


def _of_running_daemon() -> Iterator[str]:
    """Where the dockerd that runs on this machine is, and what it starts: neither need be on our PATH."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            program = process.joinpath("exe").readlink()
            if program.name == "dockerd":
                variables = process.joinpath("environ").read_bytes().split(b"\0")
                yield str(program.parent)
                yield from (os.fsdecode(each[5:]) for each in variables if each.startswith(b"PATH="))
        except OSError:  # gone meanwhile, or somebody else's
            continue


def _wait(process: "subprocess.Popen[bytes]", folder: Path, address: str) -> None:
    end = time.monotonic() + PATIENCE
    while subprocess.run(["docker", "--host", address, "version"], capture_output=True, check=False).returncode:
        if process.poll() is not None or time.monotonic() > end:
            words = (folder / "log").read_text(errors="replace").strip()
            raise EngineNotStartedError(words[-1000:] or "it does not answer")
        time.sleep(0.05)


def _bring_base(address: str) -> None:
    """The base image of the shared engine: no registry is asked."""
    with tempfile.TemporaryFile(dir="/var/tmp") as archive:
        subprocess.run(["docker", "save", BASE], stdout=archive, check=True)
        archive.seek(0)
        subprocess.run(["docker", "--host", address, "load"], stdin=archive, capture_output=True, check=True)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.communicate(timeout=PATIENCE)  # closes its standard input
    except subprocess.TimeoutExpired:
        process.kill()  # --kill-child
        process.wait()
