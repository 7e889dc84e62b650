"""The identity of an image: the fingerprint of its content, and its base."""

from hashlib import sha256

from caliban.backends.docker.dockerfile import render_dockerfile
from caliban.compiler.input.machine import Machine
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import ExistingImage, Plan, Recipe
from caliban.runtime.building.content import Content


def fingerprint_of(plan: Plan, machine: Machine, content: Content, indexes: str) -> str:
    """Names the content of an image, whose packages come from `indexes`; comments in the Dockerfile are no content.

    Nor are the patterns of what is left out: `content` is of the files that they keep.
    """
    lines = [line for line in render_dockerfile(recipe_of(plan)).splitlines() if not line.startswith("#")]
    users = _users_text(plan.image)  # whole: in a here-document, what looks like a comment may be none
    parts = (
        users,
        *lines,
        f"{machine.uid}:{machine.gid}",
        plan.platform or "",
        indexes,
        content.digest.hex(),
        *(() if plan.epoch is None else (f"no time later than {plan.epoch}",)),
    )
    return sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _users_text(image: Recipe | ExistingImage) -> str:
    if isinstance(image, Recipe) and isinstance(image.base, BaseImage) and image.base.dockerfile is not None:
        return image.base.dockerfile.text
    return ""


def base_image(recipe: Recipe) -> str:
    """The reference of the image that a recipe begins with."""
    assert isinstance(recipe.base, BaseImage), "choose_base did not run"
    return recipe.base.reference if recipe.base.dockerfile is None else recipe.base.origin


def recipe_of(plan: Plan) -> Recipe:
    """The recipe of a plan that is built."""
    assert isinstance(plan.image, Recipe), "nothing is built of an image that is there"
    return plan.image
