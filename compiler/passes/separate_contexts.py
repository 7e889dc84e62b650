"""Give a folder that COPY cannot name a build context of its own.

BuildKit expands wildcards in the source of a COPY, in its JSON form too, and offers no escape: `data[1]` can only
be copied where the folder is the root of a context. It also takes `<<EOF` for a here-document, and asks its client for
the source by a line of a .dockerignore, where blanks at the ends are nothing, and `!x` and `#x` mean something else.

>>> show(separate_contexts(recipe(CopyFolder(path='data'), CopyFolder(path='data[1]'))))
CopyFolder(path='data')
CopyFolder(path='data[1]', context='context-1')
"""

from msgspec.structs import replace

from caliban.compiler.facts.copy_names import is_copyable
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.step import Step


def separate_contexts(recipe: Recipe) -> Recipe:
    """The recipe with a context for each folder of an odd name."""
    steps: list[Step] = []
    count = 0
    for step in recipe.steps:
        if isinstance(step, CopyFolder) and not is_copyable(step.path):
            count += 1
            steps.append(replace(step, context=f"context-{count}"))
        else:
            steps.append(step)
    return replace(recipe, steps=tuple(steps))
