"""The place of a fact that travels as text: 'requirements.txt:3' in, a `Place` out."""

from caliban.compiler.diagnostics import Place


def place_of_source(source: str) -> Place:
    """The file and line; only the file, or the flag, where no line is told."""
    file, _, line = source.rpartition(":")
    return Place(source=file, line=int(line)) if file and line.isdecimal() else Place(source=source)
