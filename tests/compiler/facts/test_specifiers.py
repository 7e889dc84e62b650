"""What specifiers allow, against packaging; whether they have a version in common, against trying many versions."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from caliban.compiler.facts.specifiers import Specifier, common_version, is_plain, read_specifier

_RELEASES = [".".join(map(str, release)) for length in (1, 2, 3) for release in product(range(3), repeat=length)]
_SUFFIXES = ("", ".dev0", ".dev1", "a0", "rc1", "rc2", "rc1.dev0", ".post0", ".post1", ".post1.dev0", "+a")
VERSIONS = [release + suffix for release in _RELEASES for suffix in _SUFFIXES]

_plain = st.builds(
    "{}{}".format, st.sampled_from((">=", "<=", ">", "<")), st.sampled_from(VERSIONS).filter(lambda v: "+" not in v)
)
_equal = st.builds("{}{}".format, st.sampled_from(("==", "!=")), st.sampled_from(VERSIONS))
_starred = st.builds("{}{}.*".format, st.sampled_from(("==", "!=")), st.sampled_from(_RELEASES))
_compatible = st.builds("~={}".format, st.sampled_from([release for release in _RELEASES if "." in release]))
TEXTS = st.lists(_plain | _equal | _starred | _compatible, max_size=3).map(", ".join)
SPECIFIERS = TEXTS.filter(bool).map(read_specifier)


@given(TEXTS, st.sampled_from(VERSIONS))
def test_a_specifier_allows_what_packagings_does(text: str, version: str) -> None:
    specifier = read_specifier(text)
    assert specifier.contains(version) == SpecifierSet(text).contains(version, prereleases=True)


@given(TEXTS)
def test_a_specifier_is_spelled_so_that_it_is_read_as_the_same(text: str) -> None:
    specifier = read_specifier(text)
    assert str(read_specifier(str(specifier))) == str(specifier)
    assert SpecifierSet(str(specifier)) == SpecifierSet(text)


@given(
    st.sampled_from(_RELEASES), st.sampled_from(("", ".*")), st.sampled_from(("==", "!=", ">=", "<=", ">", "<", "~="))
)
def test_what_is_plain_is_what_packaging_reads(release: str, wildcard: str, operator: str) -> None:
    text = f"{operator} {release}{wildcard}"
    try:
        SpecifierSet(text)
        readable = True
    except InvalidSpecifier:
        readable = False
    assert is_plain(text) == readable


@pytest.mark.parametrize("text", ["~=1", ">=1.*", "=1", "1", ">= 1 2", "==1.0rc1.*"])
def test_what_packaging_refuses_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text.partition(",")[0])):
        read_specifier(text)


@given(st.lists(SPECIFIERS, min_size=1, max_size=3))
def test_what_is_said_to_be_common_is_and_where_nothing_is_no_version_would_do(specifiers: list[Specifier]) -> None:
    def allowed(version: str) -> bool:
        return all(specifier.contains(version) for specifier in specifiers)

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
    assert (common_version([read_specifier(text) for text in specifiers]) is not None) == common
