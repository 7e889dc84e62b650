"""Refuse extras whose packages are on no index at that release, and note those that the release does not have.

`jax[cuda12_pip]==0.4.25` demands a jaxlib that PyPI never had, and `jax[cuda13]==0.4.30` is installed without CUDA: of
an extra that is not there the installer only warns. The facts are in data/traps.json. An index or a page of links of
the project's own may have what PyPI lacks, and a base that the user names may bring it: then this says nothing.

Runs after `rewrite_requirements`, which takes extras of CUDA away where nothing needs them.

>>> show(refuse_missing_extras(recipe(Demand(python='3.11', packages=('jax[cuda12]==0.4.22',)))))
Traceback (most recent call last):
caliban.compiler.diagnostics.Rejected: jax[cuda12]==0.4.22 demands jax-cuda12-pjrt 0.4.22, which is not on PyPI
>>> show(refuse_missing_extras(recipe(Demand(python='3.11', packages=('jax[cuda13]==0.4.30',)))))
Demand(python='3.11', packages=('jax[cuda13]==0.4.30',))
note: jax 0.4.30 has no extra cuda13, so it is installed without it (requirements.txt:1)
"""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.facts.data_files import table
from caliban.compiler.facts.frameworks.wanted import Wanted, read_pin
from caliban.compiler.facts.pep508 import final_release
from caliban.compiler.ir.demand import Demand
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.passes import problems


def refuse_missing_extras(recipe: Recipe) -> Recipe:
    """The recipe with notes about extras that are not there; raises Rejected with those that cannot be installed."""
    demand = recipe.demand
    if recipe.base.named or demand.indexes or not any("[" in pin.text for pin in demand.packages):
        return recipe
    found = [(want, name, fact) for want in _pinned(demand) for name, fact in _missing(want)]
    wrong: list[Diagnostic] = []
    notes: list[str] = []
    for want, name, fact in found:
        if "lacking" in fact:
            wrong.append(problems.extra_of_nothing(want.pin, want.text, fact["lacking"], fact.get("links")))
        else:
            notes.append(f"{want.words} has no extra {name}, so it is installed without it ({want.pin.source})")
    if wrong:
        raise Rejected(*dict.fromkeys(wrong))
    return replace(recipe, notes=recipe.notes + tuple(notes))


def _pinned(demand: Demand) -> Iterator[Wanted]:
    for pin in demand.packages:
        if "[" in pin.text:
            want = read_pin(pin)
            if want.exact and not want.direct and want.applies(demand.chosen_python, demand.platform):
                yield want


def _missing(want: Wanted) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The extras that it does not have, or whose packages are not there, each with the fact that says so."""
    release = final_release(want.exact or "")
    for fact in table("traps")["extras"]:
        since, until = (final_release(fact.get(bound, "")) for bound in ("since", "until"))
        if fact["package"] != want.pin.name or release is None:
            continue
        if (since is None or since <= release) and (until is None or release <= until):
            yield from ((name, fact) for name in sorted(want.extras.intersection(fact["extras"])))
