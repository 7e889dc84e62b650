"""Runs the builder, its progress on our stderr, and where it makes an archive, what loads that."""

import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

from caliban.backends.command import Command
from caliban.runtime.building.log import BuildLog, Vertex
from caliban.runtime.building.progress import Progress
from caliban.runtime.building.witness import Witness
from caliban.runtime.execute import Stream, exit_code, start
from caliban.runtime.interrupts import Interrupts
from caliban.runtime.say import echo, without_passwords

# Without attestations, nobody reads what buildx asks git about a project: seven questions, and one shows a commit, for
# which a partial clone may fetch by whatever its own configuration names.
_SETTINGS = {"BUILDKIT_PROGRESS": "rawjson", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1", "BUILDX_GIT_INFO": "0"}
_KEPT = 2000  # lines of what a build that fails printed


class Watched(NamedTuple):
    """How a build went."""

    timeline: tuple[Vertex, ...]
    image: str | None = None  # its id, where the builder tells it
    words: str | None = None  # what it printed, where it failed
    not_loaded: str | None = None  # what the engine said, where it was that which did not take the archive


def watch(
    command: Command,
    texts: Mapping[str, str],
    interrupts: Interrupts,
    witness: Witness,
    meanwhile: Callable[[], object],
) -> Watched:
    """Runs a build to its end; `texts` are variables for it alone. Raises Rejected where it cannot be started.

    `meanwhile` is called while the builder loads itself, which takes it a quarter of a second.
    """
    build, loading = _started(command, texts)
    assert build.stderr is not None, "progress and errors are a pipe"

    def pass_on(number: int, count: int) -> None:
        for process in (build, loading):
            if process is not None:
                process.send_signal(number if count == 1 else signal.SIGKILL)

    kept: deque[str] = deque(maxlen=_KEPT)
    log, progress, looked = BuildLog(), Progress(), 0
    with interrupts.told(pass_on):
        meanwhile()
        for raw in build.stderr:
            for line in map(without_passwords, log.lines(raw.decode("utf-8", "replace"))):
                kept.append(line)
                for shown in progress.shown(line):
                    echo(shown)
            if log.transfers > looked:
                looked = log.transfers
                witness.look()
        words = "".join(kept) if exit_code(build.wait()) else None
        refusal = _refusal(loading) if loading is not None else None
    # A builder whose archive nobody takes ends without a word, and half an archive is refused too.
    if refusal is not None and (words is None or "ERROR: " not in words):
        return Watched(log.timeline(), not_loaded=refusal)
    return Watched(log.timeline(), log.image, words)


def _started(
    command: Command, texts: Mapping[str, str]
) -> "tuple[subprocess.Popen[bytes], subprocess.Popen[bytes] | None]":
    """The build, and what reads the archive that it writes: through a pipe, so that it is nowhere as a whole."""
    if not command.reader:
        return _start_build(command, texts, subprocess.DEVNULL), None
    archive, end = os.pipe()
    try:
        build = _start_build(command, texts, end)
        loading = start(command.reader, stdin=archive, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, own_group=True)
    finally:
        os.close(archive)
        os.close(end)
    return build, loading


def _start_build(command: Command, texts: Mapping[str, str], output: Stream) -> "subprocess.Popen[bytes]":
    return start(
        command.argv,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.PIPE,
        own_group=True,
        environment={**texts, **_SETTINGS},
    )


def _refusal(loading: "subprocess.Popen[bytes]") -> str | None:
    """Why the engine did not take the archive; None where it did."""
    said, _ = loading.communicate()
    return said.decode("utf-8", "replace") if exit_code(loading.returncode) else None
