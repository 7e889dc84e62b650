"""A guess at what was meant."""

import pytest

from caliban.compiler.diagnostics import closest


@pytest.mark.parametrize(
    ("word", "known", "guess"),
    [
        ("trian", ["train", "data"], "train"),
        ("trian", ["data"], None),
        ("train", ["train"], None),  # it is there, and is not what is wanted
        ("train", ["train", "trains"], "trains"),
    ],
)
def test_a_guess_is_like_the_word_and_never_the_word_itself(word: str, known: list[str], guess: str | None) -> None:
    assert closest(word, known) == guess
