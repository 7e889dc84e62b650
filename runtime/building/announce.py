"""Messages about an image: said when one is built, and not again while nothing changes."""

from caliban.compiler.input.project import Project
from caliban.compiler.ir.plan import Plan
from caliban.runtime.say import listing, report, say


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
