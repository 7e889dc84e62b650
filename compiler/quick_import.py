"""Imports packages without what we have no use for of them: each such part would be a tenth of a start."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def stand_in(name: str, module: ModuleType | None) -> Iterator[None]:
    """While this lasts, whoever imports a module that nobody has imported yet gets this one; None: there is none.

    What the import system makes of it: https://docs.python.org/3/reference/import.html#the-module-cache
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = module  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]


def import_msgspec() -> None:
    """Imports it as if typing_extensions were not installed, which it does not require.

    Another package may have brought that, and its import takes 20 ms; on Python 3.11, `typing` has all that msgspec
    takes from it.
    """
    with stand_in("typing_extensions", None):
        import msgspec  # noqa: F401
