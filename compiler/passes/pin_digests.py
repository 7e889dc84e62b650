"""Pin the images that a build takes something from to the digests that `caliban.lock` has for them.

A tag is a name that moves: `python:3.11-slim-bookworm` is another image every few weeks, with other libraries in it.
The digest is the image itself. A mirror has the same bytes, so it has the same digest.

>>> slim = 'python:3.11-slim-bookworm'
>>> earlier = Resolved(base=slim, digests=((slim, 'sha256:5be45d'),))
>>> show(pin_digests(recipe(BaseImage(image=slim), locking=Locking(earlier=earlier))))
BaseImage(image='python:3.11-slim-bookworm', digests=(('python:3.11-slim-bookworm', 'sha256:5be45d'),))
"""

from msgspec.structs import replace

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.images import unmirrored
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.locks.resolved import CALIBAN_LOCK
from caliban.compiler.passes import problems


def pin_digests(recipe: Recipe) -> Recipe:
    """The recipe with the digests that are known; raises Rejected where `--locked` forbids another base."""
    base, locking = recipe.base, recipe.locking
    assert isinstance(base, BaseImage), "pin_digests runs after choose_base"
    earlier = locking.earlier if locking is not None else None
    if locking is None or earlier is None or earlier.asked.platform != base.platform:
        return recipe
    recipe = replace(recipe, base=replace(base, digests=earlier.digests))
    now = unmirrored(base.origin, base.mirror)
    if now == earlier.base:
        return recipe
    other = f"base: {now} instead of {earlier.base}"
    if locking.strict:
        raise Rejected(problems.drift([other], locking.command))
    note = f"{CALIBAN_LOCK} has another image as the base ({other}); make it again: {locking.command}"
    return replace(recipe, notes=(*recipe.notes, note))
