"""Starts processes: the one place that does, by plumbum; an argv in, an outcome out, never a shell."""

import errno
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import IO, Any, NamedTuple, cast

from caliban.compiler.diagnostics import ENGINE, Rejected
from caliban.compiler.quick_import import importing_less
from caliban.runtime.problems import engine as problems

Stream = int | IO[bytes] | None  # None: caliban's own


class Outcome(NamedTuple):
    """What a process that was waited for left."""

    code: int  # as a shell would say it: 128+N for a signal
    stdout: str
    stderr: str


def answer(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Outcome:
    """Runs a command to its end and gives what it printed. Raises Rejected where the program cannot be started."""
    return ask(argv, environment=environment)()


def answer_within(argv: Sequence[str], seconds: float) -> Outcome | None:
    """What a command that is not there on every machine printed; None where it is not there, or takes too long."""
    pipe = subprocess.PIPE
    try:
        process = start(argv, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, own_group=True)
    except Rejected:
        return None
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    return Outcome(exit_code(process.returncode), out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))


def answers(commands: Iterable[Sequence[str]]) -> Iterator[Outcome]:
    """Runs commands side by side, and gives what they printed in their order. Raises Rejected as `answer` does."""
    for later in [ask(argv) for argv in commands]:
        yield later()


def ask(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Callable[[], Outcome]:
    """Starts a command; what it printed is there when one calls for it. Raises Rejected as `answer` does."""
    pipe = subprocess.PIPE
    process = start(argv, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, environment=environment, own_group=True)

    def later() -> Outcome:
        out, err = process.communicate()
        return Outcome(exit_code(process.returncode), out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))

    return later


def start(
    argv: Sequence[str],
    *,
    stdin: Stream = None,
    stdout: Stream = None,
    stderr: Stream = None,
    environment: Mapping[str, str] | None = None,
    own_group: bool = False,
) -> "subprocess.Popen[bytes]":
    """Starts a command and gives its process.

    `environment` is added to ours. `own_group` keeps the terminal's Ctrl-C away from it, so that caliban alone decides.
    Raises Rejected where the program is missing, or where its arguments are more than the system can carry.
    """
    try:
        process = _command(argv[0])[list(argv[1:])].popen(
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env={**os.environ, **(environment or {})},
            process_group=0 if own_group else None,
        )
    except FileNotFoundError:
        raise Rejected(problems.program_missing(argv[0]), exit_code=ENGINE) from None
    except OSError as error:
        if error.errno == errno.E2BIG:
            raise Rejected(problems.arguments_too_long(sum(len(os.fsencode(word)) + 1 for word in argv))) from None
        raise Rejected(problems.program_failed(argv[0], error.strerror or str(error)), exit_code=ENGINE) from None
    return cast("subprocess.Popen[bytes]", process)  # plumbum wraps it, and lets everything through


@cache
def _command(program: str) -> Any:
    """A program that the system finds by `$PATH`, as plumbum has it.

    That is imported late, because only who starts a process pays for it, and without its colours, its log and its other
    machines.
    """
    later = ("glob", "inspect", "shutil", "traceback", "urllib.parse", "urllib.request")
    of_plumbum = ("colorlib", "commands.daemons", "machines.remote", "machines.session", "machines.ssh_machine")
    with importing_less(later=later, unused=("logging", "tempfile", *(f"plumbum.{name}" for name in of_plumbum))):
        from plumbum.machines.local import LocalCommand
    return LocalCommand(program)


def exit_code(returncode: int) -> int:
    """A return code of Popen as a shell would say it."""
    return 128 - returncode if returncode < 0 else returncode
