"""Words as a POSIX shell reads them and people see them."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caliban.backends.shell import join, quoted

WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])) | st.text("-\n\t\\%'\"$`\x1b\u202e0")


@pytest.mark.parametrize(
    ("word", "spelled"),
    [
        ("plain", "plain"),
        ("", "''"),
        ("$(id)", "'$(id)'"),
        ("é😀", "'é😀'"),
        ("two\nlines", r'''"$(printf 'two\nlines')"'''),
        ("\x1b[31m100%", r'''"$(printf '\033[31m100%%')"'''),
        ("\t\\it's", r'''"$(printf '\t\\it'\''s')"'''),
        ("-\r", r'''"$(printf '\055\r')"'''),
        ("a\u202eb", r'''"$(printf 'a\342\200\256b')"'''),
        ("\udcff", r'''"$(printf '\377')"'''),
        ("end\n", "\"$(printf 'end')\n\""),
    ],
)
def test_what_is_not_printable_is_spelled_for_printf(word: str, spelled: str) -> None:
    assert quoted(word) == spelled


@settings(max_examples=20)
@given(st.lists(WORDS, min_size=1, max_size=30))
def test_a_shell_reads_each_word_byte_for_byte(words: list[str]) -> None:
    script = f"printf '%s\\0' {join(words)}"
    shown = subprocess.run(["sh", "-s"], input=script.encode(), capture_output=True, check=True).stdout
    assert shown == b"".join(word.encode() + b"\0" for word in words)


@given(WORDS)
def test_nothing_in_a_word_acts_on_a_terminal(word: str) -> None:
    assert quoted(word).replace("\n", "").isprintable()
