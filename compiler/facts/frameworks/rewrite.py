"""The replacement of a declared package, as the rules of the frameworks give it."""

from collections.abc import Collection, Sequence

from msgspec import Struct

from caliban.compiler.facts.frameworks.wanted import Wanted, wanted
from caliban.compiler.ir.demand import Demand


class Rewrite(Struct, frozen=True, kw_only=True):
    """One rewrite of what is declared, in the terms of an installer."""

    reason: str  # 'jax 0.11.2 is installed as jax[cuda12]: without it jax sees no GPU (requirements.txt:1)'
    source: str  # 'requirements.txt:1'
    overrides: tuple[str, ...] = ()  # 'tensorflow[and-cuda]==2.15.1': instead of all requirements of that name
    excludes: tuple[str, ...] = ()  # 'tensorflow': whoever requires it
    additions: tuple[str, ...] = ()  # 'tensorflow-cpu==2.21.0'
    otherwise: str | None = None  # what to say where rewrites are turned off, if nobody else says it


def renamed(
    wants: Sequence[Wanted], demand: Demand, name: str, without: Collection[str] = frozenset()
) -> tuple[str, ...]:
    """The requirements under another name, with what constraints files say of the old one."""
    names = {want.pin.name for want in wants}
    limits = wanted(demand.constraints, names, demand.chosen_python, demand.platform)
    texts = (respelled(want, name=name, extras=want.extras.difference(without)) for want in (*wants, *limits))
    return tuple(dict.fromkeys(texts))


def respelled(
    want: Wanted, *, name: str | None = None, extras: Collection[str] = (), version: str | None = None
) -> str:
    """The requirement with another name, other extras or another version, for the same Pythons and platforms."""
    chosen = f"[{','.join(sorted(extras))}]" if extras else ""
    marker = f" ; {want.marker}" if want.marker else ""
    return f"{name or want.pin.name}{chosen}{f'=={version}' if version else want.specifier}{marker}"
