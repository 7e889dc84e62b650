"""Dependency groups of a pyproject.toml, by `[dependency-groups]` (PEP 735), into what each adds."""

from collections.abc import Iterator, Mapping

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.facts.pep508 import normalized
from caliban.compiler.frontend.dependencies.manifests import problems
from caliban.compiler.frontend.dependencies.manifests.toml import Toml
from caliban.compiler.frontend.dependencies.requirement import requirement
from caliban.compiler.input.project import Group, Requirement

_TABLE = "dependency-groups"


def read_groups(manifest: Toml) -> tuple[Group, ...]:
    """The groups with what they include. Raises Rejected where one is no list, or includes itself or none."""
    table = manifest.table(_TABLE)
    names = {normalized(name): name for name in table}
    return tuple(
        Group(name=name, requirements=tuple(_requirements(manifest, table, names, name, ())), standard=True)
        for name in names
    )


def _requirements(
    manifest: Toml, table: Mapping[str, object], names: Mapping[str, str], name: str, inside: tuple[str, ...]
) -> Iterator[Requirement]:
    """Yield the requirements that a group adds; `inside` are the groups that include it."""
    written = names[name]
    place = manifest.place(f"[{_TABLE}]", f"\n{written}", written)
    if name in inside:
        raise Rejected(problems.circular_groups(place, (*inside[inside.index(name) :], name)))
    items = table[written]
    if not isinstance(items, list):
        raise Rejected(problems.wrong_type(place, f"{_TABLE}.{written}", "a list"))
    for item in items:
        match item:
            case str():
                yield _requirement(item, manifest.place_of_string(item), written)
            case {"include-group": str(included)} if normalized(included) in names:
                yield from _requirements(manifest, table, names, normalized(included), (*inside, name))
            case {"include-group": str(included)}:
                raise Rejected(problems.unknown_group(place, included, tuple(names)))
            case _:
                raise Rejected(problems.wrong_type(place, f"{_TABLE}.{written}", "a list of strings and include-group"))


def _requirement(text: str, place: Place, group: str) -> Requirement:
    found = requirement(text, place)
    if found is None:
        raise Rejected(problems.not_a_dependency(place, f"{_TABLE}.{group}", text))
    return found
