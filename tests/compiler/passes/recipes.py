"""Recipes of a few requirements, for the tests of the passes that choose."""

import re

from msgspec.structs import replace

from caliban.compiler.ir.base import BaseImage, BaseNeed
from caliban.compiler.ir.demand import Demand, Pin
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.resolution import Resolution
from caliban.compiler.ir.steps.python import CreateVenv
from caliban.compiler.ir.steps.requirements import InstallRequirements
from caliban.compiler.ir.steps.system import PrepareFolders
from caliban.compiler.passes.choose_base import choose_base
from caliban.compiler.passes.choose_python import choose_python
from caliban.compiler.passes.choose_wheels import choose_wheels
from caliban.compiler.passes.compile_wheels import compile_wheels
from caliban.compiler.passes.rewrite_requirements import rewrite_requirements

DEMAND = Demand(mode="gpu", platform="linux/amd64", host_python="3.11")

OUR_CHOICE = BaseNeed()  # the user names no base


def recipe(*requirements: str, demand: Demand = DEMAND, base: BaseNeed = OUR_CHOICE) -> Recipe:
    """A project with these lines in its requirements.txt."""
    pins = tuple(pin(text, line) for line, text in enumerate(requirements, start=1))
    steps = (PrepareFolders(), CreateVenv(), InstallRequirements(path="requirements.txt"))
    return Recipe(demand=replace(demand, packages=pins), base=base, steps=steps)


def pin(text: str, line: int) -> Pin:
    """A line of requirements.txt."""
    name = re.match(r"[\w.-]+", text)
    return Pin(name=name[0].lower() if name else "", text=text, source=f"requirements.txt:{line}")


def chosen(before: Recipe) -> Recipe:
    """What the passes make of it that look at the requirements, in the order of the pipeline."""
    return choose_base(compile_wheels(choose_wheels(rewrite_requirements(choose_python(before)))))


def base_of(after: Recipe) -> BaseImage:
    assert isinstance(after.base, BaseImage)
    return after.base


def backend_of(after: Recipe) -> str | None:
    """The index of torch that the requirements are installed with."""
    return resolution_of(after).torch_backend


def resolution_of(after: Recipe) -> Resolution:
    """How the installer chooses."""
    (step,) = (step for step in after.steps if isinstance(step, InstallRequirements))
    return step.resolution
