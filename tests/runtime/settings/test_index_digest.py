"""Other indexes have another digest, and nothing that may be secret changes it."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban.runtime.settings.index_digest import digest_of
from caliban.runtime.settings.indexes import PackageIndex, PackageSources

TEAM = "https://pypi.example/team/simple"


def of(*urls: str, **more: object) -> str:
    return digest_of(PackageSources(indexes=tuple(PackageIndex(url=url) for url in urls), **more))  # type: ignore[arg-type]


def test_no_index_has_no_digest() -> None:
    assert of() == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://ada:SECRET@pypi.example/team/simple",
        "https://SECRET@pypi.example/team/simple",
        "https://pypi.example/team/simple?token=SECRET",
        "https://pypi.example/SECRET/team/simple/",
        "https://PYPI.example/team/simple/#SECRET",
    ],
)
def test_what_may_be_secret_is_no_part_of_it(url: str) -> None:
    assert of(url.replace("SECRET", secrets.token_hex(8))) == of(TEAM)


@given(st.integers(min_value=16, max_value=64).flatmap(lambda length: st.text("0123456789abcdef", min_size=length)))
def test_no_token_in_hexadecimal_is_part_of_it(token: str) -> None:
    long_word = not any(char.isdigit() for char in token) and len(token) <= 20
    assert long_word or of(f"https://pypi.example/{token}/team/simple") == of(TEAM)


@pytest.mark.parametrize(
    "url",
    [
        "http://pypi.example/team/simple",
        "https://other.example/team/simple",
        "https://pypi.example:8443/team/simple",
        "https://pypi.example/machine-learning/simple",
        "https://pypi.example/2025-11-01/team/simple",
        "https://pypi.example/team/cu126",
    ],
)
def test_another_address_has_another(url: str) -> None:
    assert of(url) != of(TEAM)


def test_the_order_and_what_else_decides_counts() -> None:
    other = "https://other.example/simple"
    ways = (
        of(TEAM, other),
        of(other, TEAM),
        of(TEAM, other, strategy="unsafe-best-match"),
        of(TEAM, other, find_links=("https://wheels.example",)),
        of(no_index=True),
        digest_of(
            PackageSources(indexes=(PackageIndex(url=TEAM), PackageIndex(url=other, options=(("default", True),))))
        ),
    )
    assert len(set(ways)) == len(ways)


def test_an_index_that_is_asked_by_its_name_alone_does_not_count() -> None:
    assert digest_of(PackageSources(indexes=(PackageIndex(url=TEAM, options=(("explicit", True),)),))) == ""


def test_whose_certificate_is_not_checked_does_not_count() -> None:
    assert of(TEAM, insecure_hosts=("pypi.example",)) == of(TEAM)
