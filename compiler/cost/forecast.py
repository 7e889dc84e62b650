"""A recipe into what its first build will take: bytes to download and to copy, and seconds, as far as can be told."""

from typing import NamedTuple

from caliban.compiler.cost.expected_cost import seconds_of
from caliban.compiler.facts.data_files import table
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.locked import InstallPins
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements


class Forecast(NamedTuple):
    """The forecast of a first build."""

    download: int  # bytes of packages, as locks or what is known of packages tell
    copied: int  # bytes of the project
    image: int  # bytes that both add to the base image
    seconds: float  # on a link of `megabytes_per_second`
    complete: bool  # False: some packages are known only once they are resolved


def forecast(recipe: Recipe) -> Forecast:
    """The forecast; what is not known counts as nothing."""
    facts = table("weights")
    download = sum(step.effects.size for step in recipe.steps if isinstance(step, InstallPins))
    copied = sum(step.effects.size for step in recipe.steps if isinstance(step, CopyFolder))
    building = sum(seconds_of(step.effects) for step in recipe.steps)
    return Forecast(
        download=download,
        copied=copied,
        image=copied + int(download * facts["unpacked"]),
        seconds=building + download / 1e6 / facts["megabytes_per_second"],
        complete=not any(isinstance(step, InstallRequirements | InstallWheelRequirements) for step in recipe.steps),
    )
