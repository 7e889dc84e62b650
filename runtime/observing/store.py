"""The engine's image store, which decides whether data is linked: asked once, and by builds that find no image.

An engine that was given another store does not show the images of the first one.
"""

import sqlite3
from contextlib import suppress

from caliban.compiler.diagnostics import Rejected
from caliban.runtime.session import Session


def observe_store(session: Session, *, may_ask: bool) -> str | None:
    """Return the store as remembered, or as the engine reports it; None if neither is known."""
    address, index = session.engine.address, session.known_index
    try:
        known = index.store(address) if index is not None else None
    except sqlite3.Error:
        return None  # else every run would ask
    if known is None and may_ask:
        with suppress(Rejected):  # no docker: whoever needs it says so, after what is wrong with the project
            known = session.engine.store().result()
        if index is not None and known is not None:
            with suppress(sqlite3.Error):
                index.note_store(address, known)
    return known
