"""What caliban itself says: on stderr, so that stdout has the script's output alone, or what was asked for."""

import re
import sys
from typing import TYPE_CHECKING

from caliban.compiler.diagnostics import Diagnostic, printable, render

if TYPE_CHECKING:
    from caliban.backends.command import Command


def say(text: str) -> None:
    """One line, or several with the first marked as caliban's."""
    _write(without_passwords(f"caliban: {_lines(text)}\n"))


def show(command: "Command") -> None:
    """A command as it is about to be run, to be pasted."""
    _write(f"+ {command.shell()}\n")


def report(diagnostic: Diagnostic) -> None:
    """A problem."""
    _write(without_passwords(render(diagnostic) + "\n"))


def echo(text: str) -> None:
    """Another program's progress, as it comes, but for what would act on a terminal."""
    _write(_lines(text))


def print_text(text: str) -> None:
    """What was asked for, to stdout; what is no UTF-8 in the user's names goes out as it came in."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def listing(names: tuple[str, ...], most: int = 8) -> str:
    """Names for one line."""
    shown = ", ".join(printable(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def without_passwords(text: str) -> str:
    """The text, without user and password in the URLs in it: either may be a secret."""
    return re.sub(r"(?<=://)[^/\s\"']*@", "****@", text)


def _lines(text: str) -> str:
    return "\n".join(printable(line.expandtabs()) for line in text.split("\n"))


def _write(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:  # nobody listens any more; the run matters more than the telling
        pass
