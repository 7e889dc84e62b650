"""The facts that caliban ships in `compiler/facts/data`: the name of a table in, its content out."""

import json
import os
from functools import cache
from typing import Any

_FOLDER = os.path.join(os.path.dirname(__file__), "data")


@cache
def table(name: str) -> Any:
    """The content of `data/NAME.json`, read when it is first asked for: most projects need no table but 'pythons'."""
    with open(os.path.join(_FOLDER, f"{name}.json"), encoding="utf-8") as file:
        return json.load(file)
