"""Choose the base image: a slim Python, unless something old or compiling needs a CUDA of the system.

GPU mode by itself is no reason for a CUDA base: torch, tensorflow[and-cuda] and jax[cuda12] bring CUDA as wheels, the
driver comes from the host, and a CUDA base under them repeats 2.3 GB. What needs one gets it from a table of the tags
that exist, with a Python installed into it. The reason becomes the comment over FROM.

>>> def on_gpu(text):
...     demand = Demand(mode='gpu', packages=(text,), python='3.11', python_reason='Python 3.11: --python')
...     show(choose_base(recipe(demand, CreateVenv())))
>>> on_gpu('torch==2.8.0')
BaseImage(image='python:3.11-slim-bookworm', reason='GPU mode: torch 2.8.0 brings CUDA 12.8 in its wheels
    (requirements.txt:1), so no CUDA base; Python 3.11: --python', python='3.11', env=...)
CreateVenv()
>>> on_gpu('tensorflow==2.12.1')
BaseImage(image='nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04', reason='GPU mode: tensorflow 2.12.1 needs CUDA 11.8
    and cuDNN of the system (requirements.txt:1); Python 3.11: --python', python='3.11')
InstallPython(version='3.11')
CreateVenv()
"""

from collections.abc import Sequence

from msgspec.structs import replace

from caliban.compiler.facts.compilers import ALL_COMPILERS
from caliban.compiler.facts.frameworks.gpu import Stack
from caliban.compiler.facts.frameworks.limits import refuse_what_needs_cuda, refuse_what_the_card_cannot_run
from caliban.compiler.facts.images import mirrored, python_image, serves
from caliban.compiler.ir.base import BaseImage, BaseNeed
from caliban.compiler.ir.demand import Demand
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.python import CreateVenv, InstallPython
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.ir.steps.system import PrepareFolders

_GPU_ENV = (("NVIDIA_VISIBLE_DEVICES", "all"), ("NVIDIA_DRIVER_CAPABILITIES", "compute,utility"))


def choose_base(recipe: Recipe) -> Recipe:
    """The recipe on a BaseImage; raises Rejected where no image can run it on this GPU."""
    need = recipe.base
    assert isinstance(need, BaseNeed), "choose_base runs once"
    demand = recipe.demand
    if need.named:
        return replace(recipe, base=_given(need, demand))
    if demand.mode == "cpu":
        refuse_what_needs_cuda(demand)
        return replace(recipe, base=_slim(need, demand, "CPU mode, nothing needs CUDA"))
    return _on_gpu(recipe, need, demand)


def _given(need: BaseNeed, demand: Demand) -> BaseImage:
    """Return the base that the user names, unchanged."""
    dockerfile = need.dockerfile.by_mirror(need.mirror) if need.dockerfile is not None else None
    if dockerfile is not None:
        image, reason = dockerfile.stage, f"{dockerfile.path}, which {need.given_by} names, as the base"
    else:
        assert need.given is not None, "the user names an image or a Dockerfile"
        image, reason = mirrored(need.given, need.mirror), f"the image that {need.given_by} names"
    return BaseImage(
        image=image,
        platform=demand.platform,
        reason=reason,
        python=None,
        own=False,
        dockerfile=dockerfile,
        mirror=need.mirror,
        apt_mirror=need.apt_mirror,
        lent_wheels=demand.torch_at_hand is not None,
    )


