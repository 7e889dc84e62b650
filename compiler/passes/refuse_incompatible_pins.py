"""Refuse pins of frameworks that exclude each other, or another requirement, by what their own releases demand.

`torch==2.1.0` beside `torchvision==0.15.2`, which demands torch 2.0.1, is never installed, and the installer says so
minutes later. What releases demand is in data/demands.json and data/frameworks.json. Indexes of the project's own may
have other builds, a base that the user names other packages, and lines that only the installer understands may change
anything: then this says nothing. So may torch from an index of PyTorch's, as far as NVIDIA's packages go: this runs
after `choose_wheels`.

>>> show(refuse_incompatible_pins(recipe(BaseNeed(python='3.11', packages=('torch==2.1.0', 'torchvision==0.15.2')))))
Traceback (most recent call last):
caliban.compiler.diagnostics.Rejected: no version of torch satisfies both of these
"""

import re
from collections.abc import Iterator
from itertools import combinations

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.facts.frameworks.demands import DEMANDING, Demand, demands, pin_of, releases_for
from caliban.compiler.facts.frameworks.wanted import Wanted, read_pin
from caliban.compiler.facts.specifiers import Specifier, common_version
from caliban.compiler.facts.tools import PYTORCH_INDEX
from caliban.compiler.ir.base import BaseNeed
from caliban.compiler.ir.locked_steps import InstallPins
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps import InstallRequirements, InstallWheelRequirements
from caliban.compiler.passes import problems


def refuse_incompatible_pins(recipe: Recipe) -> Recipe:
    """The same recipe; raises Rejected with all pins that exclude each other."""
    need = recipe.base
    assert isinstance(need, BaseNeed), "refuse_incompatible_pins runs before choose_base"
    known = not need.named and not need.unread and all(PYTORCH_INDEX in index for index in need.indexes)
    if known and len(need.packages) > 1 and not DEMANDING.isdisjoint(pin.name for pin in need.packages):
        wrong = tuple(_conflicts(recipe, need))
        if wrong:
            raise Rejected(*wrong)
    return recipe


def _conflicts(recipe: Recipe, need: BaseNeed) -> Iterator[Diagnostic]:
    """One problem for each two requirements, however many packages they disagree about."""
    python = need.python or need.host_python
    declared = [read_pin(pin) for pin in (*need.packages, *need.constraints)]
    free = set(_chosen_otherwise(recipe)) | {want.pin.name for want in declared if want.direct}
    asked = [want for want in declared if want.applies(python, need.platform)]
    found = [each for each in demands(need, cuda=_takes_cuda_of_pypi(recipe, need)) if each.name not in free]
    told: set[tuple[str, ...]] = set()
    for name in dict.fromkeys(each.name for each in found):
        limits: list[Demand | Wanted] = [want for want in asked if want.pin.name == name and want.written]
        limits += [each for each in found if each.name == name]
        for one, other in combinations(limits, 2):
            pair = tuple(sorted((_source(one), _source(other))))
            if isinstance(other, Demand) and pair not in told and common_version((_limit(one), _limit(other))) is None:
                told.add(pair)
                yield _problem(name, one, other, need, rewritten=_is_rewritten(recipe))


def _problem(name: str, one: Demand | Wanted, other: Demand, need: BaseNeed, *, rewritten: bool) -> Diagnostic:
    pins = [pin_of(each) if isinstance(each, Demand) else each.pin for each in (one, other)]
    exact = one.exact if isinstance(one, Wanted) else None
    package = other.by.pin.name
    fitting = releases_for(exact, package, need) if name == "torch" and exact is not None else None
    return problems.incompatible(name, pins, f"{package}=={fitting}" if fitting else None, rewritten=rewritten)


def _limit(each: Demand | Wanted) -> Specifier:
    return each.specifier if isinstance(each, Demand) else each.written


def _source(each: Demand | Wanted) -> str:
    pin = each.by.pin if isinstance(each, Demand) else each.pin
    return f"{pin.source} {pin.text}"


def _chosen_otherwise(recipe: Recipe) -> Iterator[str]:
    """The packages that are excluded or overridden, whoever demands them."""
    for step in recipe.steps:
        if isinstance(step, InstallRequirements | InstallWheelRequirements):
            for text in (*step.resolution.excludes, *step.resolution.overrides):
                yield re.split(r"[^a-z0-9-]", text, maxsplit=1)[0]


def _is_rewritten(recipe: Recipe) -> bool:
    """Whether a pass has something else installed than what is declared."""
    steps = (step for step in recipe.steps if isinstance(step, InstallRequirements | InstallWheelRequirements))
    return any(step.resolution.reasons for step in steps)


def _takes_cuda_of_pypi(recipe: Recipe, need: BaseNeed) -> bool:
    """Whether torch and others come with the CUDA that PyPI's wheels of them demand."""
    backends = [
        step.resolution.torch_backend
        for step in recipe.steps
        if isinstance(step, InstallPins | InstallRequirements | InstallWheelRequirements)
    ]
    return need.mode == "gpu" and need.platform == "linux/amd64" and not need.indexes and not any(backends)
