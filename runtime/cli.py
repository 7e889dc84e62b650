"""The `caliban` command: parse, answer, or hand over to whoever does what was asked; the one edge for errors."""

import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.parse import parse
from caliban.compiler.questions import Help, Version
from caliban.runtime.interrupts import Interrupted, Interrupts
from caliban.runtime.say import print_text, report


def start() -> NoReturn:
    """The program: what it said is written, and it ends at once, without taking hundreds of modules apart (25 ms)."""
    code = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        sys.exit(code)  # Python says why, and that it matters
    os._exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; its exit code (SPEC §7)."""
    interrupts = Interrupts()
    gc.disable()  # 100,000 facts that all stay: nothing to collect until the plan is made
    try:
        return _run(sys.argv[1:] if argv is None else argv, interrupts)
    except Rejected as rejected:
        for diagnostic in rejected.diagnostics:
            report(diagnostic)
        return rejected.exit_code
    except Interrupted:
        return interrupts.exit_code
    except BrokenPipeError:  # `caliban expansion … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0


def _run(argv: Sequence[str], interrupts: Interrupts) -> int:
    asked = parse(argv)
    match asked:
        case Version():
            from caliban import __version__

            print_text(f"caliban {__version__}\n")
        case Help():
            print_text(_help(asked))
        case _:
            from caliban.runtime.building.ahead import ask_ahead

            ahead = ask_ahead(asked, os.environ)
            from caliban.runtime.carry_out import carry_out  # with the compiler, of which the help has no need

            return carry_out(asked, interrupts, ahead)
    return 0


def _help(asked: Help) -> str:
    from caliban.compiler.frontend.help import spell_help

    if not asked.full:
        return spell_help(asked.command, full=False, config_keys={})
    from caliban.runtime.config_keys import config_keys

    return spell_help(asked.command, full=True, config_keys=config_keys())
