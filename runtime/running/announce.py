"""Messages about a run: said when they are news, and not again while nothing changes."""

import sqlite3

from caliban.compiler.ir.plan import Plan
from caliban.runtime.say import say
from caliban.runtime.session import Session


def announce_run(plan: Plan, session: Session) -> None:
    """Say the notes on a run that differ from those on the project's run before it."""
    try:
        before = session.index.notes(session.root) if session.index is not None else ""
        notes = "\n".join(plan.notes)
        if session.index is not None and notes != before:
            session.index.remember_notes(session.root, notes)
    except sqlite3.Error:
        before = ""
    for note in plan.notes:
        if note not in before.splitlines():
            say(note)
