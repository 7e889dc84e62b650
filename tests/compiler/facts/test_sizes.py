"""Sizes for people."""

import pytest

from caliban.compiler.facts.sizes import size


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (2, "2 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (9_960, "10 kB"),
        (999_600, "1.0 MB"),
        (44_000_000, "44 MB"),
        (1_500_000_000, "1.5 GB"),
        (10_995_116_277_760, "11 TB"),
        (2 * 10**15, "2,000 TB"),
    ],
)
def test_a_size_has_the_unit_that_people_would_use(count: int, words: str) -> None:
    assert size(count) == words
