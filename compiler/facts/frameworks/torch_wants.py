"""The project's requirements of torch, and whether its index options choose a build."""

import re

from msgspec.structs import replace

from caliban.compiler.facts.data_files import table
from caliban.compiler.facts.frameworks.releases import torch_pinned_by
from caliban.compiler.facts.frameworks.wanted import Wanted, read_pin, wanted
from caliban.compiler.facts.tables import Tables
from caliban.compiler.ir.demand import Demand, Pin

TORCH_FAMILY = frozenset({"torch", "torchvision", "torchaudio", "xformers", "vllm"})  # each release wants one torch

_LOCAL = r"={2,3}\s*[^\s;,+]+\+[a-z]"  # 'torch==2.8.0+cu126'
_DIRECT = r"@\s*\S"  # 'torch @ https://…/torch-2.8.0%2Bcu126-….whl'
_CUDA_TAG = r"(?a)(?:\b|(?<=%2B))cu\d{2,3}\b"
_REPLACES_PYPI = r"(?:-i|--index-url|--default-index)[\s=]+(?!https://pypi\.[a-z]+/)|--no-index"


def torch_wants(demand: Demand) -> tuple[Wanted, ...]:
    """Return the requirements of torch, by name or by a package whose release requires one torch."""
    found = wanted(demand.packages, TORCH_FAMILY, demand.chosen_python, demand.platform)
    torches = (as_torch(want, demand.tables) for want in found)
    return tuple(want for want in torches if want is not None)


def as_torch(want: Wanted, tables: Tables) -> Wanted | None:
    """The requirement of torch that a requirement of the family comes to; None where it may be any torch."""
    if want.pin.name == "torch":
        return want
    version = torch_pinned_by(want.pin.name, want.exact, tables) if want.exact else None
    if version is None:
        return None
    torch = Pin(name="torch", text=f"torch=={version}", source=want.pin.source)
    return replace(read_pin(torch), marker=want.marker)


def newest_torch_under(pin: Pin, tables: Tables) -> str:
    """The requirement of torch that the newest known release of a package makes which the pin allows, or any torch."""
    found = read_pin(pin)
    rows = tables["frameworks"]["torch_pinned_by"].get(pin.name, {})
    fitting = [torch for version, torch in rows.items() if found.specifier.contains(version)]
    return f"torch=={fitting[-1]}" if fitting else "torch"


def what_default_brings() -> str:
    """Describe the torch that comes if no build is chosen, on PyPI and its mirrors, with its download size."""
    megabytes: dict[str, int] = table("weights")["megabytes"]
    wheels = (size for name, size in megabytes.items() if name in ("torch", "triton") or name.startswith("nvidia-"))
    return f"on PyPI and its mirrors that is one with CUDA, about {sum(wheels) / 1000:.0f} GB to download"


def names_its_build(demand: Demand) -> bool:
    """Return whether the user has chosen the build of torch: by an index, a local version or a file."""
    texts = (pin.text for pin in demand.packages if pin.name in TORCH_FAMILY)
    return any(re.search(_LOCAL, text) or re.search(_DIRECT, text) for text in texts) or any(
        map(_serves_torch, demand.indexes)
    )


def named_cuda_tag(demand: Demand) -> str | None:
    """The CUDA that such a choice names: 'cu126'."""
    texts = [pin.text for pin in demand.packages if pin.name in TORCH_FAMILY]
    found = (re.search(_CUDA_TAG, text) for text in (*texts, *demand.indexes))
    return next((tag[0] for tag in found if tag), None)


def _serves_torch(option: str) -> bool:
    """Return whether an index option says where torch comes from; an extra index with other packages does not."""
    return "torch" in option or re.match(_REPLACES_PYPI, option) is not None
