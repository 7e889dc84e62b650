"""Prunes superseded images of a project."""

import sqlite3

from caliban.compiler.ir.plan import ExistingImage, Plan
from caliban.runtime.say import report
from caliban.runtime.session import Session
from caliban.runtime.state import problems

KEPT = 3  # images of a project and mode


def prune_images(plan: Plan, session: Session) -> None:
    """Removes all but the last images, and none that a container still needs. No run waits for it."""
    index = session.index
    if index is None or isinstance(plan.image, ExistingImage):
        return
    try:
        for old in index.superseded(session.root, plan.mode, KEPT):
            if index.has_another(session.root, old.tag) or session.engine.remove_image(old.tag):
                index.forget_image(session.root, plan.mode, old)
    except sqlite3.Error as error:
        report(problems.state_forgotten(index.path, error))
