"""Whether specifiers have a version in common, against trying many versions."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from caliban.compiler.specifiers import common_version

_RELEASES = [".".join(map(str, release)) for length in (1, 2, 3) for release in product(range(3), repeat=length)]
_SUFFIXES = ("", ".dev0", ".dev1", "a0", "rc1", "rc2", "rc1.dev0", ".post0", ".post1", ".post1.dev0", "+a")
VERSIONS = [release + suffix for release in _RELEASES for suffix in _SUFFIXES]

_plain = st.builds(
    "{}{}".format, st.sampled_from((">=", "<=", ">", "<")), st.sampled_from(VERSIONS).filter(lambda v: "+" not in v)
)
_equal = st.builds("{}{}".format, st.sampled_from(("==", "!=")), st.sampled_from(VERSIONS))
_starred = st.builds("{}{}.*".format, st.sampled_from(("==", "!=")), st.sampled_from(_RELEASES))
_compatible = st.builds("~={}".format, st.sampled_from([release for release in _RELEASES if "." in release]))
SPECIFIERS = st.lists(_plain | _equal | _starred | _compatible, min_size=1, max_size=3).map(",".join).map(SpecifierSet)


@given(st.lists(SPECIFIERS, min_size=1, max_size=3))
def test_what_is_said_to_be_common_is_and_where_nothing_is_no_version_would_do(specifiers: list[SpecifierSet]) -> None:
    def allowed(version: str) -> bool:
        return all(specifier.contains(version, prereleases=True) for specifier in specifiers)

    found = common_version(specifiers)
    assert allowed(found) if found is not None else not any(map(allowed, VERSIONS))


@pytest.mark.parametrize(
    ("specifiers", "common"),
    [
        (("==1.0+cu118", "==1.0"), True),
        (("==1.0+cu118", "==1.0+cu121"), False),
        ((">1.2,<1.2.1",), True),
        ((">1.2,<1.2.1", "!=1.2.*"), False),
        (("<0.dev1", "!=0.dev0"), False),
        (("===2004d", ">=1"), False),
        (("===2004d", ""), True),
        (("", ""), True),
        (("!=1.*,!=2.*", ">=1,<3"), False),
    ],
)
def test_bounds_are_read_as_pep_440_has_them(specifiers: tuple[str, ...], common: bool) -> None:
    assert (common_version([SpecifierSet(text) for text in specifiers]) is not None) == common
