"""Reads one member of an experiment config, `"lr": [0.1, 0.2]`, into the axis along which the runs differ."""

from collections.abc import Iterator
from typing import assert_never

from caliban.compiler.diagnostics import Diagnostic
from caliban.compiler.experiments import problems
from caliban.compiler.jsonc.tree import Array, Document, Member, Node, Object, Scalar

FlagValue = str | int | float | bool
Experiment = tuple[tuple[str, FlagValue], ...]  # (('lr', 0.1), ('big', True)): in the order of the file
Axis = tuple[Experiment, ...]  # what each choice sets: ((('a', 1), ('b', 2)), (('a', 3), ('b', 4))) for a key '[a,b]'


def read_axis(member: Member) -> Axis:
    """The axis of a member in which `axis_problems` finds nothing."""
    names = flag_names(member.key)
    node = member.value
    if not isinstance(node, Array):
        rows: tuple[tuple[Node, ...], ...] = ((node,),)
    elif not _is_compound(member.key):
        rows = tuple((item,) for item in node.items)
    else:
        rows = tuple(row.items for row in _rows(node) if isinstance(row, Array))
    return tuple(tuple(zip(names, map(_value, row), strict=True)) for row in rows)


def flag_names(key: str) -> tuple[str, ...]:
    """The flags that a key sets: `a` for `a`, `a` and `b` for `[a, b]`."""
    return tuple(name.strip() for name in key[1:-1].split(",")) if _is_compound(key) else (key,)


def axis_problems(member: Member, document: Document) -> Iterator[Diagnostic]:
    """Everything that is wrong with one key and its values."""
    yield from _name_problems(member, document)
    node = member.value
    if isinstance(node, Array) and not node.items:
        yield problems.no_values(document.place(node.at), member.key)
    elif _is_compound(member.key):
        yield from _row_problems(member, document)
    elif isinstance(node, Array):
        for item in node.items:
            yield from _value_problems(item, member.key, document)
    else:
        yield from _value_problems(node, member.key, document)


def _name_problems(member: Member, document: Document) -> Iterator[Diagnostic]:
    names = flag_names(member.key)
    for index, name in enumerate(names):
        odd = next((char for char in name if char in "[], =" or not char.isprintable()), None)
        if not name:
            yield problems.empty_name(document.place(member.at), member.key)
        elif odd is not None:
            yield problems.bad_name(document.place(member.at), name, odd)
        elif name.startswith("-"):
            yield problems.dashed_name(document.place(member.at), name)
        elif name in names[:index]:
            yield problems.name_repeated(document.place(member.at), member.key, name)


def _row_problems(member: Member, document: Document) -> Iterator[Diagnostic]:
    arity = len(flag_names(member.key))
    if not isinstance(member.value, Array):
        yield problems.expected_row(document.place(member.value.at), member.key, arity)
        return
    for row in _rows(member.value):
        if not isinstance(row, Array):
            yield problems.expected_row(document.place(row.at), member.key, arity)
            continue
        if len(row.items) != arity:
            yield problems.wrong_arity(document.place(row.at), member.key, arity=arity, found=len(row.items))
        for item in row.items:
            yield from _value_problems(item, member.key, document)


def _value_problems(node: Node, key: str, document: Document) -> Iterator[Diagnostic]:
    match node:
        case Scalar(value=None):
            yield problems.null_value(document.place(node.at), key)
        case Scalar(value=str(text)) if "\0" in text:
            yield problems.nul_value(document.place(node.at), key)
        case Scalar():
            return
        case Array():
            yield problems.list_value(document.place(node.at), key)
        case Object():
            yield problems.object_value(document.place(node.at), key)
        case _ as never:
            assert_never(never)


def _is_compound(key: str) -> bool:
    return key.startswith("[") and key.endswith("]")


def _rows(node: Array) -> tuple[Node, ...]:
    """The rows of a compound key: `[1, 2]` is one, `[[1, 2], [3, 4]]` are two."""
    return node.items if any(isinstance(item, Array) for item in node.items) else (node,)


def _value(node: Node) -> FlagValue:
    if not isinstance(node, Scalar) or node.value is None:
        raise AssertionError("an axis is read only when its values have no problems")
    return node.value
