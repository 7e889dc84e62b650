"""CUDA versions that the host's driver and card can run."""

import re

from msgspec import Struct

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.frameworks import problems
from caliban.compiler.facts.frameworks.wanted import Wanted
from caliban.compiler.facts.python_versions import numbers
from caliban.compiler.facts.tables import Tables
from caliban.compiler.ir.demand import Demand

_INDEX = r"(?a)cu(\d+)(\d)"


class Stack(Struct, frozen=True, kw_only=True):
    """The needs of one framework of a base image in GPU mode."""

    words: str = ""  # for the comment over FROM: 'torch 2.8.0 brings CUDA 12.8 in its wheels (requirements.txt:1)'
    cuda: str | None = None  # '12.8'; None: not known, or none
    cudnn: str | None = None  # the major of cuDNN that comes with it: '9'
    image: str | None = None  # 'nvidia/cuda:…'; None: a slim one will do
    shadowed: bool = False  # whether an LD_LIBRARY_PATH comes before what its wheels bring
    notes: tuple[str, ...] = ()


def can_run(cuda: str, demand: Demand) -> bool:
    """Return whether the host's driver and card can run builds for this CUDA; unknown facts forbid nothing."""
    return driver_can_run(cuda, demand) and _card_can_run(cuda, demand)


def driver_can_run(cuda: str, demand: Demand) -> bool:
    """Return whether the host's driver is at least the oldest that runs this CUDA."""
    ours, oldest = numbers(demand.driver or ""), numbers(oldest_driver(cuda, demand.tables) or "")
    return not ours or not oldest or ours >= oldest


def require_driver(cuda: str, want: Wanted, demand: Demand, way_out: str | None = None) -> None:
    """Raises Rejected where the host's driver is too old for what a requirement runs on."""
    if not driver_can_run(cuda, demand):
        words, oldest = f"{want.words} with CUDA {cuda}", oldest_driver(cuda, demand.tables) or ""
        raise Rejected(problems.driver_too_old(words, want.pin.source, oldest, demand.driver or "", way_out))


def oldest_driver(cuda: str, tables: Tables) -> str | None:
    """The oldest Linux driver that runs a CUDA version ('12.8', '13'), in the family's compatibility mode.

    https://docs.nvidia.com/deploy/cuda-compatibility/
    """
    drivers = tables["frameworks"]["driver"]
    found = drivers.get(cuda) or drivers.get(cuda.partition(".")[0])
    return None if found is None else str(found)


def index_cuda(index: str) -> str | None:
    """The CUDA of one of PyTorch's indexes: '12.6' for 'cu126'; None for 'cpu' and whatever has none."""
    found = re.fullmatch(_INDEX, index)
    return f"{found[1]}.{found[2]}" if found else None


def _card_can_run(cuda: str, demand: Demand) -> bool:
    """Return whether builds of this CUDA have kernels for a card of the host's compute capability."""
    ours, built = numbers(demand.capability or ""), numbers(cuda)
    if not ours:
        return True
    for row in demand.tables["frameworks"]["capability"]:
        if "below" in row and ours < numbers(row["below"]) and built > numbers(row["newest_cuda"]):
            return False
        if "from" in row and ours >= numbers(row["from"]) and built < numbers(row["oldest_cuda"]):
            return False
    return True
