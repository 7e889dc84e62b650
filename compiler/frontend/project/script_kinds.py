"""Guesses the kind of a file without a shebang from its first bytes: bash would run anything, line by line.

>>> kind_of("go", b"cd data && ls")
'shell'
>>> kind_of("train", b"import torch\\n\\nprint(torch.__version__)\\n")
'python'
>>> kind_of("sweep.json", b'{"lr": [0.1')
'json'
>>> kind_of("config.yaml", b"lr: 0.1")
'settings'
>>> kind_of("go", b"[ -e data ] || exit 1")
'shell'
>>> [kind_of("x", head) for head in (b"PK\\3\\4", b"\\x7fELF", b"NUMPY\\0", b"", b"{ echo; }", b"exit", b"A=1")]
['zipapp', 'program', 'binary', 'shell', 'shell', 'shell', 'shell']
>>> kind_of("train", b"import torch\\n" + 2000 * b"x = 1\\n" + b"f(")
'python'
"""

import re
from typing import Literal

HEAD = 8192  # bytes of a file that are enough
Kind = Literal["shell", "zipapp", "program", "binary", "json", "settings", "python"]
_NO_SCRIPTS = (".yaml", ".yml", ".toml", ".ini", ".cfg", ".csv", ".md", ".lock")


def kind_of(path: str, head: bytes) -> Kind:
    """The kind of file; `head` is how it begins, up to `HEAD` bytes."""
    if head.startswith(b"PK\x03\x04"):
        return "zipapp"  # https://docs.python.org/3/library/zipapp.html: Python runs an archive with a __main__.py
    if head.startswith(b"\x7fELF"):
        return "program"
    if b"\0" in head:
        return "binary"
    text = head.decode("utf-8-sig", "replace")
    if path.endswith(".json") or re.match(r"\s*(\{\s*(\"|\}\s*$)|\[\s*[{\]])", text):
        return "json"
    if path.endswith(_NO_SCRIPTS):
        return "settings"
    return "python" if not path.endswith((".sh", ".bash")) and _is_python(text) else "shell"


def _is_python(text: str) -> bool:
    """Return whether a text can only be Python: it parses, and imports, defines or calls something."""
    import ast  # who starts a script without a shebang pays for it
    import warnings

    lines = text.splitlines()
    ends = range(len(lines), max(0, len(lines) - 50), -1) if len(text) >= HEAD // 4 else (len(lines),)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for end in ends:  # the head may end within a statement
            try:
                tree = ast.parse("\n".join(lines[:end]))
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
            return any(
                isinstance(node, kinds) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
                for node in tree.body
            )
    return False
