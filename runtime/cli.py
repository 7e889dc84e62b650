"""The `caliban` command: parse, answer, or hand over to whoever does what was asked; the one edge for errors."""

import gc
import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.input.questions import Help, Version
from caliban.runtime import problems
from caliban.runtime.interrupts import Interrupted, Interrupts
from caliban.runtime.say import print_text, report, set_verbosity

if TYPE_CHECKING:
    from caliban.compiler.input.invocation import Invocation, Verbosity

READER_GONE = 128 + signal.SIGPIPE  # the exit code of who writes into a pipe that nobody reads


def start() -> NoReturn:
    """The program: it ends at once, without taking hundreds of modules apart (25 ms); all that it said is written."""
    _open_streams()
    if sys.getfilesystemencoding() != "utf-8":  # LC_ALL=C and PYTHONUTF8=0: names that are UTF-8 would seem not to be
        from caliban.runtime.execute import start_again

        start_again("-X", "utf8")
    os._exit(main())


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; its exit code (SPEC §7).

    Signals end it as the system does, until there is something to be tidied up: `dispatch` says when.
    """
    interrupts = Interrupts()
    gc.disable()  # 100,000 facts that all stay: nothing to collect until the plan is made
    try:
        try:
            return _answered(sys.argv[1:] if argv is None else argv, interrupts)
        except Interrupted:
            interrupts.ignore()  # nothing is left to be ended
    except Interrupted:  # one more, before they were ignored
        pass
    return interrupts.exit_code


def _answered(argv: Sequence[str], interrupts: Interrupts) -> int:
    try:
        return _run(argv, interrupts)
    except Rejected as rejected:
        for diagnostic in rejected.diagnostics:
            report(diagnostic)
        return rejected.exit_code
    except BrokenPipeError:  # `caliban expansion … | head`
        return READER_GONE


def _run(argv: Sequence[str], interrupts: Interrupts) -> int:
    asked = parse(argv)
    match asked:
        case Version():
            from caliban import __version__
            from caliban.runtime.other_installs import other_installs

            print_text(f"caliban {__version__}\n")
            for warning in other_installs(os.environ):
                report(warning)
        case Help():
            print_text(_help(asked))
        case _:
            from caliban.runtime.building.prefetch import prefetch
            from caliban.runtime.home import settle_home
            from caliban.runtime.session import Session

            set_verbosity(_verbosity(asked))
            settle_home(os.environ)
            session = Session(_current_directory(asked), os.environ, interrupts)
            prefetch(asked, session)
            from caliban.runtime.dispatch import dispatch  # with the compiler, which the help does not need

            return dispatch(asked, session)
    return 0


def _verbosity(asked: "Invocation") -> "Verbosity":
    from caliban.compiler.input.invocation import Build, Lock, Run  # not for the help

    match asked:
        case Run() | Build() | Lock():
            return asked.verbosity
        case _:
            return "normal"


def _help(asked: Help) -> str:
    from caliban.compiler.frontend.cli.help import render_help

    if not asked.full:
        return render_help(asked.command, full=False, config_keys={})
    from caliban.runtime.config_keys import config_keys

    return render_help(asked.command, full=True, config_keys=config_keys())


def _current_directory(asked: "Invocation") -> str:
    """The project. Raises Rejected where it is gone, or where the engine could not be given its path."""
    from caliban.compiler.input.invocation import Build, Lock, Run  # not for the help

    try:
        folder = os.getcwd()
    except OSError as error:
        from caliban.compiler.os_errors import refusal_to_read

        raise Rejected(problems.no_current_directory(refusal_to_read(error).reason)) from None
    match asked:
        case Build() | Lock() | Run(dry_run=False) if not _is_utf8(os.path.realpath(folder)):
            raise Rejected(problems.directory_not_utf8(folder))
    return folder


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _open_streams() -> None:
    """Opens /dev/null in place of each standard stream that is closed; else the next file would become that stream."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # it gets the lowest number that is free
