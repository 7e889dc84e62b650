"""CUDA and cuDNN that ctranslate2 needs from the base in GPU mode, by itself or under faster-whisper.

https://github.com/SYSTRAN/faster-whisper#gpu says which: CUDA 11 up to 3.24, cuDNN 8 up to 4.4, cuDNN 9 since.
"""

from caliban.compiler.facts.frameworks.choice import choice
from caliban.compiler.facts.frameworks.gpu import Stack
from caliban.compiler.facts.frameworks.system_cuda import system_stack
from caliban.compiler.ir.demand import Demand


def ctranslate2_stack(demand: Demand) -> Stack | None:
    """The stack, or None without it; raises Rejected where the driver is too old."""
    found = choice(demand, "ctranslate2") or choice(demand, "faster-whisper")
    return None if found is None else system_stack(found, demand)
