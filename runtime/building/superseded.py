"""Which images a project lets go."""

import os
import sqlite3

from caliban.compiler.plan import ExistingImage, Plan
from caliban.runtime.building.workplace import Workplace
from caliban.runtime.execute import answer
from caliban.runtime.problems import state as problems
from caliban.runtime.say import report

KEPT = 3  # images of a project and mode


def let_go(plan: Plan, place: Workplace) -> None:
    """Removes old images: the last three are kept, and none that a container still needs. No run waits for it."""
    if place.state is None or isinstance(plan.image, ExistingImage):
        return
    try:
        for old in place.state.superseded(os.path.realpath(place.root), plan.mode, KEPT):
            outcome = answer(("docker", "image", "rm", old.tag))  # without --force: refused where a container needs it
            if outcome.code == 0 or "No such image" in outcome.stderr:
                place.state.forget_image(old.fingerprint)
    except sqlite3.Error as error:
        report(problems.state_forgotten(place.state.path, str(error)))
