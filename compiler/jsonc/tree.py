"""The tree of a JSON text, with the position of every key and value; gives plain values and places."""

import re
from collections.abc import Iterable
from typing import TypeAlias, assert_never

from msgspec import Struct

from caliban.compiler.diagnostics import Place

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"

_LONGEST_QUOTE = 160  # characters of a line that a diagnostic shows; a whole config may be one line of 10 MB
_LINE_END = re.compile(r"\r\n?|\n")


class Scalar(Struct, frozen=True, kw_only=True):
    """A string, number, true, false or null."""

    value: str | int | float | bool | None
    at: int  # offset in the text, in characters from 0


class Array(Struct, frozen=True, kw_only=True):
    """`[…]`."""

    items: "tuple[Node, ...]"
    at: int  # of the '['


class Member(Struct, frozen=True, kw_only=True):
    """`"key": value`."""

    key: str
    at: int  # of the key
    value: "Node"


class Object(Struct, frozen=True, kw_only=True):
    """`{…}`, in the order of the text; no key occurs twice."""

    members: tuple[Member, ...]
    at: int  # of the '{'


Node = Scalar | Array | Object


class Document(Struct, frozen=True, kw_only=True):
    """A JSON text that was read: its tree, and the text that the positions in it refer to."""

    root: Node
    text: str
    source: str  # 'experiment.json', 'stdin'

    def place(self, at: int) -> Place:
        """The place of a node or member, for a diagnostic."""
        return place_in(self.text, self.source, at)

    def place_of_value(self, path: Iterable[str | int]) -> Place:
        """The place of the value at a path that is in the document: `('apt_packages', 'cpu', 0)`."""
        return self.place(_step_down(self.root, tuple(path))[1].at)

    def place_of_key(self, path: Iterable[str | int]) -> Place:
        """The place of the last key of such a path; of the value, where the path is empty or ends with an index."""
        return self.place(_step_down(self.root, tuple(path))[0])


def plain(node: Node) -> Plain:
    """The value as `json.loads` would give it."""
    match node:
        case Scalar():
            return node.value
        case Array():
            return [plain(item) for item in node.items]
        case Object():
            return {member.key: plain(member.value) for member in node.members}
        case _ as never:
            assert_never(never)


def place_in(text: str, source: str, at: int) -> Place:
    """The line and column of an offset; with the line itself, unless it is too long to show up to the column."""
    ends = [end.end() for end in _LINE_END.finditer(text, 0, at)]
    start = ends[-1] if ends else 0
    following = _LINE_END.search(text, at)
    line = text[start : following.start() if following else len(text)]
    column = at - start + 1
    if column > _LONGEST_QUOTE:
        shown = None
    elif len(line) > _LONGEST_QUOTE:
        shown = line[:_LONGEST_QUOTE] + "…"
    else:
        shown = line
    return Place(source=source, line=len(ends) + 1, column=column, text=shown)


def _step_down(root: Node, path: tuple[str | int, ...]) -> tuple[int, Node]:
    """Return the position of the last step of the path, and the value at its end."""
    at, node = root.at, root
    for step in path:
        match node, step:
            case Array(items=items), int():
                node = items[step]
                at = node.at
            case Object(members=members), str():
                member = next((member for member in members if member.key == step), None)
                if member is None:
                    raise AssertionError(
                        f"a path leads through a document that it was made for, but {step!r} is not there"
                    )
                at, node = member.at, member.value
            case _:
                raise AssertionError(f"a path leads through a document that it was made for, but {step!r} does not fit")
    return at, node
