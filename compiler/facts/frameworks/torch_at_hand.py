"""Whether CPU builds of torch that lie in wheel folders of the host serve a project: wheels in, limits out."""

from collections.abc import Iterator, Sequence

from caliban.compiler.facts.frameworks.torch_wants import as_torch
from caliban.compiler.facts.frameworks.wanted import Wanted, is_newer, wanted
from caliban.compiler.facts.markers import machine
from caliban.compiler.ir.base import BaseNeed, Pin
from caliban.compiler.locks.wheel_tags import can_install

CPU = "+cpu"
# What has a build for each CUDA, and one without: PyPI has those with CUDA under the same names.
FAMILY = ("torch", "torchvision", "torchaudio")
# All that PyTorch's own index, or a mirror of it, is asked for.
ON_TORCH_INDEX = (*FAMILY, "torchtext", "torchao", "torchcodec")


def limits_at_hand(need: BaseNeed, locked: Sequence[Pin]) -> tuple[str, ...]:
    """Limits that make the installer take CPU builds from the host's folders, and no others; empty if they don't serve.

    `locked` are the pins of the project's locks. What the project names must be there; what only others may require
    is limited to what is there, or to nothing at all.
    """
    there = {name: _newest(need, (*need.packages, *locked), name) for name in FAMILY}
    named = {pin.name for pin in (*need.packages, *locked)} & {*FAMILY}
    if there["torch"] is None or any(there[name] is None for name in named):
        return ()
    return tuple(f"{name}=={version}" if version else f"{name}<0" for name, version in there.items())


def _newest(need: BaseNeed, pins: Sequence[Pin], name: str) -> str | None:
    """The version of the newest CPU build of a package that the requirements allow: '2.13.0+cpu'."""
    python = need.python or need.host_python
    wants = [want for want in _wants(need, pins, name) if want.applies(python, need.platform)]
    newest: str | None = None
    for wheel in need.torch_at_hand or ():
        if wheel.name != name or not wheel.version.endswith(CPU):
            continue
        if not can_install(wheel.file, None if need.named else python, machine(need.platform)):
            continue
        public = wheel.version.removesuffix(CPU)
        allowed = all(want.specifier.contains(public) and not want.direct for want in wants)
        if allowed and (newest is None or is_newer(public, newest.removesuffix(CPU))):
            newest = wheel.version
    return newest


def _wants(need: BaseNeed, pins: Sequence[Pin], name: str) -> Iterator[Wanted]:
    """What is asked of it; of torch, also by a pinned package of its family."""
    names = {*FAMILY, "xformers", "vllm"} if name == "torch" else {name}
    for want in wanted((*pins, *need.constraints), names, need.python or need.host_python, need.platform):
        found = as_torch(want, need.tables) if name == "torch" else want
        if found is not None:
            yield found
