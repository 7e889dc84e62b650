"""Hints that several problems give."""

import re

from caliban.compiler.diagnostics import printable


def did_you_mean(similar: str | None) -> str | None:
    """The name that was meant, if one is similar."""
    return None if similar is None else f"did you mean '{printable(similar)}'?"


def correction(text: str) -> str:
    """Return the line that the author probably meant."""
    conda = re.fullmatch(r"([\w.-]+)=([\w.]+)(=[\w.]+)?", text)
    if conda is not None:
        return f"a single = is conda's spelling: write {conda[1]}=={conda[2]}"
    spaced = re.fullmatch(r"([\w.-]+) +(\d[\w.]*)", text)
    if spaced is not None:
        return f"write {spaced[1]}=={spaced[2]}"
    if re.match(r"(pip3?|conda|uv) +(pip +)?install +", text):
        return "write the names of the packages alone, one per line"
    if re.search(r"=[<>!~]|[<>]{2}", text):
        return "compare with one of == >= <= > < != ~="
    return "write NAME, NAME==VERSION or NAME>=VERSION, one requirement per line"
