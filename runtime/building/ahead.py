"""The first question of a run to the engine: asked by what the last build was called, before the compiler is loaded."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.invocation import Build, Invocation, Run

if TYPE_CHECKING:
    from caliban.runtime.engine import Ids


class Ahead(NamedTuple):
    """A question that is under way."""

    references: tuple[str, str]  # of a project's newest image, and of its base
    ids: "Ids"


def ask_ahead(invocation: Invocation, environment: Mapping[str, str]) -> Ahead | None:
    """Asks for the project's newest image, and for its base.

    None where nothing is built or run, where nobody built anything yet, or where the engine cannot be asked: then it is
    asked when the plan is known, and whoever needs the answer says what is wrong.
    """
    match invocation:
        case Build() | Run(dry_run=False, image_id=None):
            pass
        case _:
            return None
    import sqlite3  # the others need none of these

    from caliban.runtime.engine import ask_for_images
    from caliban.runtime.state.folder import existing_folder
    from caliban.runtime.state.index import State

    folder = existing_folder(environment)
    try:
        root = os.path.realpath(os.getcwd())
        newest = State(folder).newest(root, invocation.build.mode) if folder is not None else None
        if newest is None:
            return None
        references = (newest.name, newest.origin)
        return Ahead(references, ask_for_images(references))
    except (sqlite3.Error, OSError, Rejected):
        return None
