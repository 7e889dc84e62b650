"""The imports of a Python file that must succeed when it runs: its bytes in, import statements out."""

import _ast  # the nodes themselves; `ast` would cost start-up time and adds nothing that is needed here
import warnings
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_CATCHING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


class Import(NamedTuple):
    """`import a.b` or `from ..a.b import c, d`."""

    level: int  # the dots
    module: str  # 'a.b'
    names: tuple[str, ...]  # ('c', 'd')
    line: int


def required_imports(source: bytes, *, is_entry: bool) -> list[Import]:
    """The imports in a file, in order; none of one that does not parse, because running it will say so.

    Not those that the code can do without: in `try` with `except ImportError`, under `if TYPE_CHECKING`, and, unless
    the file is what runs, under `if __name__ == "__main__"`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the code's own: "\\d" in a text
            tree = compile(source, "<source>", "exec", _ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    imports = [found for statement in _statements(tree, is_entry) for found in _imports(statement)]
    return sorted(imports, key=lambda found: found.line)


def _statements(tree: _ast.AST, is_entry: bool) -> Iterator[_ast.AST]:
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        for field in _BODIES:
            if field not in _optional(node, is_entry):
                children = getattr(node, field, ())
                pending += children if isinstance(children, list) else ()


def _optional(node: _ast.AST, is_entry: bool) -> Sequence[str]:
    """The parts of a statement whose imports may fail, or are not run."""
    if isinstance(node, _ast.Try | _ast.TryStar) and any(_catches(handler.type) for handler in node.handlers):
        return ("body", "handlers")
    if isinstance(node, _ast.If) and (_is_type_checking(node.test) or (not is_entry and _asks_for_main(node.test))):
        return ("body",)
    return ()


def _catches(caught: _ast.expr | None) -> bool:
    """Whether an import that fails ends in this handler."""
    if isinstance(caught, _ast.Tuple):
        return any(_catches(element) for element in caught.elts)
    return caught is None or (isinstance(caught, _ast.Name) and caught.id in _CATCHING)


def _is_type_checking(test: _ast.expr) -> bool:
    name = test.attr if isinstance(test, _ast.Attribute) else test.id if isinstance(test, _ast.Name) else None
    return name == "TYPE_CHECKING"


def _asks_for_main(test: _ast.expr) -> bool:
    return isinstance(test, _ast.Compare) and isinstance(test.left, _ast.Name) and test.left.id == "__name__"


def _imports(node: _ast.AST) -> Iterator[Import]:
    if isinstance(node, _ast.Import):
        yield from (Import(0, alias.name, (), node.lineno) for alias in node.names)
    elif isinstance(node, _ast.ImportFrom):
        yield Import(node.level, node.module or "", tuple(alias.name for alias in node.names), node.lineno)
