"""Messages about an image and its run: said when they are news, and not again while nothing changes."""

import sqlite3

from caliban.compiler.input.project import Project
from caliban.compiler.ir.plan import Plan
from caliban.runtime.say import listing, report, say
from caliban.runtime.session import Session


def announce(plan: Plan, project: Project) -> None:
    """Say the warnings about the project, and what the passes decided otherwise than it says."""
    for warning in project.warnings:
        report(warning)
    for message in plan.messages:
        say(message)


def announce_build(plan: Plan, project: Project) -> None:
    """Say the same before a build, and what is left out of the copies."""
    announce(plan, project)
    if project.left_out:
        say(f"left out of the image: {listing(project.left_out)} (--include brings them back)")
    if project.keys_left_out:
        say(f"left out of the image, and mounted for the run: {listing(project.keys_left_out)}")


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
