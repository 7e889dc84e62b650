"""The promises of the IR, checked after every pass: a recipe that breaks one is a bug of ours, not of the user."""

from caliban.compiler.bases import BaseImage, BaseNeed
from caliban.compiler.plan import Recipe
from caliban.compiler.steps import CopyFolder


def verify(recipe: Recipe, *, after: str, secrets: frozenset[str] = frozenset(), based: bool = False) -> None:
    """Raises AssertionError naming the pass and the broken promise.

    `secrets` are the project's paths that no step may read; `based` says that a base must have been chosen.
    """
    _order(recipe, after)
    _claims(recipe, after)
    for step in recipe.steps:
        leaked = step.effects.inputs & secrets
        assert not leaked, f"{after}: {step} reads the credential {min(leaked)}"
    assert not (based and isinstance(recipe.base, BaseNeed)), f"{after}: the base is still a need"


def _order(recipe: Recipe, after: str) -> None:
    """Every path that is read was written before, where any step writes it at all."""
    written = set(recipe.base.provides if isinstance(recipe.base, BaseImage) else ())
    for step in recipe.steps:
        missing = step.effects.reads - written
        assert not missing, f"{after}: {step} reads {min(missing)} before it is there"
        written |= step.effects.writes


def _claims(recipe: Recipe, after: str) -> None:
    """No two copies claim one path."""
    targets = [step.target for step in recipe.steps if isinstance(step, CopyFolder)]
    for target in targets:
        rivals = [other for other in targets if f"{other}/".startswith(f"{target}/")]
        assert rivals == [target], f"{after}: several copies claim {target}"
