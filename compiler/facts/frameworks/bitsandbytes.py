"""Checks that bitsandbytes has a library for the CUDA of torch: it loads the one of that very version."""

from caliban.compiler.facts.frameworks.choice import choice
from caliban.compiler.facts.frameworks.gpu import Stack
from caliban.compiler.facts.frameworks.releases import releases
from caliban.compiler.facts.frameworks.torch import torch_build
from caliban.compiler.ir.demand import Demand


def bitsandbytes_stack(demand: Demand) -> Stack | None:
    """A stack that only has a note: what installs, and fails at import; None where all is well."""
    found, torch = choice(demand, "bitsandbytes"), torch_build(demand).stack
    if found is None or not found.fits or torch is None or torch.cuda is None or torch.cuda in found.release.cudas:
        return None
    others = [release.version for release in releases("bitsandbytes", demand.tables) if torch.cuda in release.cudas]
    write = f": write bitsandbytes>={others[0]}" if others else ""
    newest, where = found.release.cudas[-1], found.want.pin.source
    note = f"{found.want.words} has libraries up to CUDA {newest}, none for torch's CUDA {torch.cuda} ({where}){write}"
    return Stack(notes=(note,))
