"""Link large data, so that no change above it copies it again.

`COPY --link` makes a layer that stands on none: packages that change then leave gigabytes of data where they are.
containerd's store keeps such a layer; others ignore the word. A linked layer is made without those above it, so it
brings the folders above its target itself, with the owner of the copy: one more step makes these what they were. What
is copied faster than that is not linked. Neither is anything on a base of the user's: a path above the target may be a
symbolic link there, which a linked copy does not follow.

>>> show(link_copies(recipe(
...     CopyFolder(path='data', size=4_000_000_000),
...     CopyFolder(path='labels', size=4_000),
...     store='containerd',
... )))
CopyFolder(path='data', size=4000000000, linked=True)
CopyFolder(path='labels', size=4000)
RestoreFolderOwners(targets=('/usr/app/data',))
"""

from collections.abc import Sequence

from msgspec.structs import replace

from caliban.compiler.cost.expected_cost import seconds_of
from caliban.compiler.facts.image_stores import CONTAINERD
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder, RestoreFolderOwners
from caliban.compiler.ir.steps.step import Step


def link_copies(recipe: Recipe) -> Recipe:
    """The recipe with its large data linked, where the engine keeps images in containerd's store."""
    assert isinstance(recipe.base, BaseImage), "choose_base did not run"
    if recipe.store != CONTAINERD or not recipe.base.own:
        return recipe
    steps = tuple(_linked(step) for step in recipe.steps)
    copies = [step for step in steps if isinstance(step, CopyFolder) and step.linked]
    return replace(recipe, steps=(*steps, _mending(copies)) if copies else steps)


def _linked(step: Step) -> Step:
    pays = isinstance(step, CopyFolder) and step.kind == "data" and _outlasts_mending(step)
    return replace(step, linked=True) if pays else step


def _outlasts_mending(step: CopyFolder) -> bool:
    return seconds_of(step.effects) > seconds_of(_mending([step]).effects)


def _mending(copies: Sequence[CopyFolder]) -> RestoreFolderOwners:
    return RestoreFolderOwners(targets=tuple(step.target for step in copies))
