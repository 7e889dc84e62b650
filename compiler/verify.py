"""The promises of the IR, checked after every pass: a recipe that breaks one is a bug of ours, not of the user."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from caliban.compiler.context.ignore import Ignore
from caliban.compiler.ir.base import BaseImage, BaseNeed
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.step import Step


class Secrets(NamedTuple):
    """The credentials that are known to lie in the project."""

    paths: frozenset[str] = frozenset()
    exposed: frozenset[str] = frozenset()  # those that the build context would bring along


NO_SECRETS = Secrets()


def secrets_of(paths: Collection[str], ignore_patterns: Iterable[str]) -> Secrets:
    """The credentials at these paths; the patterns should leave all of them out of the build context."""
    ignore = Ignore(ignore_patterns if paths else ())
    return Secrets(frozenset(paths), frozenset(path for path in paths if not ignore.excludes(path)))


def verify(recipe: Recipe, *, after: str, secrets: Secrets = NO_SECRETS, based: bool = False) -> None:
    """Raises AssertionError naming the pass and the broken promise.

    No step may read one of the `secrets`; `based` says that a base must have been chosen.
    """
    _order(recipe, after)
    _claims(recipe, after)
    for step in recipe.steps if secrets.paths else ():
        leaked = sorted(path for path in secrets.paths if _reads(step, path, secrets))
        assert not leaked, f"{after}: {step} reads the credential {leaked[0]}"
    assert not (based and isinstance(recipe.base, BaseNeed)), f"{after}: the base is still a need"


def _reads(step: Step, secret: str, secrets: Secrets) -> bool:
    """Return whether a step reads a credential: by its name, or with a folder that contains it."""
    inputs = step.effects.inputs
    if secret in inputs:
        return True
    if not any(path == "." or secret.startswith(f"{path}/") for path in inputs):
        return False
    # The patterns are those of the build context; of a context of its own, a copy leaves out what it says itself.
    unguarded = isinstance(step, CopyFolder) and step.context is not None and not step.excluded
    return unguarded or secret in secrets.exposed


def _order(recipe: Recipe, after: str) -> None:
    """Every path that is read was written before, where any step writes it at all."""
    written = set(recipe.base.provides if isinstance(recipe.base, BaseImage) else ())
    for step in recipe.steps:
        effects = step.effects
        missing = effects.reads - written
        assert not missing, f"{after}: {step} reads {min(missing)} before it is there"
        written |= effects.writes


def _claims(recipe: Recipe, after: str) -> None:
    """No two copies claim one path, and no two steps have one name, by which the next build knows them."""
    targets = [step.target for step in recipe.steps if isinstance(step, CopyFolder)]
    for target in targets:
        rivals = [other for other in targets if f"{other}/".startswith(f"{target}/")]
        assert rivals == [target], f"{after}: several copies claim {target}"
    names = [step.effects.name for step in recipe.steps]
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    assert not twice, f"{after}: several steps write {twice[0]}"
