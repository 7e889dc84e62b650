"""Selects wheels that a CPython on Linux can install, in its order of preference (PEP 425), by `packaging.tags`."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from caliban.compiler.locks.lock import Artifact

if TYPE_CHECKING:
    from packaging.tags import Tag

SDISTS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")

# glibc: every base that caliban chooses has 2.31 or newer (Ubuntu 20.04), and 2.28 is the newest manylinux below it.
_EVERYWHERE = range(28, 4, -1)
_NEWER = range(29, 60)  # of these the least demanding: the base at hand may just have it
_OLD_NAMES = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


def best(artifacts: Sequence[Artifact], python: str, machine: str) -> Artifact | None:
    """Return the wheel that suits best, else the sdist, else None."""
    wheels = [(rank, artifact) for artifact in artifacts if (rank := _rank(artifact.name, python, machine)) is not None]
    if wheels:
        return min(wheels, key=lambda each: each[0])[1]
    return next((artifact for artifact in artifacts if artifact.name.endswith(SDISTS)), None)


def fitting(artifacts: Sequence[Artifact], python: str, machine: str) -> tuple[Artifact, ...]:
    """Return all that might be installed on a base that is not ours, whatever its glibc: wheels, and the sdist."""
    return tuple(
        each for each in artifacts if each.name.endswith(SDISTS) or _rank(each.name, python, machine) is not None
    )


def can_install(name: str, python: str | None, machine: str) -> bool:
    """Return whether a Python on a machine can install a wheel, by its file name; None: any Python."""
    if python is None:
        return name.endswith("-any.whl") or machine in name.rpartition("-")[2]
    return _rank(name, python, machine) is not None


@cache
def tag_ranks(python: str, machine: str) -> "dict[Tag, int]":
    """Return every tag that can be installed, with its rank: 0 is preferred to all others."""
    from packaging.tags import compatible_tags, cpython_tags  # 15 ms, which a project without wheels does not need

    major, minor = map(int, python.split("."))
    own, platforms = f"cp{major}{minor}", tuple(_platforms(machine))
    tags = (
        *cpython_tags((major, minor), [own], platforms),
        *compatible_tags((major, minor), own, platforms),
    )
    return {tag: rank for rank, tag in enumerate(dict.fromkeys(tags))}


def _platforms(machine: str) -> Iterator[str]:
    for minor in _EVERYWHERE:
        yield f"manylinux_2_{minor}_{machine}"
        if minor in _OLD_NAMES:
            yield f"{_OLD_NAMES[minor]}_{machine}"
    yield f"linux_{machine}"
    yield from (f"manylinux_2_{minor}_{machine}" for minor in _NEWER)


def _rank(name: str, python: str, machine: str) -> int | None:
    """Return the best rank of a wheel's tags, by its file name; None for one that does not suit, and for no wheel."""
    if not name.endswith(".whl") or not (machine in name or name.endswith("-any.whl")):  # most are for others
        return None
    from packaging.tags import parse_tag

    ranks, parts = tag_ranks(python, machine), name.removesuffix(".whl").split("-")
    if len(parts) < 5:
        return None
    return min((ranks[tag] for tag in parse_tag("-".join(parts[-3:])) if tag in ranks), default=None)
