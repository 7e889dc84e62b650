"""How much caliban says of itself."""

import secrets
import sys
from collections.abc import Callable, Iterator

import pytest

from caliban.compiler.diagnostics import Diagnostic
from caliban.compiler.input.invocation import Verbosity
from caliban.runtime.say import report, say, set_verbosity, show_words, stay_above


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    set_verbosity("normal")
    stay_above(None)


def said(verbosity: Verbosity, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The first words of what is said of each kind."""
    set_verbosity(verbosity)
    say("note")
    say("failed", also_quiet=True)
    report(Diagnostic(code="a", message="warn", severity="warning"))
    report(Diagnostic(code="b", message="err"))
    show_words(("docker", "ps"))
    captured = capsys.readouterr()
    assert captured.out == ""
    return [line.split()[-1] for line in captured.err.splitlines()]


def test_quiet_leaves_errors_and_verbose_adds_command_lines(capsys: pytest.CaptureFixture[str]) -> None:
    levels: tuple[Verbosity, ...] = ("quiet", "normal", "verbose")
    assert [said(verbosity, capsys) for verbosity in levels] == [
        ["failed", "err"],
        ["note", "failed", "warn", "err"],
        ["note", "failed", "warn", "err", "ps"],
    ]


def test_a_command_line_that_is_shown_has_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    secret = secrets.token_hex()
    set_verbosity("verbose")
    show_words(("docker", "run", "-e", f"API_TOKEN={secret}", f"https://me:{secret}@h.example", "--help"))
    shown = capsys.readouterr().err
    assert (secret in shown, shown.startswith("+ docker run -e API_TOKEN=")) == (False, True)


def test_what_is_said_meanwhile_is_written_by_the_region(capsys: pytest.CaptureFixture[str]) -> None:
    def redraw(write: Callable[[], None]) -> None:
        sys.stderr.write("hidden ")
        write()
        sys.stderr.write("drawn ")

    stay_above(redraw)
    say("note")
    stay_above(None)
    say("after")
    assert capsys.readouterr().err == "hidden caliban: note\ndrawn caliban: after\n"
