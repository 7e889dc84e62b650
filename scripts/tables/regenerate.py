"""The shipped tables in, the same with what the index says of their packages out."""

import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from packaging.version import Version

from caliban.compiler.facts.frameworks.wheel_rows import serves
from tables.frameworks import cuda_of, merged, newer, torch_of
from tables.index import File
from tables.wheels import Served, row_of, sources, wheels

AT_ONCE = 4  # questions to the index
MOST_NEW = 12  # releases of one package whose metadata is read in one run: the newest
CAUGHT_UP = 0.9  # of the packages have wheels for a Python that is not young any more

# The package whose wheels tell the Pythons of a framework, and the requirement whose dependencies tell its CUDA.
FRAMEWORKS = {
    "torch": ("torch", "torch=={}"),
    "tensorflow": ("tensorflow", "tensorflow[and-cuda]=={}"),
    "tensorflow-gpu": ("tensorflow-gpu", None),
    "jax": ("jaxlib", None),
    "onnxruntime-gpu": ("onnxruntime-gpu", "onnxruntime-gpu[cuda,cudnn]=={}"),
}

Tables = dict[str, dict[str, Any]]  # by the name of their file
T = TypeVar("T")


class Index(NamedTuple):
    """Whom to ask: the clients, or a test's recording of them."""

    files: Callable[[str], Iterable[File]]  # all of a package
    dependencies: Callable[[str, str], Mapping[str, str]]  # of a pinned release, for a Python
    reread: bool = False  # the metadata of known releases too, not only of newer ones


def regenerated(old: Tables, index: Index, wanted: Callable[[str], bool]) -> Tables:
    """The tables `frameworks`, `wheels` and `pythons`; what is not wanted stays as it is."""
    frameworks, packages = old["frameworks"], old["wheels"]["packages"]
    minors = list(old["pythons"]["minors"])
    listed = [name for name in packages if wanted(name)]
    pinning = [name for name in frameworks["torch_pinned_by"] if wanted(name)]
    asked = [name for name in FRAMEWORKS if wanted(name)]
    sources_of = {*listed, *pinning, *(FRAMEWORKS[name][0] for name in asked), *({"jax"} & {*asked})}
    files = _each(index.files, sorted(sources_of))
    rows = {name: _rows(name, frameworks[name], files, index, minors) for name in asked}
    pins = frameworks["torch_pinned_by"]
    pins = pins | {name: pins[name] | _new_pins(name, pins[name], files, index, minors) for name in pinning}
    packages = dict(sorted((packages | {name: row_of(files[name], minors) for name in listed}).items()))
    return {
        "frameworks": frameworks | rows | {"torch_pinned_by": pins},
        "wheels": old["wheels"] | {"packages": packages},
        "pythons": old["pythons"] | {"young": _young(minors, packages)},
    }


def _rows(
    name: str, rows: list[dict[str, Any]], files: Mapping[str, Iterable[File]], index: Index, minors: list[str]
) -> list[dict[str, Any]]:
    package, requirement = FRAMEWORKS[name]
    served = wheels(files[package], "amd64", minors)
    if name == "jax":
        served = _of_jax(served, sources(files["jax"], minors))
    if requirement is None:
        return merged(rows, served, {})
    known = [version for row in rows for version in row["versions"]]
    read = _each(
        lambda each: cuda_of(index.dependencies(requirement.format(each), _newest(served, each))),
        _to_read(known, served, index),
        name,
    )
    return merged(rows, served, read)


def _of_jax(jaxlib: Served, jax: Served) -> Served:
    """A release of jax takes the newest jaxlib that is not newer than itself, and demands a Python of its own.

    Releases before the first jaxlib on the index take theirs from a page of links, which is not read.
    """
    return {
        version: allowed & jaxlib[max(other for other in jaxlib if other <= version)]
        for version, allowed in jax.items()
        if version >= min(jaxlib)
    }


def _new_pins(
    name: str, known: Mapping[str, str], files: Mapping[str, Iterable[File]], index: Index, minors: list[str]
) -> dict[str, str]:
    """The torch that each newer release of a package requires, where that is one torch."""
    served = wheels(files[name], "amd64", minors)
    read = _each(
        lambda each: torch_of(index.dependencies(f"{name}=={each}", _newest(served, each))),
        _to_read(known, served, index),
        name,
    )
    return {version: torch for version, torch in read.items() if torch is not None}


def _to_read(known: Iterable[str], served: Served, index: Index) -> list[str]:
    """The releases whose metadata is asked for."""
    versions = list(known)
    again = [version for version in versions if served.get(Version(version))] if index.reread else []
    return [*again, *newer(versions, served)[-MOST_NEW:]]


def _newest(served: Served, version: str) -> str:
    return max(served[Version(version)], key=Version)


def _young(minors: list[str], packages: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The Pythons for which too few packages have wheels yet, by their newest releases."""
    newest = [list(row["amd64"].values())[-1] for row in packages.values()]
    served = [minor for minor in minors if sum(serves(text, minor) for text in newest) >= CAUGHT_UP * len(newest)]
    return minors[minors.index(served[-1]) + 1 :]


def _each(question: Callable[[str], T], names: list[str], of: str = "") -> dict[str, T]:
    """The answers, several questions at a time; what was asked is said."""

    def answered(name: str) -> tuple[str, T]:
        answer = question(name)
        print(f"  {of} {name}", file=sys.stderr)
        return name, answer

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(pool.map(answered, names))
