"""From a plan to the id of an image: the one that was built from this very content, or a new one."""

import sqlite3
from functools import cache

from caliban.compiler.diagnostics import ENGINE, Rejected
from caliban.compiler.plan import ExistingImage, Plan
from caliban.compiler.problems import gcloud as gcloud_problems
from caliban.compiler.project import Project
from caliban.runtime.building import content
from caliban.runtime.building.gcloud import without_gcloud
from caliban.runtime.building.goal import goal_of
from caliban.runtime.building.naming import base_image
from caliban.runtime.building.workplace import Workplace
from caliban.runtime.engine import Ids, diagnose, existing_image, image_ids
from caliban.runtime.lending.asked import asked_indexes
from caliban.runtime.problems import engine as engine_problems
from caliban.runtime.say import report
from caliban.runtime.state.index import State


def ensure_image(plan: Plan, project: Project, place: Workplace, newest: Ids) -> str:
    """The id of the plan's image, built if nothing that was built before has its content. Raises Rejected."""
    if isinstance(plan.image, ExistingImage):
        return existing_image(plan.image.reference)
    base = base_image(plan.image)
    known, warning = content.know(place.state, place.root, project.files)
    if warning is not None:
        report(warning)
    newest = cache(newest)  # the answer is waited for where it is first needed
    lesser = without_gcloud(plan)
    indexes = asked_indexes(plan.image, project.requirements_files, place.environment)
    goal = goal_of(plan, known, indexes)
    if not plan.no_cache and plan.tag is None:
        if image := _built_before(place.state, goal.fingerprint, base, newest):
            return image
        without = goal_of(lesser, known, indexes).fingerprint if lesser is not None else None
        if without is not None and (image := _built_before(place.state, without, base, newest)):
            report(gcloud_problems.built_without())
            return image
    namesake = goal.ask_for_namesake()  # while the builder is loaded
    from caliban.runtime.building.make import make_image  # a third of the imports, for who builds

    return make_image(goal, namesake, newest, lesser, project, place)


def _built_before(state: State | None, fingerprint: str, base: str, newest: Ids) -> str | None:
    """The image of this content, if the engine still has it."""
    if state is None:
        return None
    try:
        record = state.image(fingerprint)
    except sqlite3.Error:
        return None
    if record is None:
        return None
    if newest() == [record.image, record.base]:
        return record.image
    ids = image_ids([record.image, base])
    if ids is None:
        raise Rejected(diagnose() or engine_problems.engine_refused("no answer"), exit_code=ENGINE)
    return ids[0] if ids == [record.image, record.base] else None
