"""The image of a plan, no larger than is allowed, and what is said before and done after it is built."""

from caliban.compiler.input.project import Project
from caliban.compiler.ir.plan import Plan
from caliban.runtime.building.image import ensure_image
from caliban.runtime.building.leases import lease_for_days
from caliban.runtime.building.prune import prune_images
from caliban.runtime.building.secrets import check_secrets
from caliban.runtime.building.size import check_forecast, check_size
from caliban.runtime.running.orphans import finish_orphans
from caliban.runtime.say import print_text
from caliban.runtime.session import Session
from caliban.runtime.state.folder import writing_into
from caliban.runtime.state.temporary import remove_leftovers


def build(plan: Plan, project: Project, session: Session) -> int:
    """`caliban build`: builds what changed and prints the id of the image. Raises Rejected."""
    prepare_build(project, session)
    orphans = session.orphans
    image = build_image(plan, project, session)
    lease_for_days(plan, image, session.engine)
    finish_orphans(session.engine, orphans.result(), session.folder)
    print_text(f"{image}\n")
    prune_images(plan, session)
    return 0


def prepare_build(project: Project, session: Session) -> None:
    """Opens caliban's own folder, and checks what the config asks for."""
    _ = session.index
    with writing_into(session.folder):
        remove_leftovers(session.folder)
    check_secrets(project, session.environment)


def build_image(plan: Plan, project: Project, session: Session) -> str:
    """The id of the image. Raises Rejected."""
    check_forecast(plan, session)
    image = ensure_image(plan, project, session)
    check_size(plan, image, session.engine)
    return image
