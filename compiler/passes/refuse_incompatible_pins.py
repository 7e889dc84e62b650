"""Refuse pins of frameworks that exclude each other, or another requirement, by what their own releases demand.

`torch==2.1.0` beside `torchvision==0.15.2`, which demands torch 2.0.1, is never installed, and the installer says so
minutes later. What releases demand is in data/demands.json and data/frameworks.json. Indexes of the project's own may
have other builds, a base that the user names other packages, and lines that only the installer understands may change
anything: then this says nothing. So may torch from an index of PyTorch's, as far as NVIDIA's packages go: this runs
after `choose_wheels`.

>>> show(refuse_incompatible_pins(recipe(Demand(python='3.11', packages=('torch==2.1.0', 'torchvision==0.15.2')))))
Traceback (most recent call last):
caliban.compiler.diagnostics.Rejected: no version of torch satisfies both of these
"""

import re
from collections.abc import Iterator
from itertools import combinations

from packaging.specifiers import SpecifierSet

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.facts.frameworks.demands import DEMANDING, ReleaseDemand, pin_of, release_demands, releases_for
from caliban.compiler.facts.frameworks.wanted import Wanted, read_pin
from caliban.compiler.facts.pep508 import exclude_each_other
from caliban.compiler.facts.tools import PYTORCH_INDEX
from caliban.compiler.ir.demand import Demand
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.locked import InstallPins
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.passes import problems


def refuse_incompatible_pins(recipe: Recipe) -> Recipe:
    """The same recipe; raises Rejected with all pins that exclude each other."""
    demand = recipe.demand
    known = not recipe.base.named and not demand.unread and all(PYTORCH_INDEX in index for index in demand.indexes)
    if known and len(demand.packages) > 1 and not DEMANDING.isdisjoint(pin.name for pin in demand.packages):
        wrong = tuple(_conflicts(recipe, demand))
        if wrong:
            raise Rejected(*wrong)
    return recipe


def _conflicts(recipe: Recipe, demand: Demand) -> Iterator[Diagnostic]:
    """One problem for each two requirements, however many packages they disagree about."""
    python = demand.chosen_python
    declared = [read_pin(pin) for pin in (*demand.packages, *demand.constraints)]
    free = set(_chosen_otherwise(recipe)) | {want.pin.name for want in declared if want.direct}
    asked = [want for want in declared if want.applies(python, demand.platform)]
    found = [
        each for each in release_demands(demand, cuda=_takes_cuda_of_pypi(recipe, demand)) if each.name not in free
    ]
    told: set[tuple[str, ...]] = set()
    for name in dict.fromkeys(each.name for each in found):
        limits: list[ReleaseDemand | Wanted] = [want for want in asked if want.pin.name == name and want.written]
        limits += [each for each in found if each.name == name]
        for one, other in combinations(limits, 2):
            pair = tuple(sorted((_source(one), _source(other))))
            if (
                isinstance(other, ReleaseDemand)
                and pair not in told
                and exclude_each_other((_limit(one), _limit(other)))
            ):
                told.add(pair)
                yield _problem(name, one, other, demand, rewritten=_is_rewritten(recipe))


def _problem(
    name: str, one: ReleaseDemand | Wanted, other: ReleaseDemand, demand: Demand, *, rewritten: bool
) -> Diagnostic:
    pins = [pin_of(each) if isinstance(each, ReleaseDemand) else each.pin for each in (one, other)]
    exact = one.exact if isinstance(one, Wanted) else None
    package = other.by.pin.name
    fitting = releases_for(exact, package, demand) if name == "torch" and exact is not None else None
    return problems.incompatible(name, pins, f"{package}=={fitting}" if fitting else None, rewritten=rewritten)


def _limit(each: ReleaseDemand | Wanted) -> SpecifierSet:
    return each.specifier if isinstance(each, ReleaseDemand) else each.written


def _source(each: ReleaseDemand | Wanted) -> str:
    pin = each.by.pin if isinstance(each, ReleaseDemand) else each.pin
    return f"{pin.source} {pin.text}"


def _chosen_otherwise(recipe: Recipe) -> Iterator[str]:
    """The packages that are excluded or overridden, whoever demands them."""
    for step in recipe.steps:
        if isinstance(step, InstallRequirements | InstallWheelRequirements):
            for text in (*step.resolution.excludes, *step.resolution.overrides):
                yield re.split(r"[^a-z0-9-]", text, maxsplit=1)[0]


def _is_rewritten(recipe: Recipe) -> bool:
    """Return whether a pass replaces a declared package."""
    steps = (step for step in recipe.steps if isinstance(step, InstallRequirements | InstallWheelRequirements))
    return any(step.resolution.reasons for step in steps)


def _takes_cuda_of_pypi(recipe: Recipe, demand: Demand) -> bool:
    """Return whether torch and others come with the CUDA that PyPI's wheels of them demand."""
    backends = [
        step.resolution.torch_backend
        for step in recipe.steps
        if isinstance(step, InstallPins | InstallRequirements | InstallWheelRequirements)
    ]
    return demand.mode == "gpu" and demand.platform == "linux/amd64" and not demand.indexes and not any(backends)
