"""Handles an unavailable image of gcloud: recognises the failure, and makes the plan without gcloud."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.facts.images import mirrored
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Plan, Recipe
from caliban.compiler.ir.steps.gcloud import InstallGcloud
from caliban.runtime.building import gcloud_problems as problems

if TYPE_CHECKING:
    from caliban.runtime.building.failure import Failure


class NoGcloud(Rejected):
    """The build failed of this alone."""


def without_gcloud(plan: Plan) -> Plan | None:
    """The plan without it; None where there is no gcloud in it, or the config demands it."""
    assert isinstance(plan.image, Recipe), "nothing is built of an image that is there"
    steps = tuple(step for step in plan.image.steps if not isinstance(step, InstallGcloud) or step.required)
    return replace(plan, image=replace(plan.image, steps=steps)) if steps != plan.image.steps else None


def gcloud_missing(failure: "Failure", recipe: Recipe) -> Diagnostic | None:
    """The problem, if the build failed because gcloud's image cannot be had."""
    from caliban.runtime.building.failure import image_not_had

    assert isinstance(recipe.base, BaseImage), "choose_base did not run"
    images = [mirrored(step.image, recipe.base.mirror) for step in recipe.steps if isinstance(step, InstallGcloud)]
    reasons = {image: image_not_had(failure, image) for image in images}
    return next((problems.missing(image, reason) for image, reason in reasons.items() if reason), None)
