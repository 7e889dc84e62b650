"""Shows a pass at work: the recipe's JSON before and after as a unified diff."""

import difflib
from collections.abc import Iterator

_CONTEXT = 2  # lines around a change


def render_pass(name: str, before: str, after: str) -> Iterator[str]:
    """The lines of the diff, or one that says that nothing changed."""
    if before == after:
        yield f"# {name}: no change"
        return
    yield f"# {name}"
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=_CONTEXT, lineterm="")
    yield from (line for line in lines if not line.startswith(("---", "+++")))
