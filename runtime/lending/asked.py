"""Which indexes this machine has a build ask, where that makes a difference to what is built."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from caliban.compiler.plan import Recipe
from caliban.compiler.project import RequirementsFile


def asked_indexes(recipe: Recipe, files: Sequence[RequirementsFile], environment: Mapping[str, str]) -> str:
    """What tells them from others; '' where another index would change nothing."""
    if not any(step.effects.asks_index for step in recipe.steps):
        return ""
    from caliban.runtime.lending.index_digest import digest_of
    from caliban.runtime.lending.indexes import for_a_build, merge
    from caliban.runtime.lending.pip_settings import read_pip_settings
    from caliban.runtime.lending.uv_settings import read_uv_settings

    pip = read_pip_settings(environment).sources
    if name_the_default(files):
        pip = replace(pip, indexes=())
    return digest_of(for_a_build(merge(read_uv_settings(environment).sources, pip))[0])


def name_the_default(files: Sequence[RequirementsFile]) -> bool:
    """Whether a file of the project has an --index-url: then pip asks none of its own."""
    return any(option.startswith(("-i ", "--index-url ")) for file in files for option in file.indexes)
