"""Asks the engine what a run needs first, by the names of the last build, before the compiler is loaded."""

from typing import TYPE_CHECKING

from caliban.compiler.input.invocation import Build, Invocation, Run

if TYPE_CHECKING:
    from caliban.runtime.session import Session


def prefetch(invocation: Invocation, session: "Session") -> None:
    """Asks for the project's newest image and for its base, where a build or a run will ask the same.

    Where the engine cannot be asked, nothing is said yet: whoever needs the answer reports it.
    """
    match invocation:
        case Build() | Run(dry_run=False, image_id=None):
            pass
        case _:
            return
    import sqlite3  # the other commands need none of these

    from caliban.compiler.diagnostics import Rejected

    try:
        index = session.known_index
        newest = index.newest(session.root, invocation.build.mode) if index is not None else None
        if newest is not None:
            session.engine.image_ids(newest.name, newest.origin)
    except (sqlite3.Error, Rejected):
        return
