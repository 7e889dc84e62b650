"""Suggest the Debian packages that the project's requirements are known to need and its config does not ask for.

A wheel may load a library that slim images lack: then the build succeeds, and the run ends in its first import with
`libGL.so.1: cannot open shared object file`. What is needed stands in data/system_packages.json. Here it is only said,
with the line for the config: what is in an image is the user's to decide. A base that the user names may have it all.

Runs after `select_locked`, which tells what of a lock is installed here.

>>> show(suggest_system_packages(recipe(Demand(python='3.11', packages=('opencv-python',)))))
Demand(python='3.11', packages=('opencv-python',))
note: opencv-python loads libGL, libxcb and glib (requirements.txt:1), which the image lacks:
    say "apt_packages": ["libgl1", "libglib2.0-0"] in the config,
    or require opencv-python-headless instead of opencv-python
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from caliban.compiler.facts.data_files import table
from caliban.compiler.facts.python_versions import suite
from caliban.compiler.ir.demand import Demand
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.locked import InstallPins
from caliban.compiler.ir.steps.system import InstallSystemPackages


def suggest_system_packages(recipe: Recipe) -> Recipe:
    """The recipe with one note about all that is missing."""
    demand = recipe.demand
    if recipe.base.named:
        return recipe
    asked = {name for step in _asked_for(recipe) for name in step.packages}
    names = table("system_packages")["renamed"].get(suite(demand.chosen_python, demand.tables), {})
    lacking = [
        (name, source, fact)
        for name, source in _installed(recipe, demand)
        if (fact := table("system_packages")["needs"].get(name)) is not None
        and not all({each, names.get(each, each)} & asked for each in fact["packages"])
    ]
    return replace(recipe, notes=(*recipe.notes, _note(lacking, names, asked))) if lacking else recipe


def _asked_for(recipe: Recipe) -> Iterator[InstallSystemPackages]:
    """Return the packages that the config asks for: git is installed for others."""
    return (step for step in recipe.steps if isinstance(step, InstallSystemPackages) and step.wanted)


def _installed(recipe: Recipe, demand: Demand) -> tuple[tuple[str, str], ...]:
    """The requirements with their places, each name once."""
    found = {pin.name: pin.source for pin in reversed(demand.packages)}
    found |= {pin.name: pin.source for step in recipe.steps if isinstance(step, InstallPins) for pin in step.pins}
    return tuple(sorted(found.items(), key=lambda each: each[1]))


def _note(lacking: Sequence[tuple[str, str, Mapping[str, Any]]], names: Mapping[str, str], asked: set[str]) -> str:
    said = ", ".join(f"{name} {fact['why']} ({source})" for name, source, fact in lacking)
    packages = asked | {names.get(each, each) for _, _, fact in lacking for each in fact["packages"]}
    quoted = ", ".join(f'"{name}"' for name in sorted(packages))
    ways = [f'say "apt_packages": [{quoted}] in the config']
    ways += [f"require {fact['instead']} instead of {name}" for name, _, fact in lacking if "instead" in fact]
    return f"{said}, which the image lacks: {', or '.join(ways)}"