def _on_gpu(recipe: Recipe, need: BaseNeed, demand: Demand) -> Recipe:
    refuse_what_the_card_cannot_run(demand)
    stacks = _stacks(demand)
    needy = next((stack for stack in stacks if stack.image), None)
    present = [stack for stack in stacks if stack is needy or not stack.image]
    said = tuple(note for stack in stacks for note in stack.notes)
    notes = (*recipe.notes, *_no_gpu_here(demand), *said, *_two_cudas(present))
    if needy is not None and needy.image is not None:
        base = BaseImage(
            image=mirrored(needy.image, need.mirror),
            platform=demand.platform,
            reason=f"GPU mode: {needy.words}; {demand.python_reason}",
            python=demand.chosen_python,
            provides=ALL_COMPILERS if "-devel-" in needy.image else (),
            mirror=need.mirror,
            apt_mirror=need.apt_mirror,
            lent_wheels=demand.torch_at_hand is not None,
        )
        notes += (*_unserved(needy.image, stacks), *_shadowed(needy.image, stacks))
        return replace(recipe, base=base, steps=_with_python(recipe.steps, demand.chosen_python), notes=_unique(notes))
    words = ", ".join(stack.words for stack in stacks if stack.words)
    reason = f"GPU mode: {words}, so no CUDA base" if words else "GPU mode: nothing here needs a CUDA base"
    return replace(recipe, base=replace(_slim(need, demand, reason), env=_GPU_ENV), notes=_unique(notes))


def _no_gpu_here(demand: Demand) -> tuple[str, ...]:
    """A note on a machine whose containers never see a GPU, where this image is for another one."""
    if demand.system != "Darwin":
        return ()
    other = "" if demand.platform == "linux/amd64" else ", most of which want --platform linux/amd64"
    return (f"Docker on macOS gives no GPU to containers: this image is for GPU machines{other}; here, use --nogpu",)


def _stacks(demand: Demand) -> tuple[Stack, ...]:
    """Return the needs of each framework, one that compiles at run time first."""
    from caliban.compiler.facts.frameworks.families import stacks
    from caliban.compiler.facts.frameworks.torch import torch_build

    torch = torch_build(demand).stack
    return (*stacks(demand), torch) if torch is not None else stacks(demand)


def _two_cudas(stacks: Sequence[Stack]) -> tuple[str, ...]:
    """A note where CUDAs of two majors come together, as wheels or in the base: gigabytes twice."""
    bringing = {stack.cuda.partition(".")[0]: stack for stack in reversed(stacks) if stack.cuda}
    if len(bringing) < 2:
        return ()
    return (f"two CUDAs in one image: {', and '.join(bringing[major].words for major in sorted(bringing))}",)


def _unserved(image: str, stacks: Sequence[Stack]) -> tuple[str, ...]:
    """A note for each framework that needs something of the system that the image of another one does not have."""
    return tuple(
        f"{stack.words}, which {image} does not have"
        for stack in stacks
        if stack.image and not serves(image, stack.image)
    )


def _shadowed(image: str, stacks: Sequence[Stack]) -> tuple[str, ...]:
    """A note for each framework that may load the CUDA of the base instead of its own: torch goes by RPATH."""
    words = (stack.words for stack in stacks if stack.shadowed)
    return tuple(f"{word}, but the LD_LIBRARY_PATH of {image} comes first: unset it if CUDA fails" for word in words)


def _slim(need: BaseNeed, demand: Demand, reason: str) -> BaseImage:
    return BaseImage(
        image=mirrored(python_image(demand.chosen_python, demand.tables), need.mirror),
        platform=demand.platform,
        reason=f"{reason}; {demand.python_reason}",
        python=demand.chosen_python,
        mirror=need.mirror,
        apt_mirror=need.apt_mirror,
        lent_wheels=demand.torch_at_hand is not None,
    )


def _with_python(steps: tuple[Step, ...], python: str) -> tuple[Step, ...]:
    """The steps with a Python before the first that could use one: nvidia/cuda images hold none."""
    at = next((number for number, step in enumerate(steps) if isinstance(step, CreateVenv)), None)
    if at is None:
        at = 1 if steps and isinstance(steps[0], PrepareFolders) else 0
    return (*steps[:at], InstallPython(version=python), *steps[at:])


def _unique(notes: tuple[str, ...]) -> tuple[str, ...]:
    """`choose_wheels` has noted already what it did to torch."""
    return tuple(dict.fromkeys(notes))
