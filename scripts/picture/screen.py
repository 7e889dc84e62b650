"""A small terminal emulator: what programs wrote to a terminal in, the lines that it shows out."""

import re
from itertools import groupby
from typing import NamedTuple

COLUMNS = 100
_TOKEN = re.compile(r"\x1b\[(?P<numbers>[\d;?]*)(?P<final>[A-Za-z])|(?P<control>[\r\n])|(?P<text>[^\x1b\r\n]+)")


class Piece(NamedTuple):
    """Characters of one style."""

    text: str
    bold: bool


def screen(written: str) -> list[list[Piece]]:
    """The lines on the terminal at the end, without empty ones below them.

    Raises ValueError for an unknown sequence, because the picture would be wrong.

    >>> screen("one\\r\\ntwo\\x1b[1A\\r\\x1b[2K\\x1b[1mthree\\x1b[m")
    [[Piece(text='three', bold=True)], [Piece(text='two', bold=False)]]
    """
    lines: list[list[tuple[str, bool]]] = [[]]
    row = column = 0
    bold = False
    end = 0
    for token in _TOKEN.finditer(written):
        if token.start() != end:
            raise ValueError(f"unknown sequence: {written[end : token.start()]!r}")
        end = token.end()
        if (text := token["text"]) is not None:
            for char in text:
                if column == COLUMNS:
                    row, column = row + 1, 0
                    _reach(lines, row)
                line = lines[row]
                line += [(" ", False)] * (column - len(line))
                line[column : column + 1] = [(char, bold)]
                column += 1
        elif token["control"] == "\r":
            column = 0
        elif token["control"] == "\n":
            row += 1
            _reach(lines, row)
        else:
            match token["final"], token["numbers"]:
                case "A", count:
                    row = max(0, row - int(count or 1))
                case "K", "2":
                    lines[row] = []
                case "m", style:
                    bold = style == "1"
                case "h" | "l", _:  # modes: the cursor is shown or hidden
                    pass
                case final, numbers:
                    raise ValueError(f"unknown sequence: CSI {numbers}{final}")
    if end != len(written):
        raise ValueError(f"unknown sequence: {written[end:]!r}")
    while lines and not lines[-1]:
        lines.pop()
    return [_pieces(line) for line in lines]


def _reach(lines: list[list[tuple[str, bool]]], row: int) -> None:
    lines += [[] for _ in range(row + 1 - len(lines))]


def _pieces(line: list[tuple[str, bool]]) -> list[Piece]:
    styles = groupby(line, key=lambda cell: cell[1])
    return [Piece("".join(char for char, _ in cells), bold) for bold, cells in styles]
