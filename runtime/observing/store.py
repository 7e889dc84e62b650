"""Where the engine keeps images, which decides whether data is linked: asked once, and by builds that find no image.

An engine that was given another store does not show the images of the first one.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import suppress

from caliban.compiler.diagnostics import Rejected
from caliban.runtime.engine import ask_for_store
from caliban.runtime.state.folder import existing_folder
from caliban.runtime.state.index import State


def observe_store(environment: Mapping[str, str], *, may_ask: bool) -> str | None:
    """What is remembered of the engine, or what it says; None where nobody knows."""
    folder, engine = existing_folder(environment), engine_address(environment)
    try:
        state = State(folder) if folder is not None else None
        known = state.store(engine) if state is not None else None
    except (sqlite3.Error, OSError):
        return None  # else every run would ask
    if known is None and may_ask:
        with suppress(Rejected):  # no docker: whoever needs it says so, after what is wrong with the project
            known = ask_for_store()()
        if state is not None and known is not None:
            with suppress(sqlite3.Error):
                state.note_store(engine, known)
    return known


def engine_address(environment: Mapping[str, str]) -> str:
    """What tells an engine from the user's others; after `docker context use`, the next build asks the new one."""
    return environment.get("DOCKER_HOST") or environment.get("DOCKER_CONTEXT") or ""
