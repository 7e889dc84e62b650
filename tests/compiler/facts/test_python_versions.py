import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from caliban.compiler.facts.python_versions import allows, chosen_minor, is_range, touches

MINORS = st.integers(min_value=6, max_value=16).map("3.{}".format)
VERSIONS = st.one_of(st.just("3"), MINORS, st.tuples(MINORS, st.integers(0, 20)).map("{0[0]}.{0[1]}".format))
PLAIN = st.tuples(st.sampled_from(("<", "<=", ">", ">=", "==", "!=")), VERSIONS).map("".join)
PREFIX = st.tuples(st.sampled_from(("==", "!=")), VERSIONS).map("{0[0]}{0[1]}.*".format)
COMPATIBLE = VERSIONS.filter(lambda version: "." in version).map("~={}".format)
RANGES = st.lists(PLAIN | PREFIX | COMPATIBLE, min_size=1, max_size=3).map(", ".join)


@given(RANGES, MINORS)
def test_ranges_are_read_as_packaging_reads_them(specifier: str, minor: str) -> None:
    expected = [SpecifierSet(specifier).contains(f"{minor}.{patch}") for patch in range(100)]
    assert (allows(specifier, minor), touches(specifier, minor)) == (expected[-1], any(expected))


@pytest.mark.parametrize("text", ["3.11", "3.11.4", "==3.11.*", "==3.11", "===3.11.4", " 3.11.0rc1 "])
def test_a_choice_of_a_patch_is_a_choice_of_its_minor(text: str) -> None:
    assert (chosen_minor(text), is_range(text)) == ("3.11", False)


@pytest.mark.parametrize("text", ["==3.*", ">=3.9,<3.13", "==3.9.*,<4", "~=3.9"])
def test_a_text_that_means_several_minors_is_a_range(text: str) -> None:
    assert (chosen_minor(text), is_range(text)) == (None, True)


@pytest.mark.parametrize("text", ["", "pypy3.9", "three", "3", f"3.{'1' * 5000}x"])
def test_other_texts_are_neither(text: str) -> None:
    assert (chosen_minor(text), is_range(text)) == (None, False)
