"""Rewrite requirements to what the mode can use: no CUDA that a CPU image never loads, no framework blind to the GPU.

What a project declares often means the other mode: tensorflow[and-cuda] brings gigabytes into a CPU image, and plain
jax or tensorflow runs on a GPU machine without seeing the GPU. The installer is told otherwise, by its overrides,
excludes and additions; the files stay as they are, the reason stands over the step and is told to the user. Nothing is
rewritten on a base that the user names, which may bring a framework of its own, nor with `--no_rewrites`.

Runs before `choose_base`: that reads in the Demand what will be installed.

>>> show(rewrite_requirements(recipe(
...     Demand(mode='gpu', packages=('jax==0.6.2',)),
...     InstallRequirements(path='requirements.txt'),
... )))
Demand(mode='gpu', packages=('jax==0.6.2', 'jax[cuda12]==0.6.2'))
InstallRequirements(path='requirements.txt', resolution=Resolution(additions=('jax[cuda12]==0.6.2',),
    reasons=('jax 0.6.2 is installed as jax[cuda12]: without it jax sees no GPU (requirements.txt:1)',)))
"""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from caliban.compiler.facts.frameworks.rewrite import Rewrite
from caliban.compiler.ir.demand import Pin
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.resolution import Resolution
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step


def rewrite_requirements(recipe: Recipe) -> Recipe:
    """The recipe with what is to be chosen otherwise in every step that installs."""
    demand = recipe.demand
    if recipe.base.named:
        return recipe
    from caliban.compiler.facts.frameworks.families import rewrites

    found = rewrites(demand)
    if not demand.rewrites:
        return replace(recipe, notes=recipe.notes + tuple(each.otherwise for each in found if each.otherwise))
    steps = recipe.steps
    for rewrite in found:
        steps = _with(rewrite, steps)
    return replace(recipe, demand=replace(demand, packages=_packages(demand.packages, found)), steps=steps)


def _with(rewrite: Rewrite, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps that obey a rewrite: all leave out and override, one adds: the one that reads the declaration."""
    installing = [step for step in steps if isinstance(step, InstallRequirements | InstallWheelRequirements)]
    adding = next((step for step in installing if _reads(step, rewrite.source)), installing[-1] if installing else None)
    return tuple(
        replace(step, resolution=_resolution(step.resolution, rewrite, adds=step is adding))
        if isinstance(step, InstallRequirements | InstallWheelRequirements)
        else step
        for step in steps
    )


def _reads(step: InstallRequirements | InstallWheelRequirements, source: str) -> bool:
    name = source.rpartition(":")[0] or source
    return isinstance(step, InstallRequirements) and name in (step.path, *step.includes)


def _resolution(resolution: Resolution, rewrite: Rewrite, *, adds: bool) -> Resolution:
    if not (adds or rewrite.overrides or rewrite.excludes):
        return resolution
    return replace(
        resolution,
        overrides=resolution.overrides + rewrite.overrides,
        excludes=resolution.excludes + rewrite.excludes,
        additions=resolution.additions + (rewrite.additions if adds else ()),
        reasons=(*resolution.reasons, rewrite.reason),
    )


def _packages(packages: tuple[Pin, ...], found: Sequence[Rewrite]) -> tuple[Pin, ...]:
    """The requirements as later passes are to see them: as they will be installed."""
    for rewrite in found:
        gone = {*rewrite.excludes, *map(_name, rewrite.overrides)}
        kept = tuple(pin for pin in packages if pin.name not in gone)
        texts = (*rewrite.overrides, *rewrite.additions)
        packages = kept + tuple(Pin(name=_name(text), text=text, source=rewrite.source) for text in texts)
    return packages


def _name(text: str) -> str:
    return re.split(r"[^a-z0-9-]", text, maxsplit=1)[0]
