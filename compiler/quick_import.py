"""Imports msgspec without what it has no use for: where nothing did so before, that is a tenth of a start."""

import sys


def import_msgspec() -> None:
    """Imports it as if typing_extensions were not installed: on Python 3.11, `typing` has all that it takes from there.

    Another package may have brought typing_extensions, whose import takes 20 ms. msgspec does not require it.
    """
    if "msgspec" in sys.modules or "typing_extensions" in sys.modules:
        return
    # What None means there: https://docs.python.org/3/reference/import.html#the-module-cache
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]
    try:
        import msgspec  # noqa: F401
    finally:
        del sys.modules["typing_extensions"]
