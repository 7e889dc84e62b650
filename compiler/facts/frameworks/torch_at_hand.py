"""Limits that select CPU builds of torch from the host's wheel folders, if these serve the project."""

from collections.abc import Iterator, Sequence

from caliban.compiler.facts.frameworks.torch_wants import as_torch
from caliban.compiler.facts.frameworks.wanted import Wanted, wanted
from caliban.compiler.facts.pep508 import is_newer, machine
from caliban.compiler.ir.demand import Demand, Pin
from caliban.compiler.locks.wheel_tags import can_install

CPU = "+cpu"
# What has a build for each CUDA, and one without: PyPI has those with CUDA under the same names.
FAMILY = ("torch", "torchvision", "torchaudio")
# All that PyTorch's own index, or a mirror of it, is asked for.
ON_TORCH_INDEX = (*FAMILY, "torchtext", "torchao", "torchcodec")


def limits_at_hand(demand: Demand, locked: Sequence[Pin], *, own_base: bool) -> tuple[str, ...]:
    """Limits that make the installer take CPU builds from the host's folders, and no others; empty if they don't serve.

    `locked` are the pins of the project's locks. What the project names must be there; what only others may require
    is limited to what is there, or to nothing at all. A base that is not our `own_base` may have any Python.
    """
    there = {name: _newest(demand, (*demand.packages, *locked), name, own_base=own_base) for name in FAMILY}
    named = {pin.name for pin in (*demand.packages, *locked)} & {*FAMILY}
    if there["torch"] is None or any(there[name] is None for name in named):
        return ()
    return tuple(f"{name}=={version}" if version else f"{name}<0" for name, version in there.items())


def _newest(demand: Demand, pins: Sequence[Pin], name: str, *, own_base: bool) -> str | None:
    """The version of the newest CPU build of a package that the requirements allow: '2.13.0+cpu'."""
    python = demand.chosen_python
    wants = [want for want in _wants(demand, pins, name) if want.applies(python, demand.platform)]
    newest: str | None = None
    for wheel in demand.torch_at_hand or ():
        if wheel.name != name or not wheel.version.endswith(CPU):
            continue
        if not can_install(wheel.file, python if own_base else None, machine(demand.platform)):
            continue
        public = wheel.version.removesuffix(CPU)
        allowed = all(want.specifier.contains(public) and not want.direct for want in wants)
        if allowed and (newest is None or is_newer(public, newest.removesuffix(CPU))):
            newest = wheel.version
    return newest


def _wants(demand: Demand, pins: Sequence[Pin], name: str) -> Iterator[Wanted]:
    """Yield the requirements of a package; those of torch also come from pinned packages of its family."""
    names = {*FAMILY, "xformers", "vllm"} if name == "torch" else {name}
    for want in wanted((*pins, *demand.constraints), names, demand.chosen_python, demand.platform):
        found = as_torch(want, demand.tables) if name == "torch" else want
        if found is not None:
            yield found
