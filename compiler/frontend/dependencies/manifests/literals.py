"""Values of names in a Python file, as far as they are known without running it."""

import ast
import warnings
from collections.abc import Mapping


def parsed(text: str) -> ast.Module | None:
    """The module, or None where this Python cannot read it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of "\d" in somebody else's code
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # MemoryError: nested too deeply for the parser
        return None


def literals(module: ast.Module) -> Mapping[str, ast.expr]:
    """Names that are bound once, at the top level, and never changed: no `+=`, no `.append`, no `[…] =`."""
    values = {
        statement.targets[0].id: statement.value
        for statement in module.body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }
    bound: dict[str, int] = {}
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                bound[name] = bound.get(name, 0) + 1
            case (
                ast.Attribute(value=ast.Name(id=name))
                | ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del())
            ):
                bound[name] = bound.get(name, 0) + 2
    return {name: value for name, value in values.items() if bound[name] == 1}
