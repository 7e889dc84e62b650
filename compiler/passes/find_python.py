"""Use the Python of a base that the user names: what is installed there, such as a torch, is what the user wants.

What an image holds, only its build can tell. So the step says which Pythons will do, all that are new enough unless
--python or the project narrows it, and which one is brought where the base has none of them.

>>> show(find_python(recipe(
...     BaseNeed(
...         given='pytorch/pytorch:2.8.0-cuda12.8-cudnn9-runtime',
...         python='3.11',
...         python_facts=(PythonNeed(specifier='>=3.9', source='pyproject.toml:4'),),
...     ),
...     CreateVenv(python='3.11'),
... )))
BaseNeed(given='pytorch/pytorch:2.8.0-cuda12.8-cudnn9-runtime', ...)
FindPython(version='3.11', oldest='3.9', asked_by='pyproject.toml:4')

Where neither the entry nor a package needs one, the base may have any Python or none:

>>> show(find_python(recipe(BaseNeed(given='busybox:1.36', python='3.11', runs_python=False), CreateVenv())))
BaseNeed(given='busybox:1.36', python='3.11', runs_python=False)
ExtendImportPath()
"""

from collections.abc import Sequence

from msgspec.structs import replace

from caliban.compiler.facts.python_versions import allows, known_minors, numbers, touches
from caliban.compiler.ir.base import VERSION_FILES, BaseNeed, PythonNeed
from caliban.compiler.ir.effects import VENV
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps import CreateVenv, ExtendImportPath, FindPython, InstallSystemPackages

OLDEST = "3.8"  # that uv installs into
_FUTURE = "3.99"  # a minor that only a range without an upper end allows


def find_python(recipe: Recipe) -> Recipe:
    """The recipe with a `FindPython` for its venv, where the user names the base."""
    need = recipe.base
    assert isinstance(need, BaseNeed), "find_python runs before choose_base"
    if not need.named:
        return recipe
    assert need.python is not None, "find_python runs after choose_python"
    oldest, newest, asked_by = _accepted(need)
    wanted = (step for step in recipe.steps if isinstance(step, InstallSystemPackages) and step.wanted)
    packages = tuple(name for each in wanted for name in each.packages)
    if not need.runs_python and not _installs(recipe):
        path = ExtendImportPath(packages=packages)
        return replace(recipe, steps=tuple(path if isinstance(each, CreateVenv) else each for each in recipe.steps))
    step = FindPython(
        version=need.python,
        reason=need.python_reason or "",
        oldest=oldest,
        newest=newest,
        asked_by=asked_by,
        packages=packages,
        wanted=need.runs_python,
    )
    steps = tuple(step if isinstance(other, CreateVenv) else other for other in recipe.steps)
    return replace(recipe, steps=steps)


def _installs(recipe: Recipe) -> bool:
    """Whether something is installed into the Python."""
    return any(step.effects.wanted and VENV in step.effects.reads for step in recipe.steps)


def _accepted(need: BaseNeed) -> tuple[str, str | None, str | None]:
    """The oldest and the newest minor that will do, and who says so."""
    assert need.python is not None, "find_python runs after choose_python"
    facts = [fact for fact in need.python_facts if not _is_preference(fact)]
    exact = next((fact for fact in facts if fact.exact), None)
    if exact is not None:
        return need.python, need.python, exact.source
    known = known_minors(need.tables)
    fitting = [minor for minor in (OLDEST, *known) if all(touches(fact.specifier, minor) for fact in facts)]
    oldest = min((*fitting, need.python), key=numbers)
    newest = None if _allow(facts, _FUTURE) else max((*fitting, need.python), key=numbers)
    narrowing = (fact.source for fact in facts if not (_allow([fact], OLDEST) and _allow([fact], _FUTURE)))
    return oldest, newest, ", ".join(narrowing) or None


def _is_preference(fact: PythonNeed) -> bool:
    """A version file is for the environment of who develops the project; a base has one of its own."""
    return fact.exact and fact.source in VERSION_FILES


def _allow(facts: Sequence[PythonNeed], minor: str) -> bool:
    return all(allows(fact.specifier, minor) for fact in facts)
