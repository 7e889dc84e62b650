"""The text of a Dockerfile into its instructions, by dockerfile-parse and with the places of them."""

import io
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dockerfile import problems

# https://docs.docker.com/reference/dockerfile/#overview
WORDS = (
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
    "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
)  # fmt: skip
_DIRECTIVE = re.compile(r"#\s*([A-Za-z][\w-]*)\s*=\s*(.+?)\s*")
_HERE_DOCUMENT = re.compile(r"""(?:^|\s)\d*<<(-?)\s*(["']?)([A-Za-z_][\w.-]*)\2(?=\s|$)""")
_WITH_DOCUMENTS = ("ADD", "COPY", "RUN", "ONBUILD")


class Instruction(NamedTuple):
    """One of them, its lines joined."""

    word: str  # 'FROM'
    value: str  # 'python:3.11 AS base'
    first: int  # line, from 0
    last: int


def instructions(text: str, path: str) -> tuple[Instruction, ...]:
    """All of them but comments. Raises Rejected where the builder would refuse the text, or read it otherwise."""
    from dockerfile_parse import DockerfileParser  # 15 ms

    lines = text.split("\n")
    plain = "\n".join(_without_documents(lines, path)) + "\n"
    parser = DockerfileParser(fileobj=io.BytesIO(plain.encode()), env_replace=False)
    found = tuple(
        Instruction(item["instruction"], item["value"], item["startline"], item["endline"])
        for item in parser.structure
        if item["instruction"] != "COMMENT"
    )
    if wrong := [
        problems.unknown_instruction(_place(path, lines, each.first), each.word, WORDS)
        for each in found
        if each.word not in WORDS
    ]:
        raise Rejected(*wrong)
    first = next((each for each in found if each.word != "ARG"), None)
    if first is None or first.word != "FROM":
        raise Rejected(problems.no_from(Place(source=path) if first is None else _place(path, lines, first.first)))
    return found


def directives(text: str) -> dict[str, str]:
    """The parser directives: comments of a form of their own before anything else."""
    found: dict[str, str] = {}
    for line in text.split("\n"):
        match = _DIRECTIVE.fullmatch(line)
        if match is None:
            break
        found[match[1].lower()] = match[2]
    return found


def _without_documents(lines: Sequence[str], path: str) -> Iterator[str]:
    """The lines with a comment for each of a here-document and each empty one within an instruction.

    dockerfile-parse would take the former for instructions, and end an instruction at the latter.
    """
    document: list[tuple[str, bool]] = []  # the words that end those that are open, and whether tabs go before them
    logical, start = "", 0
    for number, line in enumerate(lines):
        if document:
            word, indented = document[0]
            if (line.lstrip("\t") if indented else line) == word:
                document.pop(0)
            yield "#"
            continue
        if line.lstrip().startswith("#") or (logical and not line.strip()):
            yield "#"
            continue
        yield line
        start = start if logical else number
        logical += line.rstrip().removesuffix("\\") + " "
        if not line.rstrip().endswith("\\"):
            if logical.split(maxsplit=1)[:1] and logical.split(maxsplit=1)[0].upper() in _WITH_DOCUMENTS:
                document = [(match[3], bool(match[1])) for match in _HERE_DOCUMENT.finditer(logical)]
            logical = ""
    if document:
        raise Rejected(problems.open_document(_place(path, lines, start), document[0][0]))
    if logical:  # the first of ours would be a part of it
        raise Rejected(problems.open_instruction(_place(path, lines, start)))


def _place(path: str, lines: Sequence[str], number: int) -> Place:
    return Place(source=path, line=number + 1, text=lines[number])
