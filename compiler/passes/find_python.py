"""Use the Python of a base that the user names: what is installed there, such as a torch, is what the user wants.

What an image holds, only its build can tell. So the step says which Pythons will do, all that are new enough unless
--python or the project narrows it, and which one is brought where the base has none of them.

>>> show(find_python(recipe(
...     Demand(python='3.11', python_facts=(PythonNeed(specifier='>=3.9', source='pyproject.toml:4'),)),
...     BaseNeed(given='pytorch/pytorch:2.8.0-cuda12.8-cudnn9-runtime'),
...     CreateVenv(python='3.11'),
... )))
Demand(python='3.11', python_facts=(PythonNeed(specifier='>=3.9', source='pyproject.toml:4'),))
BaseNeed(given='pytorch/pytorch:2.8.0-cuda12.8-cudnn9-runtime')
FindPython(version='3.11', oldest='3.9', asked_by='pyproject.toml:4')

Where neither the entry nor a package needs one, the base may have any Python or none:

>>> busybox = BaseNeed(given='busybox:1.36')
>>> show(find_python(recipe(Demand(python='3.11', runs_python=False), busybox, CreateVenv())))
Demand(python='3.11', runs_python=False)
BaseNeed(given='busybox:1.36')
ExtendImportPath()
"""

from collections.abc import Sequence

from msgspec.structs import replace

from caliban.compiler.facts.python_versions import allows, known_minors, numbers, touches
from caliban.compiler.ir.demand import VERSION_FILES, Demand, PythonNeed
from caliban.compiler.ir.effects import VENV
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.python import CreateVenv, ExtendImportPath, FindPython
from caliban.compiler.ir.steps.system import InstallSystemPackages

OLDEST = "3.8"  # that uv installs into
_FUTURE = "3.99"  # a minor that only a range without an upper end allows


def find_python(recipe: Recipe) -> Recipe:
    """The recipe with a `FindPython` for its venv, where the user names the base."""
    demand = recipe.demand
    if not recipe.base.named:
        return recipe
    oldest, newest, asked_by = _accepted(demand)
    wanted = (step for step in recipe.steps if isinstance(step, InstallSystemPackages) and step.wanted)
    packages = tuple(name for each in wanted for name in each.packages)
    if not demand.runs_python and not _installs(recipe):
        path = ExtendImportPath(packages=packages)
        return replace(recipe, steps=tuple(path if isinstance(each, CreateVenv) else each for each in recipe.steps))
    step = FindPython(
        version=demand.chosen_python,
        reason=demand.python_reason or "",
        oldest=oldest,
        newest=newest,
        asked_by=asked_by,
        packages=packages,
        wanted=demand.runs_python,
    )
    steps = tuple(step if isinstance(other, CreateVenv) else other for other in recipe.steps)
    return replace(recipe, steps=steps)


def _installs(recipe: Recipe) -> bool:
    """Return whether something is installed into the Python."""
    return any(step.effects.wanted and VENV in step.effects.reads for step in recipe.steps)


def _accepted(demand: Demand) -> tuple[str, str | None, str | None]:
    """The oldest and the newest minor that will do, and who says so."""
    facts = [fact for fact in demand.python_facts if not _is_preference(fact)]
    exact = next((fact for fact in facts if fact.exact), None)
    if exact is not None:
        return demand.chosen_python, demand.chosen_python, exact.source
    known = known_minors(demand.tables)
    fitting = [minor for minor in (OLDEST, *known) if all(touches(fact.specifier, minor) for fact in facts)]
    oldest = min((*fitting, demand.chosen_python), key=numbers)
    newest = None if _allow(facts, _FUTURE) else max((*fitting, demand.chosen_python), key=numbers)
    narrowing = (fact.source for fact in facts if not (_allow([fact], OLDEST) and _allow([fact], _FUTURE)))
    return oldest, newest, ", ".join(narrowing) or None


def _is_preference(fact: PythonNeed) -> bool:
    """A version file is for the environment of who develops the project; a base has one of its own."""
    return fact.exact and fact.source in VERSION_FILES


def _allow(facts: Sequence[PythonNeed], minor: str) -> bool:
    return all(allows(fact.specifier, minor) for fact in facts)
