"""The indexes that a build asks, if they make a difference to the result."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from caliban.compiler.input.config import TorchIndex
from caliban.compiler.input.project import RequirementsFile
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.locked import InstallPins
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.runtime.settings.installers import InstallerSettings

if TYPE_CHECKING:
    from caliban.runtime.settings.indexes import PackageSources


def asked_indexes(
    recipe: Recipe,
    files: Sequence[RequirementsFile],
    installers: InstallerSettings,
    torch_index: TorchIndex | None = None,
) -> str:
    """Return a digest of the indexes; '' if another index would change nothing."""
    if not any(step.effects.asks_index for step in recipe.steps):
        return ""
    from caliban.runtime.settings.index_digest import digest_of
    from caliban.runtime.settings.indexes import PackageIndex, web_only

    configured = web_only(configured_sources(files, installers))
    if torch_index is not None and torch_index.url is not None and asks_mirror(recipe):
        configured = replace(
            configured, indexes=(*configured.indexes, PackageIndex(url=torch_index.url, options=(("format", "torch"),)))
        )
    return digest_of(configured)


def configured_sources(files: Sequence[RequirementsFile], installers: InstallerSettings) -> "PackageSources":
    """All that pip and uv are told here, as far as it counts beside these files."""
    from caliban.runtime.settings.indexes import merge

    pip = installers.pip.sources
    return merge(installers.uv.sources, replace(pip, indexes=()) if name_the_default(files) else pip)


def asks_mirror(recipe: Recipe) -> bool:
    """Return whether a step asks the user's index of torch."""
    return any(
        step.resolution.torch_mirrored
        for step in recipe.steps
        if isinstance(step, InstallPins | InstallRequirements | InstallWheelRequirements)
    )


def name_the_default(files: Sequence[RequirementsFile]) -> bool:
    """Return whether a file of the project has an --index-url: then pip asks none of its own."""
    return any(option.startswith(("-i ", "--index-url ")) for file in files for option in file.indexes)
