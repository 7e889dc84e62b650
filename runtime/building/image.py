"""From a plan to the id of an image: the one that was built from this very content, or a new one."""

import sqlite3

from caliban.backends.docker.build import image_tag
from caliban.compiler.diagnostics import ENGINE, Rejected
from caliban.compiler.input.project import Project
from caliban.compiler.ir.plan import ExistingImage, Plan
from caliban.runtime.building import gcloud_problems
from caliban.runtime.building.announce import announce_build
from caliban.runtime.building.content import index_content
from caliban.runtime.building.gcloud import without_gcloud
from caliban.runtime.building.naming import base_image, recipe_of
from caliban.runtime.building.request import BuildRequest, request_build
from caliban.runtime.building.room import check_room
from caliban.runtime.engine import problems as engine_problems
from caliban.runtime.say import report
from caliban.runtime.session import Session
from caliban.runtime.settings.asked import asked_indexes
from caliban.runtime.settings.lent import wheels_of
from caliban.runtime.state import problems
from caliban.runtime.state.index import Image


def ensure_image(plan: Plan, project: Project, session: Session) -> str:
    """The id of the plan's image, built if nothing that was built before has its content. Raises Rejected."""
    if isinstance(plan.image, ExistingImage):
        return session.engine.image_id(plan.image.reference)
    check_room(project, session)
    content, warning = index_content(session.index, session.root, project.files)
    if warning is not None:
        report(warning)
    plan_without_gcloud = without_gcloud(plan)
    files, installers = project.requirements_files, session.installers
    indexes = asked_indexes(plan.image, files, installers, project.settings.torch_index)
    wheels = wheels_of(plan.image, project, session)
    request = request_build(plan, session.machine, content, indexes, wheels)
    if not plan.no_cache and plan.tag is None:
        if image := _built_before(request, session):
            return image
        if plan_without_gcloud is not None:
            other = request_build(plan_without_gcloud, session.machine, content, indexes, wheels)
            if image := _built_before(other, session):
                report(gcloud_problems.built_without())
                return image
    announce_build(plan, project)
    with session.interrupts.held():
        from caliban.runtime.building.make import make_image  # a third of the imports, for who builds

    return make_image(request, plan_without_gcloud, project, session)


def _built_before(request: BuildRequest, session: Session) -> str | None:
    """The image of this content, if the engine still has it; from now on it is the project's newest."""
    if session.index is None:
        return None
    name, base = image_tag(request.plan), base_image(recipe_of(request.plan))
    try:
        record = session.index.image(request.fingerprint, session.root)
        newest = session.index.newest(session.root, request.plan.mode)
    except sqlite3.Error:
        return None
    if record is None:
        return None
    wanted = [record.image, record.base]
    named = session.engine.image_ids(name, base).result()  # asked ahead
    if named != wanted:
        ids = session.engine.image_ids(record.image, base).result()
        if ids is None:
            raise Rejected(session.engine.diagnose() or engine_problems.engine_refused("no answer"), exit_code=ENGINE)
        if ids != wanted:
            return None
        _name_newest(record, request, named[0] if named is not None else None, session)
    image = Image(request.fingerprint, record.image, record.base, request.tag, base)
    if newest != image:
        _note_newest(image, request.plan, session)
    return record.image


def _name_newest(record: Image, request: BuildRequest, replaced: str | None, session: Session) -> None:
    """Gives the image the project's names; the one that had them goes, if it has no other. Raises Rejected."""
    if record.tag != request.tag:  # another project's
        session.engine.tag_image(record.image, request.tag)
    session.engine.tag_image(record.image, image_tag(request.plan))
    if replaced is not None and replaced != record.image:
        session.engine.remove_nameless_image(replaced)


def _note_newest(image: Image, plan: Plan, session: Session) -> None:
    assert session.index is not None, "what is not known is not taken again"
    try:
        session.index.note_image(session.root, plan.mode, image)
    except sqlite3.Error as error:
        report(problems.state_forgotten(session.index.path, error))
