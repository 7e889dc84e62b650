"""What cupy needs: requirements in, a stack or a rewrite out.

It compiles kernels when they are first called: with the headers of an installed toolkit, since 14 with those of the
wheels that its extra 'ctk' brings. https://docs.cupy.dev/en/stable/install.html
"""

from typing import get_args

from caliban.compiler.bases import BaseNeed
from caliban.compiler.frameworks.choice import Choice, choice
from caliban.compiler.frameworks.releases import Cupy
from caliban.compiler.frameworks.rewrite import Rewrite, respelled

CUPY: tuple[Cupy, ...] = get_args(Cupy)


def cupy_rewrite(need: BaseNeed) -> Rewrite | None:
    """With CUDA's headers as wheels in GPU mode, since it can."""
    found = _cupy(need)
    if found is None or need.mode == "cpu" or not found.rewritable:
        return None
    extra, where = found.release.extra, found.want.pin.source
    if extra is None or extra in found.extras:
        return None
    return Rewrite(
        reason=f"{found.want.words} is installed with [{extra}]: without it cupy needs a CUDA toolkit ({where})",
        source=where,
        additions=tuple(respelled(want, extras=want.extras | {extra}) for want in found.wants),
    )


def _cupy(need: BaseNeed) -> Choice | None:
    return next((found for name in CUPY if (found := choice(need, name)) is not None), None)
