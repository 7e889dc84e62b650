"""Selects wheels that a CPython on Linux can install, in its order of preference (PEP 425).

Not `packaging.tags`: importing it takes 15 ms, and it describes the interpreter that runs it, not the one in the image.
tests/compiler/locks/test_wheel_tags.py compares the two.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product

from caliban.compiler.locks.lock import Artifact

SDISTS = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")

# glibc: every base that caliban chooses has 2.31 or newer (Ubuntu 20.04), and 2.28 is the newest manylinux below it.
_EVERYWHERE = range(28, 4, -1)
_NEWER = range(29, 60)  # of these the least demanding: the base at hand may just have it
_OLD_NAMES = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


def best(artifacts: Sequence[Artifact], python: str, machine: str) -> Artifact | None:
    """The wheel that suits best, else the sdist, else None."""
    ranks = tag_ranks(python, machine)
    found: tuple[int, Artifact] | None = None
    for artifact in artifacts:
        name = artifact.name
        if name.endswith(".whl") and (machine in name or name.endswith("-any.whl")):  # most are for others: seen fast
            rank = _rank(name, ranks)
            if rank is not None and (found is None or rank < found[0]):
                found = rank, artifact
    if found is not None:
        return found[1]
    return next((artifact for artifact in artifacts if artifact.name.endswith(SDISTS)), None)


def fitting(artifacts: Sequence[Artifact], python: str, machine: str) -> tuple[Artifact, ...]:
    """All that might be installed on a base that is not ours, whatever its glibc: wheels, and the sdist."""
    ranks = tag_ranks(python, machine)
    return tuple(
        each
        for each in artifacts
        if each.name.endswith(SDISTS) or (each.name.endswith(".whl") and _rank(each.name, ranks) is not None)
    )


@cache
def tag_ranks(python: str, machine: str) -> dict[tuple[str, str, str], int]:
    """Every tag that can be installed, with its rank: 0 is preferred to all others."""
    return {tag: rank for rank, tag in enumerate(dict.fromkeys(_tags(python, machine)))}


def _tags(python: str, machine: str) -> Iterator[tuple[str, str, str]]:
    """In the order of `packaging.tags.sys_tags()`."""
    major, minor = (int(part) for part in python.split("."))
    own, platforms = f"cp{major}{minor}", tuple(_platforms(machine))
    older = [f"{major}{number}" for number in range(minor - 1, -1, -1)]
    plain = [f"py{version}" for version in (f"{major}{minor}", f"{major}", *older)]
    abi3 = [f"cp{version}" for version in older if version not in (f"{major}0", f"{major}1")]
    yield from product((own,), (own,), platforms)
    yield from product((own,), ("abi3",), platforms)
    yield from product((own,), ("none",), platforms)
    yield from product(abi3, ("abi3",), platforms)
    yield from product(plain, ("none",), platforms)
    yield own, "none", "any"
    yield from product(plain, ("none",), ("any",))


def _platforms(machine: str) -> Iterator[str]:
    for minor in _EVERYWHERE:
        yield f"manylinux_2_{minor}_{machine}"
        if minor in _OLD_NAMES:
            yield f"{_OLD_NAMES[minor]}_{machine}"
    yield f"linux_{machine}"
    yield from (f"manylinux_2_{minor}_{machine}" for minor in _NEWER)


def _rank(name: str, ranks: dict[tuple[str, str, str], int]) -> int | None:
    """The best rank among the tags of a file name: 'foo-1.0-cp311-cp311-manylinux1_x86_64.manylinux2014_x86_64.whl'."""
    parts = name[: -len(".whl")].split("-")
    if len(parts) < 5:
        return None
    interpreters, abis, platforms = (part.split(".") for part in parts[-3:])
    found = [ranks[tag] for tag in product(interpreters, abis, platforms) if tag in ranks]
    return min(found) if found else None


def can_install(name: str, python: str | None, machine: str) -> bool:
    """Return whether a Python on a machine can install a wheel, by its file name; None: any Python."""
    if python is None:
        return name.endswith("-any.whl") or machine in name.rpartition("-")[2]
    return _rank(name, tag_ranks(python, machine)) is not None
