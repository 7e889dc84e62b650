"""Caliban's own messages on stderr: stdout has the script's output, or the requested answer, alone."""

import re
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from caliban.compiler.diagnostics import Diagnostic, Rejected, printable, render
from caliban.runtime import problems

if TYPE_CHECKING:
    from caliban.backends.command import Command
    from caliban.compiler.input.invocation import Verbosity


class _Voice:
    """The verbosity, and the drawer of a region of the terminal: state of the process, as its stderr is."""

    verbosity: "Verbosity" = "normal"
    redraw: Callable[[Callable[[], None]], None] | None = None  # takes the region away while something is said


def set_verbosity(verbosity: "Verbosity") -> None:
    """From now on, so much is said: `-v`, `-q`."""
    _Voice.verbosity = verbosity


def verbosity() -> "Verbosity":
    """Return the verbosity."""
    return _Voice.verbosity


def stay_above(redraw: Callable[[Callable[[], None]], None] | None) -> None:
    """From now on, what is said stands above a region of the terminal, if any: `redraw` calls what writes it."""
    _Voice.redraw = redraw


def say(text: str, *, also_quiet: bool = False) -> None:
    """One line, or several with the first marked as caliban's; with `-q`, only what belongs to an error."""
    if _Voice.verbosity != "quiet" or also_quiet:
        _write(without_passwords(f"caliban: {_lines(text)}\n"))


def show(command: "Command") -> None:
    """With `-v`, a command as it is about to be run, to be pasted."""
    if _Voice.verbosity == "verbose":
        _write(f"+ {command.shell()}\n")


def show_words(words: Sequence[str]) -> None:
    """With `-v`, a command that is about to be run, on one line and without the secrets in it."""
    if _Voice.verbosity == "verbose":
        from caliban.compiler.words.secret_words import masked_line

        _write(without_passwords(f"+ {masked_line(words)}\n"))


def report(diagnostic: Diagnostic) -> None:
    """A problem; with `-q`, no warning."""
    if _Voice.verbosity != "quiet" or diagnostic.severity == "error":
        _write(without_passwords(render(diagnostic) + "\n"))


def echo(line: str) -> None:
    """A line of another program's progress, without its end, but for what would act on a terminal."""
    _write(f"{_lines(line)}\n")


def print_text(text: str) -> None:
    """Print requested output to stdout; names that are no UTF-8 go out unchanged.

    Raises Rejected where stdout cannot be written, and BrokenPipeError where its reader went away.
    """
    if sys.stdout is None:  # closed before caliban was started
        raise Rejected(problems.stdout_unusable("it is closed"))
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        from caliban.compiler.os_errors import refusal_to_write

        raise Rejected(problems.stdout_unusable(refusal_to_write(error).reason)) from None


def listing(names: tuple[str, ...], most: int = 8) -> str:
    """Names for one line."""
    shown = ", ".join(printable(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def without_passwords(text: str) -> str:
    """The text, with users, passwords, values of queries and tokens of paths in its URLs masked."""
    if "://" not in text:
        return text
    from caliban.compiler.words.secret_urls import masked_urls  # most of what is said names no URL

    return masked_urls(text)


def plain_words(text: str) -> str:
    """Return another program's words without colours, other controls of a terminal, and secrets in URLs.

    The sequences of ECMA-48: those that begin with CSI, and those of OSC, as links are, to their end.
    """
    if "\x1b" in text:
        text = re.sub(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])", "", text)
    return without_passwords(text)


def _lines(text: str) -> str:
    return "\n".join(printable(line.expandtabs()) for line in text.split("\n"))


def _write(text: str) -> None:
    if sys.stderr is None:  # closed before caliban was started
        return
    if _Voice.redraw is not None:
        _Voice.redraw(lambda: _put(text))
    else:
        _put(text)


def _put(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:  # nobody listens any more; the run matters more than the telling
        pass
