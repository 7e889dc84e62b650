"""The facts that caliban ships in `compiler/data`: the name of a table in, its content out."""

import json
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "data"


@cache
def table(name: str) -> Any:
    """The content of `data/NAME.json`, read when it is first asked for: most projects need no table but 'pythons'."""
    return json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
