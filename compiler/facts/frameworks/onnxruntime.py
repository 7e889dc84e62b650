"""The stack or rewrite that onnxruntime-gpu needs.

Since 1.21 its extras 'cuda' and 'cudnn' bring CUDA as wheels, which it loads when it is told to, or finds where torch
has loaded its own; before, it takes both from the system. https://onnxruntime.ai/docs/execution-providers
"""

from caliban.compiler.facts.frameworks.choice import choice
from caliban.compiler.facts.frameworks.gpu import Stack, require_driver
from caliban.compiler.facts.frameworks.rewrite import Rewrite, renamed, respelled
from caliban.compiler.facts.frameworks.system_cuda import system_stack
from caliban.compiler.ir.demand import Demand

_EXTRAS = frozenset({"cuda", "cudnn"})
_PRELOAD = "call onnxruntime.preload_dlls(), or import torch, before the first session"


def onnxruntime_stack(demand: Demand) -> Stack | None:
    """The stack, or None without onnxruntime-gpu; raises Rejected where the driver is too old for it."""
    found = choice(demand, "onnxruntime-gpu")
    if found is None:
        return None
    if found.release.image:
        return system_stack(found, demand)
    where, cuda = found.want.pin.source, found.release.cuda
    if found.extras >= _EXTRAS and cuda:
        require_driver(cuda, found.want, demand, "write onnxruntime-gpu<1.27" if cuda == "13" else None)
        words = f"{found.want.words} brings CUDA {cuda} in its wheels ({where})"
        note = f"{found.want.words} finds CUDA in its wheels only if you {_PRELOAD} ({where})"
        return Stack(words=words, cuda=cuda, notes=(note,))
    note = f"{found.want.words} sees no GPU ({where}): write {respelled(found.want, extras=_EXTRAS)}"
    return Stack(words=f"{found.want.words} takes CUDA from wheels ({where})", notes=(note,))


def onnxruntime_rewrite(demand: Demand) -> Rewrite | None:
    """Without CUDA in CPU mode, with CUDA as wheels in GPU mode."""
    found = choice(demand, "onnxruntime-gpu")
    if found is None or not found.rewritable:
        return None
    where = found.want.pin.source
    if demand.mode == "cpu":
        return Rewrite(
            reason=f"{found.want.words} is installed as onnxruntime: CPU mode needs no CUDA ({where})",
            source=where,
            excludes=("onnxruntime-gpu",),
            additions=renamed(found.wants, demand, "onnxruntime", without=found.extras),
            otherwise=f"{found.want.words} is ten times as big as onnxruntime, and CPU mode uses none of it ({where})",
        )
    if found.release.extra is None or found.extras >= _EXTRAS:
        return None
    return Rewrite(
        reason=f"{found.want.words} is installed with [cuda,cudnn]: without them it sees no GPU ({where})",
        source=where,
        additions=tuple(respelled(want, extras=want.extras | _EXTRAS) for want in found.wants),
    )
