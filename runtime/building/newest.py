"""Which image of the project is the newest: asked ahead, or now that the plan says what it is called."""

from caliban.backends.docker.commands import image_tag
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.plan import Plan, Recipe
from caliban.runtime.building.ahead import Ahead
from caliban.runtime.building.naming import base_image
from caliban.runtime.engine import Ids, ask_for_images


def ask_for_newest(plan: Plan, ahead: Ahead | None) -> Ids:
    """Asks for the ids of the project's newest image and of its base; empty where one of them is not there."""
    if not isinstance(plan.image, Recipe):
        return list
    references = (image_tag(plan), base_image(plan.image))
    if ahead is not None and ahead.references == references:
        return ahead.ids
    try:
        return ask_for_images(references)
    except Rejected:  # no docker: whoever needs it says so, after what is wrong with the project
        return list
