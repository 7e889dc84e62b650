import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker

from caliban.compiler.facts.markers import environment, holds


@pytest.mark.parametrize(
    ("marker", "answer"),
    [
        ("sys_platform == 'linux'", True),
        ("platform_system == 'Windows' or os_name == 'posix'", True),
        ("python_version < '3.11'", False),
        ("python_full_version < '3.11.3'", False),  # the image has the newest patch
        ("platform_machine == 'aarch64'", False),
        ("implementation_name == 'pypy'", False),
        ("extra == 'cpu'", True),
        ("extra != 'cpu'", False),
        ("'Fancy_One' == extra", True),
        ("extra == 'gpu' or extra == 'cpu'", True),  # several are wanted, and each comparison is of its own
        ("extra == 'cpu' and extra == 'fancy-one' and extra != 'gpu'", True),
        ("'cpu' in extras and 'gpu' not in extras", True),
        ("'dev' in dependency_groups", False),
        ("extra == 'extra-4-demo-cpu'", False),
        ("this is no marker", True),
    ],
)
def test_a_marker_is_decided_for_the_image_and_the_extras_that_are_wanted(marker: str, answer: bool) -> None:
    assert holds(marker, "3.11", "linux/amd64", frozenset({"cpu", "fancy-one"})) is answer


def test_a_marker_is_decided_for_each_platform() -> None:
    marker = "platform_machine == 'aarch64'"
    assert [holds(marker, "3.11", platform) for platform in ("linux/amd64", "linux/arm64", "linux/arm64/v8")] == [
        False,
        True,
        True,
    ]


WORDS = ("sys_platform", "os_name", "platform_machine", "platform_system", "implementation_name")
VALUES = ("linux", "win32", "posix", "x86_64", "aarch64", "Linux", "cpython", "PyPy", "", "1", "v2", "a b", "3.11")
RELEASES = ("3", "3.9", "3.10", "3.11", "3.11.0", "3.12", "3.11.*", "3.13.0rc1", "3.11.2.4", "")


def _comparison(names: tuple[str, ...], values: tuple[str, ...]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(("==", "!=", "<", "<=", ">", ">=", "~="))
    quotes = st.sampled_from(("'", '"'))
    drawn = st.tuples(st.sampled_from(names), operators, quotes, st.sampled_from(values))
    return drawn.map(lambda each: f"{each[0]} {each[1]} {each[2]}{each[3]}{each[2]}")


COMPARISONS = _comparison((*WORDS, "platform_python_implementation"), VALUES) | _comparison(
    ("python_version", "python_full_version"), RELEASES
)
MARKERS = st.recursive(
    COMPARISONS,
    lambda inner: st.tuples(inner, st.sampled_from(("and", "or")), inner, st.booleans()).map(
        lambda each: f"({each[0]}) {each[1]} {each[2]}" if each[3] else f"{each[0]} {each[1]} {each[2]}"
    ),
    max_leaves=4,
)


@given(MARKERS, st.sampled_from(("3.9", "3.11", "3.13")), st.sampled_from(("linux/amd64", "linux/arm64")))
def test_what_is_read_here_is_what_packaging_says(marker: str, python: str, platform: str) -> None:
    try:
        expected = Marker(marker).evaluate(environment(python, platform))
    except Exception:  # packaging has several kinds of refusal: to the reader of markers, all are one
        expected = True
    assert holds(marker, python, platform) is expected


def test_what_uv_exports_is_read_without_packaging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "packaging.markers", None)

    assert holds("platform_machine == 'x86_64' and python_full_version >= '3.10.1'", "3.12", "linux/amd64")
    assert not holds("sys_platform == 'win32' or python_version < '3.12'", "3.12", "linux/amd64")
