"""Lines of a terminal as an SVG that looks the same on a light and a dark page: its background is its own."""

from html import escape

from picture.screen import COLUMNS, Piece

_FONT = 14  # pixels
_WIDTH, _HEIGHT = 8.4, 20  # of a character, in pixels; `textLength` holds each piece to it, whatever the font
_MARGIN = 16
_STYLE = (
    f"text {{ font: {_FONT}px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; "
    "white-space: pre; fill: #c9d1d9 } .command { font-weight: bold; fill: #ffffff } .caliban { fill: #7ee787 }"
)


def svg(lines: list[list[Piece]]) -> str:
    """The picture; bold pieces are what was typed, and the lines of caliban itself have a colour."""
    width, height = round(COLUMNS * _WIDTH + 2 * _MARGIN), len(lines) * _HEIGHT + 2 * _MARGIN
    words = "".join(piece.text for line in lines for piece in [*line, Piece("\n", False)])
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            f"<title>A session of caliban in a terminal</title><desc>{escape(words, quote=False)}</desc>",
            f"<style>{_STYLE}</style>",
            f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" fill="#0d1117" stroke="#6e7681"/>',
            *(text for row, line in enumerate(lines) for text in _texts(line, _MARGIN + row * _HEIGHT + _FONT)),
            "</svg>\n",
        )
    )


def _texts(line: list[Piece], y: int) -> list[str]:
    texts, column = [], 0
    said = "".join(piece.text for piece in line).startswith("caliban: ")
    for piece in line:
        kind = ' class="command"' if piece.bold else ' class="caliban"' if said else ""
        place = f'x="{_MARGIN + column * _WIDTH:.1f}" y="{y}" textLength="{len(piece.text) * _WIDTH:.1f}"'
        texts.append(f'<text {place} xml:space="preserve"{kind}>{escape(piece.text, quote=False)}</text>')
        column += len(piece.text)
    return texts
