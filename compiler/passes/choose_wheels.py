"""Choose the build of torch: without CUDA in CPU mode, one that driver and card can run in GPU mode.

torch comes in a build per CUDA version, each on an index of its own. PyPI has one of them: gigabytes that a CPU image
never loads, and since torch 2.11 a CUDA that drivers before 580 refuse, at run time and not before.
uv's --torch-backend routes torch and its family only, wherever they stand in the dependency tree.

Runs before `choose_base`: it reads the mode, driver and requirements from the BaseNeed.

>>> packages = InstallRequirements(path='requirements.txt')
>>> show(choose_wheels(recipe(BaseNeed(mode='cpu'), packages)))
InstallRequirements(path='requirements.txt', resolution=Resolution(torch_backend='cpu'))
>>> show(choose_wheels(recipe(BaseNeed(mode='gpu', packages=('torch==2.11.0',), driver='550.54.15'), packages)))
BaseNeed(mode='gpu', packages=('torch==2.11.0',), driver='550.54.15')
InstallRequirements(path='requirements.txt', resolution=Resolution(torch_backend='cu129'))
note: torch 2.11.0 is taken with CUDA 12.9: driver 550.54.15 cannot run the default, CUDA 13.0 (requirements.txt:1)
"""

from msgspec.structs import replace

from caliban.compiler.bases import BaseNeed
from caliban.compiler.frameworks.torch import torch_build
from caliban.compiler.frameworks.torch_wants import named_cuda_tag, names_its_build
from caliban.compiler.locks.steps import InstallPins
from caliban.compiler.plan import Recipe
from caliban.compiler.steps import InstallRequirements, InstallWheelRequirements


def choose_wheels(recipe: Recipe) -> Recipe:
    """The recipe with the index of torch in every step that installs; raises Rejected where no build runs here."""
    need = recipe.base
    assert isinstance(need, BaseNeed), "choose_wheels runs before choose_base"
    if need.mode == "cpu":
        return _as_named(recipe, need) if names_its_build(need) else _with_backend(recipe, "cpu")
    if need.named:  # it may bring a torch of its own
        return recipe
    build = torch_build(need)
    notes = build.stack.notes if build.stack else ()
    return replace(_with_backend(recipe, build.backend), notes=recipe.notes + notes)


def _as_named(recipe: Recipe, need: BaseNeed) -> Recipe:
    """The build that the project names, with a note where that brings what CPU mode is there to avoid."""
    tag = named_cuda_tag(need)
    if tag is None:
        return recipe
    note = f"CPU mode keeps the build of torch that the project names, with CUDA ({tag}): gigabytes that nothing loads"
    return replace(recipe, notes=(*recipe.notes, note))


def _with_backend(recipe: Recipe, backend: str | None) -> Recipe:
    steps = tuple(
        replace(step, resolution=replace(step.resolution, torch_backend=backend))
        if isinstance(step, InstallPins | InstallRequirements | InstallWheelRequirements)
        else step
        for step in recipe.steps
    )
    return replace(recipe, steps=steps)
