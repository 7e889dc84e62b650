"""The stack or rewrite that cupy needs.

It compiles kernels when they are first called: with the headers of an installed toolkit, since 14 with those of the
wheels that its extra 'ctk' brings. https://docs.cupy.dev/en/stable/install.html
"""

from typing import get_args

from caliban.compiler.facts.frameworks.choice import Choice, choice
from caliban.compiler.facts.frameworks.gpu import Stack, require_driver
from caliban.compiler.facts.frameworks.releases import Cupy
from caliban.compiler.facts.frameworks.rewrite import Rewrite, respelled
from caliban.compiler.facts.images import cuda_image
from caliban.compiler.ir.demand import Demand

CUPY: tuple[Cupy, ...] = get_args(Cupy)


def cupy_stack(demand: Demand) -> Stack | None:
    """The stack, or None without cupy; raises Rejected where the driver is too old for it."""
    found = _cupy(demand)
    if found is None:
        return None
    want, release = found.want, found.release
    where = want.pin.source
    if release.cuda:
        require_driver(release.cuda, want, demand)
    if release.image and release.cuda:
        words = f"{want.words} compiles kernels with the headers of an installed CUDA {release.cuda} ({where})"
        return Stack(words=words, cuda=release.cuda, image=cuda_image(release.cuda, release.image, demand.tables))
    if release.extra in found.extras:
        return Stack(words=f"{want.words} brings CUDA {release.cuda} in its wheels ({where})", cuda=release.cuda)
    note = f"{want.words} finds no CUDA ({where}): write {respelled(want, extras={*want.extras, 'ctk'})}"
    return Stack(words=f"{want.words} takes CUDA from wheels ({where})", notes=(note,))


def cupy_rewrite(demand: Demand) -> Rewrite | None:
    """With CUDA's headers as wheels in GPU mode, since it can."""
    found = _cupy(demand)
    if found is None or demand.mode == "cpu" or not found.rewritable:
        return None
    extra, where = found.release.extra, found.want.pin.source
    if extra is None or extra in found.extras:
        return None
    return Rewrite(
        reason=f"{found.want.words} is installed with [{extra}]: without it cupy needs a CUDA toolkit ({where})",
        source=where,
        additions=tuple(respelled(want, extras=want.extras | {extra}) for want in found.wants),
    )


def _cupy(demand: Demand) -> Choice | None:
    return next((found for name in CUPY if (found := choice(demand, name)) is not None), None)
