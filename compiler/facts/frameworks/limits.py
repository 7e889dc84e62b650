"""Requirements that a mode or a card rules out."""

from collections.abc import Iterator

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.facts.frameworks import problems
from caliban.compiler.facts.frameworks.wanted import Wanted, wanted
from caliban.compiler.facts.python_versions import numbers
from caliban.compiler.ir.demand import Demand

# Of the shipped table, so that a project without any of them reads no table: tests/compiler/passes/test_choose_base.py.
LIMITED = frozenset(
    {"apex", "bitsandbytes", "causal-conv1d", "cupy", "cupy-cuda11x", "cupy-cuda12x", "cupy-cuda13x", "flash-attn"}
    | {"grouped-gemm", "jax", "mamba-ssm", "pycuda", "sglang", "vllm"}
)


def refuse_what_needs_cuda(demand: Demand) -> None:
    """Raises Rejected with all requirements that are of no use in CPU mode."""
    names = demand.tables["frameworks"]["needs_cuda"]["names"] if _may_be_limited(demand) else ()
    found = wanted(demand.packages, names, demand.chosen_python, demand.platform)
    wrong = [problems.needs_cuda(want.words, want.pin.source) for want in found if not _is_for_cpu(want)]
    if wrong:
        raise Rejected(*wrong)


def refuse_what_the_card_cannot_run(demand: Demand) -> None:
    """Raises Rejected with all requirements that have no kernels for the host's card."""
    wrong = list(_too_new(demand)) if demand.capability and _may_be_limited(demand) else []
    if wrong:
        raise Rejected(*wrong)


def _too_new(demand: Demand) -> Iterator[Diagnostic]:
    capability = demand.capability or ""
    oldest = demand.tables["frameworks"]["oldest_capability"]["packages"]
    names = {name.partition("[")[0] for name in oldest}
    for want in wanted(demand.packages, names, demand.chosen_python, demand.platform):
        spelled = (want.pin.name, *(f"{want.pin.name}[{extra}]" for extra in sorted(want.extras)))
        for name in spelled:
            if name in oldest and () < numbers(capability) < numbers(oldest[name]):
                way_out = "write jax[cuda12]" if name == "jax[cuda13]" else None
                yield problems.card_too_old(name, want.pin.source, oldest[name], capability, way_out)


def _is_for_cpu(want: Wanted) -> bool:
    """A wheel of one's own choice, such as vllm's for the CPU."""
    return want.direct or "+cpu" in want.pin.text


def _may_be_limited(demand: Demand) -> bool:
    return "frameworks" in demand.tables.changed or any(pin.name in LIMITED for pin in demand.packages)
