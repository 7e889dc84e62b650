"""The picture of a session: it draws the lines of a terminal, and shows commands that caliban accepts."""

import shlex
from pathlib import Path
from xml.etree import ElementTree

import pytest
from picture.screen import COLUMNS, Piece, screen
from picture.svg import svg

from caliban.compiler.frontend.cli.parse import parse

PICTURE = Path(__file__).parents[2] / "docs" / "session.svg"
SVG = "{http://www.w3.org/2000/svg}"


def plain(*lines: str) -> list[list[Piece]]:
    return [[Piece(line, False)] if line else [] for line in lines]


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("one\r\ntwo\r\n", plain("one", "two")),
        ("12345\r67", plain("67345")),
        ("one\r\ntwo\x1b[1A\r\x1b[2Kthree", plain("three", "two")),
        ("step\r\nstep\r\x1b[2K\x1b[1A\x1b[2Kdone\r\n", plain("done")),
        ("\x1b[?25lone\x1b[?25h", plain("one")),
        ("x" * (COLUMNS + 1), plain("x" * COLUMNS, "x")),
        ("\x1b[1m$\x1b[m one", [[Piece("$", True), Piece(" one", False)]]),
    ],
)
def test_the_lines_are_those_that_a_terminal_shows(written: str, lines: list[list[Piece]]) -> None:
    assert screen(written) == lines


@pytest.mark.parametrize("written", ["\x1b[5n", "one\x1b", "\x1b]0;title\x07"])
def test_an_unknown_sequence_is_an_error(written: str) -> None:
    with pytest.raises(ValueError, match="unknown sequence"):
        screen(written)


def test_the_svg_holds_each_character_as_it_is() -> None:
    drawn = ElementTree.fromstring(svg(plain("a < b && 'c'", "", "  d")))  # noqa: S314  # made here

    assert [text.text for text in drawn.iter(f"{SVG}text")] == ["a < b && 'c'", "  d"]


def test_the_picture_shows_commands_that_caliban_accepts() -> None:
    drawn = ElementTree.parse(PICTURE)  # noqa: S314  # ours
    typed = [text.text or "" for text in drawn.iter(f"{SVG}text") if text.get("class") == "command"]
    commands = [shlex.split(line)[2:] for line in typed if line.startswith("$ caliban ")]

    assert len(commands) > 1
    assert all(parse(words[: words.index(">")] if ">" in words else words) for words in commands)
