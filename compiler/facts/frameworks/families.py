"""The packages of which caliban knows what they need on a GPU or on none, and the modules that know it.

These modules are imported here alone, and only for a project that declares one of the packages.
"""

from collections.abc import Callable

from caliban.compiler.facts.frameworks.gpu import Stack
from caliban.compiler.facts.frameworks.rewrite import Rewrite
from caliban.compiler.ir.demand import Demand


def stacks(demand: Demand) -> tuple[Stack, ...]:
    """Return the needs of each declared framework of a base in GPU mode. Raises Rejected if one cannot run."""
    found = (stack_of(demand) for stack_of in _stacks({pin.name for pin in demand.packages}, demand))
    return tuple(stack for stack in found if stack is not None)


def rewrites(demand: Demand) -> tuple[Rewrite, ...]:
    """Return the packages to install instead of declared ones."""
    found = (rewrite_of(demand) for rewrite_of in _rewrites({pin.name for pin in demand.packages}))
    return tuple(rewrite for rewrite in found if rewrite is not None)


def _stacks(names: set[str], demand: Demand) -> list[Callable[[Demand], Stack | None]]:
    """The rules that may have to say something; of packages that the user's own table names, only that can tell."""
    found: list[Callable[[Demand], Stack | None]] = []
    if names & {"deepspeed", "pycuda", "sglang", "vllm"} or demand.compiles or "frameworks" in demand.tables.changed:
        from caliban.compiler.facts.frameworks.nvcc import runtime_stack

        found.append(runtime_stack)
    if names & {"jax", "jaxlib"}:
        from caliban.compiler.facts.frameworks.jax import jax_stack

        found.append(jax_stack)
    if names & {"tensorflow", "tensorflow-gpu"}:
        from caliban.compiler.facts.frameworks.tensorflow import tensorflow_stack

        found.append(tensorflow_stack)
    if "onnxruntime-gpu" in names:
        from caliban.compiler.facts.frameworks.onnxruntime import onnxruntime_stack

        found.append(onnxruntime_stack)
    if names & {"ctranslate2", "faster-whisper"}:
        from caliban.compiler.facts.frameworks.ctranslate2 import ctranslate2_stack

        found.append(ctranslate2_stack)
    if any(name.startswith("cupy-cuda") for name in names):
        from caliban.compiler.facts.frameworks.cupy import cupy_stack

        found.append(cupy_stack)
    if "bitsandbytes" in names:
        from caliban.compiler.facts.frameworks.bitsandbytes import bitsandbytes_stack

        found.append(bitsandbytes_stack)
    return found


def _rewrites(names: set[str]) -> list[Callable[[Demand], Rewrite | None]]:
    found: list[Callable[[Demand], Rewrite | None]] = []
    if names & {"tensorflow", "tensorflow-gpu"}:
        from caliban.compiler.facts.frameworks.tensorflow import tensorflow_rewrite

        found.append(tensorflow_rewrite)
    if "jax" in names:
        from caliban.compiler.facts.frameworks.jax import jax_rewrite

        found.append(jax_rewrite)
    if "onnxruntime-gpu" in names:
        from caliban.compiler.facts.frameworks.onnxruntime import onnxruntime_rewrite

        found.append(onnxruntime_rewrite)
    if any(name.startswith("cupy-cuda") for name in names):
        from caliban.compiler.facts.frameworks.cupy import cupy_rewrite

        found.append(cupy_rewrite)
    return found
