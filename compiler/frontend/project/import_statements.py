"""The imports of a Python file: its bytes in, import statements out."""

import _ast  # the nodes themselves; `ast` would cost start-up time and adds nothing that is needed here
import warnings
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_CATCHING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")
_MACHINE = {"version_info", "platform", "system", "name", "machine", "hexversion"}  # sys.platform, os.name


class Import(NamedTuple):
    """`import a.b` or `from ..a.b import c, d`."""

    level: int  # the dots
    module: str  # 'a.b'
    names: tuple[str, ...]  # ('c', 'd')
    line: int
    optional: bool = False  # the code can do without
    late: bool = False  # in a function, which need not be called


def imports_in(source: bytes, *, is_entry: bool) -> list[Import]:
    """The imports in a file, in order; none of one that does not parse, because running it will say so.

    The code can do without those in `try` with `except ImportError` and in `with suppress(ImportError)`, under
    `if TYPE_CHECKING` and questions for the Python or the system that runs, and, unless the file is what runs, under
    `if __name__ == "__main__"`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the code's own: "\\d" in a text
            tree = compile(source, "<source>", "exec", _ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return sorted(_imports(tree, is_entry), key=lambda found: found.line)


def _imports(tree: _ast.AST, is_entry: bool) -> Iterator[Import]:
    pending = [(tree, False, False)]
    while pending:
        node, optional, late = pending.pop()
        if isinstance(node, _ast.Import):
            yield from (Import(0, alias.name, (), node.lineno, optional, late) for alias in node.names)
        elif isinstance(node, _ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield Import(node.level, node.module or "", names, node.lineno, optional, late)
        late = late or isinstance(node, _ast.FunctionDef | _ast.AsyncFunctionDef)
        without = _optional(node, is_entry)
        for field in _BODIES:
            children = getattr(node, field, ())
            if isinstance(children, list):
                pending += [(child, optional or field in without, late) for child in children]


def _optional(node: _ast.AST, is_entry: bool) -> Sequence[str]:
    """The parts of a statement whose imports may fail, or are not run."""
    if isinstance(node, _ast.Try | _ast.TryStar) and any(_catches(handler.type) for handler in node.handlers):
        return ("body", "handlers")
    if isinstance(node, _ast.With) and any(_suppresses(item.context_expr) for item in node.items):
        return ("body",)
    if isinstance(node, _ast.If) and (_is_type_checking(node.test) or (not is_entry and _asks_for_main(node.test))):
        return ("body",)
    if isinstance(node, _ast.If) and _asks_for_machine(node.test):
        return ("body", "orelse")
    return ()


def _catches(caught: _ast.expr | None) -> bool:
    """Return whether a handler catches a failed import."""
    if isinstance(caught, _ast.Tuple):
        return any(_catches(element) for element in caught.elts)
    return caught is None or (isinstance(caught, _ast.Name) and caught.id in _CATCHING)


def _suppresses(context: _ast.expr) -> bool:
    """Return whether a context manager is `suppress(ImportError)`."""
    return isinstance(context, _ast.Call) and _last(context.func) == "suppress" and any(map(_catches, context.args))


def _is_type_checking(test: _ast.expr) -> bool:
    return _last(test) == "TYPE_CHECKING"


def _asks_for_main(test: _ast.expr) -> bool:
    return isinstance(test, _ast.Compare) and isinstance(test.left, _ast.Name) and test.left.id == "__name__"


def _asks_for_machine(test: _ast.expr) -> bool:
    """Return whether a test is like `sys.version_info < (3, 11)` or `platform.system() == "Darwin"`."""
    asked = test.left if isinstance(test, _ast.Compare) else test
    while isinstance(asked, _ast.Call | _ast.Subscript | _ast.Attribute):
        if isinstance(asked, _ast.Attribute) and isinstance(asked.value, _ast.Name):
            return asked.value.id in ("sys", "os", "platform") and asked.attr in _MACHINE
        asked = asked.func if isinstance(asked, _ast.Call) else asked.value
    return False


def _last(name: _ast.expr) -> str | None:
    """'b' of `a.b`, 'a' of `a`."""
    return name.attr if isinstance(name, _ast.Attribute) else name.id if isinstance(name, _ast.Name) else None
