"""Drop the steps that nothing needs: no virtual environment without a package, no git without a repository to fetch.

>>> show(drop_unused(recipe(
...     PrepareFolders(),
...     InstallSystemPackages(packages=('git',), wanted=False),
...     CreateVenv(),
...     CopyFolder(path='.'),
... )))
PrepareFolders()
CopyFolder(path='.')
"""

from msgspec.structs import replace

from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.step import Step


def drop_unused(recipe: Recipe) -> Recipe:
    """The recipe without steps that are there for others only and that no other step reads."""
    provided = frozenset(recipe.base.provides if isinstance(recipe.base, BaseImage) else ())
    kept: list[Step] = []
    read: set[str] = set()
    for step in reversed(recipe.steps):  # a step reads what stands before it, so one walk backwards sees all readers
        effects = step.effects
        if effects.wanted or (effects.writes - provided) & read:
            kept.append(step)
            read |= effects.reads
    return replace(recipe, steps=tuple(reversed(kept)))
