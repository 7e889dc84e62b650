"""Starts processes: the one place that does, by plumbum; an argv in, an outcome out, never a shell."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import IO, Any, Generic, NamedTuple, TypeVar, cast

from caliban.compiler.diagnostics import ENGINE, Rejected
from caliban.compiler.quick_import import loading_late
from caliban.runtime import problems

Stream = int | IO[bytes] | None  # None: caliban's own
T = TypeVar("T")
U = TypeVar("U")


class Future(Generic[T]):
    """An answer that may still be on its way."""

    def __init__(self, wait: Callable[[], T]) -> None:
        self._wait = cache(wait)

    def result(self) -> T:
        """The answer; waits for it where it is not there yet."""
        return self._wait()

    def then(self, read: Callable[[T], U]) -> "Future[U]":
        """Return a future of the answer as `read` converts it."""
        return Future(lambda: read(self.result()))


class Streams(NamedTuple):
    """The destinations of a process's standard streams."""

    stdin: Stream = None
    stdout: Stream = None
    stderr: Stream = None


_LONGEST = 128 << 10  # bytes of one argument or variable (Linux, MAX_ARG_STRLEN)
_CAPTURED = Streams(subprocess.DEVNULL, subprocess.PIPE, subprocess.PIPE)


class ProgramMissingError(Rejected):
    """There is no program of that name on PATH."""


class ArgumentsTooLongError(Rejected):
    """Arguments and variables are more than the system passes to a program."""


class Outcome(NamedTuple):
    """The exit code and output of a process that has ended."""

    code: int  # as a shell would say it: 128+N for a signal
    stdout: str
    stderr: str


def answer(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Outcome:
    """Runs a command to its end and gives what it printed. Raises Rejected where the program cannot be started."""
    return ask(argv, environment=environment).result()


def answer_within(argv: Sequence[str], seconds: float) -> Outcome | None:
    """Return the output of a command; None if it does not exist on this machine, or takes too long."""
    try:
        process = start(argv, _CAPTURED, own_group=True)
    except Rejected:
        return None
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    return Outcome(exit_code(process.returncode), out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))


def ask(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Future[Outcome]:
    """Starts a command whose output is wanted later. Raises Rejected as `answer` does."""
    process = start(argv, _CAPTURED, environment=environment, own_group=True)

    def outcome() -> Outcome:
        out, err = process.communicate()
        return Outcome(exit_code(process.returncode), out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))

    return Future(outcome)


def start(
    argv: Sequence[str],
    streams: Streams,
    *,
    environment: Mapping[str, str] | None = None,
    own_group: bool = False,
) -> "subprocess.Popen[bytes]":
    """Starts a command and gives its process.

    `environment` is added to ours. `own_group` keeps the terminal's Ctrl-C away from it, so that caliban alone decides.
    Raises ProgramMissingError where the program is missing; ArgumentsTooLongError where its arguments are more than the
    system passes on; Rejected where it cannot be started for another reason.
    """
    try:
        process = _command(argv[0])[list(argv[1:])].popen(
            stdin=streams.stdin,
            stdout=streams.stdout,
            stderr=streams.stderr,
            cwd=_folder(),
            env={**os.environ, **(environment or {})},
            process_group=0 if own_group else None,
        )
    except FileNotFoundError:
        raise ProgramMissingError(problems.program_missing(argv[0]), exit_code=ENGINE) from None
    except OSError as error:
        if error.errno == errno.E2BIG:
            raise _too_long(argv, {**os.environ, **(environment or {})}) from None
        raise Rejected(problems.program_failed(argv[0], error), exit_code=ENGINE) from None
    return cast("subprocess.Popen[bytes]", process)  # plumbum wraps it, and lets everything through


def _folder() -> str:
    """Return the folder for processes: the current directory, or the root if that was removed meanwhile.

    Not its path: it may have got another name.
    """
    try:
        os.getcwd()
    except OSError:
        return "/"
    return "."


def _too_long(argv: Sequence[str], environment: Mapping[str, str]) -> ArgumentsTooLongError:
    variables = {name: len(os.fsencode(f"{name}={value}")) + 1 for name, value in environment.items()}
    largest = max(variables, key=lambda name: variables[name], default=None)
    if largest is not None and variables[largest] <= _LONGEST:
        largest = None
    size = sum(len(os.fsencode(word)) + 1 for word in argv)
    return ArgumentsTooLongError(problems.arguments_too_long(size, sum(variables.values()), largest))


@cache
def _command(program: str) -> Any:
    """A program that the system finds by `$PATH`, as plumbum has it.

    It is imported late, for commands that start a process, and without the network: half of its import.
    """
    with loading_late("urllib.request"):
        from plumbum.machines.local import LocalCommand
    return LocalCommand(program)


def exit_code(returncode: int) -> int:
    """A return code of Popen as a shell would say it."""
    return 128 - returncode if returncode < 0 else returncode


def start_again(*options: str) -> None:
    """Puts this very command in its own place, with more options for Python."""
    os.execv(sys.executable, [sys.executable, *options, *sys.orig_argv[1:]])  # noqa: S606  # no shell: as wanted
