import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from caliban.compiler.locks.lock import Artifact
from caliban.compiler.locks.wheel_tags import best, fitting, tag_ranks

PYTHONS = [(3, minor) for minor in range(8, 16)]
OLD = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


def platforms(newest_glibc: int, machine: str) -> list[str]:
    """Those of a Linux with this glibc, in the order of `packaging`."""
    found = []
    for minor in range(newest_glibc, 4, -1):
        found += [f"manylinux_2_{minor}_{machine}", *([f"{OLD[minor]}_{machine}"] if minor in OLD else [])]
    return [*found, f"linux_{machine}"]


def expected(python: tuple[int, int], machine: str) -> list[Tag]:
    abi = f"cp{python[0]}{python[1]}"
    supported = platforms(28, machine)
    cpython = list(cpython_tags(python, abis=[abi], platforms=supported))
    return [*cpython, *compatible_tags(python, interpreter=abi, platforms=supported)]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("python", PYTHONS)
def test_tags_are_ranked_as_packaging_ranks_them(python: tuple[int, int], machine: str) -> None:
    ours = [Tag(*tag) for tag in tag_ranks(f"{python[0]}.{python[1]}", machine)]
    known = set(expected(python, machine))
    assert [tag for tag in ours if tag in known] == expected(python, machine)


names = st.builds(
    "foo-1.0-{}-{}-{}.whl".format,
    st.sampled_from(["cp310", "cp311", "cp312", "cp39", "cp38.cp311", "py3", "py2.py3", "py311", "pp310", "cp311.py3"]),
    st.sampled_from(["cp310", "cp311", "cp311t", "cp312", "abi3", "none", "pypy310_pp73"]),
    st.sampled_from(
        [
            *("any", "win_amd64", "macosx_11_0_arm64", "linux_x86_64", "manylinux1_x86_64", "musllinux_1_2_x86_64"),
            *("manylinux_2_17_x86_64.manylinux2014_x86_64", "manylinux_2_28_x86_64", "manylinux2014_aarch64"),
        ]
    ),
)


@given(st.lists(names, unique=True))
def test_the_wheel_that_packaging_prefers_is_taken(found: list[str]) -> None:
    order = {tag: rank for rank, tag in reversed(list(enumerate(expected((3, 11), "x86_64"))))}
    ranked = {
        name: min((order[tag] for tag in parse_wheel_filename(name)[3] if tag in order), default=None) for name in found
    }
    fit = {name: rank for name, rank in ranked.items() if rank is not None}
    artifacts = [Artifact(name, None) for name in found]
    chosen = best(artifacts, "3.11", "x86_64")
    assert (fit[chosen.name] if chosen else None) == min(fit.values(), default=None)
    assert {each.name for each in fitting(artifacts, "3.11", "x86_64")} == set(fit)


def test_a_wheel_for_a_newer_glibc_is_taken_only_where_no_other_fits() -> None:
    old, new, newest = (Artifact(f"foo-1.0-cp311-cp311-manylinux_2_{n}_x86_64.whl", None) for n in (28, 34, 39))
    assert (best([newest, new, old], "3.11", "x86_64"), best([newest, new], "3.11", "x86_64")) == (old, new)


@pytest.mark.parametrize("name", ["foo.whl", "foo-1.0.whl", "foo-1.0-py3-none-win32.whl", "foo-1.0.exe", ""])
def test_what_cannot_be_installed_is_not_taken(name: str) -> None:
    assert best([Artifact(name, None)], "3.11", "x86_64") is None
