"""Demands of pinned frameworks on other packages, by the metadata of their releases."""

from collections.abc import Iterator, Mapping

from msgspec import Struct
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from caliban.compiler.facts.data_files import table
from caliban.compiler.facts.frameworks.releases import torch_pinned_by
from caliban.compiler.facts.frameworks.wanted import Wanted, read_pin
from caliban.compiler.facts.pep508 import final_release, read_specifier
from caliban.compiler.ir.demand import Demand, Pin

# Of the shipped tables, so that a project without any of them reads none.
DEMANDING = frozenset({"tensorflow", "tensorflow-cpu", "jax", "torch", "torchvision", "torchaudio", "xformers", "vllm"})
_SAME = {"tensorflow-cpu": "tensorflow"}


class ReleaseDemand(Struct, frozen=True, kw_only=True):
    """A release's demand on another package."""

    name: str  # 'numpy'
    specifier: SpecifierSet  # '>=1.23.5,<2'
    by: Wanted  # 'tensorflow==2.15.0'


def release_demands(demand: Demand, *, cuda: bool) -> Iterator[ReleaseDemand]:
    """Those of all frameworks that are pinned to a release that the tables know; `cuda`: of NVIDIA's wheels too."""
    for want in _pinned(demand):
        torch = torch_pinned_by(want.pin.name, want.exact or "", demand.tables)
        if torch is not None:
            yield ReleaseDemand(name="torch", specifier=read_specifier(f"=={torch}"), by=want)
        for name, text in _listed(want, cuda=cuda).items():
            yield ReleaseDemand(name=name, specifier=read_specifier(text), by=want)


def releases_for(torch: str, package: str, demand: Demand) -> str | None:
    """The newest release of a package that pins torch to a release, where the tables know one."""
    pins = demand.tables["frameworks"]["torch_pinned_by"].get(package, {})
    fitting = [version for version, pin in pins.items() if pin == torch and final_release(version)]
    return max(fitting, key=Version, default=None)


def _pinned(demand: Demand) -> Iterator[Wanted]:
    for pin in demand.packages:
        if pin.name in DEMANDING:
            want = read_pin(pin)
            if want.exact and not want.direct and want.applies(demand.chosen_python, demand.platform):
                yield want


def _listed(want: Wanted, *, cuda: bool) -> dict[str, str]:
    name, release = _SAME.get(want.pin.name, want.pin.name), final_release(want.exact or "")
    if release is None:
        return {}
    found: dict[str, str] = {}
    for row in (name, f"{name}[and-cuda]" if "and-cuda" in want.extras else ""):
        listed = table("demands").get(row)
        if listed is not None and (cuda or (row != "torch" and "[" not in row)):
            found |= _row_at(listed, release)
    return found


def _row_at(listed: Mapping[str, Mapping[str, Mapping[str, str]]], release: Version) -> Mapping[str, str]:
    """The demands of a release; none of one that is older or newer than all that were read."""
    newest = final_release(str(listed["newest"]))
    starts = {start: row for first, row in listed["releases"].items() if (start := final_release(first))}
    before = [start for start in starts if start <= release]
    return starts[max(before)] if before and newest is not None and release <= newest else {}


def pin_of(demand: ReleaseDemand) -> Pin:
    """A demand as a line to quote: 'tensorflow==2.15.0, which requires numpy<2,>=1.23.5'."""
    by = demand.by.pin
    return Pin(name=demand.name, text=f"{by.text}, which requires {demand.name}{demand.specifier}", source=by.source)
