"""Words as a POSIX shell reads them and people see them: in scripts, in command lines and in remedies."""

import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caliban.compiler.diagnostics import Diagnostic, Place, render
from caliban.compiler.frontend.cli.unparse import unparse, unparse_words
from caliban.compiler.frontend.config.engine_argument_problems import privileged
from caliban.compiler.frontend.dependencies.problems import unused
from caliban.compiler.frontend.project import (
    content_problems,
    file_problems,
    import_problems,
    placeholder_problems,
    problems,
)
from caliban.compiler.input.invocation import BuildOptions, LaunchOptions, Run
from caliban.compiler.lowering.problems import hides_system, other_kind
from caliban.compiler.words.quoting import join, quoted
from caliban.runtime.credentials.problems import open_to_all
from caliban.runtime.running import hint_problems
from caliban.runtime.settings.problems import open_passwords

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
        ("end\n\n", "\"$(printf 'end')${IFS#??}${IFS#??}\""),
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
def test_nothing_in_a_word_acts_on_a_terminal_or_ends_its_line(word: str) -> None:
    assert quoted(word).isprintable()


def read_by_a_shell(text: str) -> list[str]:
    script = f"printf '%s\\0' {text}"
    shown = subprocess.run(["sh", "-s"], input=script.encode(), capture_output=True, check=True, cwd="/").stdout
    return shown.decode().split("\0")[:-1]


def test_a_command_line_that_is_printed_is_the_one_that_was_typed() -> None:
    odd = ("two\nlines\n", "\x1b[31m", "a\u202eb", "-x", "it's")
    run = Run(
        target="train.py", build=BuildOptions(mode="cpu", directories=odd), launch=LaunchOptions(arguments=(*odd, ""))
    )
    shown = unparse(run)
    assert (shown.isprintable(), read_by_a_shell(shown)) == (True, ["caliban", *unparse_words(run)])


HINTS: tuple[tuple[Callable[[str], Diagnostic], str, str], ...] = (  # each with what stands before the words, and them
    (lambda name: content_problems.excluded_target(name, "x", None, ""), "--include ", "{}"),
    (lambda name: import_problems.unreached_folder("x", name, Place("x")), "-d ", "{}"),
    (lambda name: import_problems.not_locked(["x"], [name], "uv.lock", "", Place("x")), "uv add ", "./{}"),
    (lambda name: placeholder_problems.annexed_links([name], is_there=True), "unlock ", "./{}"),
    (lambda name: placeholder_problems.links_outside([name], name, f"{name}:d"), "--mount ", "{}:d"),
    (lambda name: placeholder_problems.lfs_pointers([name], fetchable=True), "--include ", "./{}"),
    (lambda name: placeholder_problems.empty_submodules([name]), "--init ", "./{}"),
    (lambda name: hint_problems.module_of_extra("x", name), "--extras ", "{}"),
    (lambda name: hint_problems.negative_value("--x", name), "one argument: ", "--x={}"),
    (problems.directory_outside, "--mount ", "{}"),
    (lambda name: problems.credential_directory(name, "x"), "--include ", "{}"),
    (problems.notebook, "--to script ", "./{}"),
    (lambda name: file_problems.merge_conflict(name, 1, ""), "--ours ", "./{}"),
    (lambda name: unused([name]), "--requirements ", "{}"),
    (lambda name: hides_system("--mount", name, "/"), "--mount ", "{}:/data"),
    (lambda name: hides_system("--output", name, "/"), "-o ", "{}"),
    (lambda name: other_kind("--mount", name, "d", is_file=True), "inside it: ", "{}:d/{}"),
    (lambda name: privileged(Place("x"), name), "--docker_run_args ", "{}"),
    (lambda name: open_to_all(name, "x"), "chmod 600 ", "./{}"),
    (open_passwords, "chmod 600 ", "./{}"),
)


@pytest.mark.parametrize("name", ["plain", "-dash", "a b\nc\n", "it's \x1b[31m$(id)", "é\u202e\\"])
@pytest.mark.parametrize(("hint", "before", "words"), HINTS)
def test_a_shell_reads_a_name_in_a_remedy_as_it_is(
    hint: Callable[[str], Diagnostic], before: str, words: str, name: str
) -> None:
    text = render(hint(name))
    shown = text[text.rindex(before) + len(before) :].partition("; a script")[0]
    file = words.startswith("./")
    expected = words.removeprefix("./").replace("{}", name)
    assert read_by_a_shell(shown) == [f"./{expected}" if file and name.startswith("-") else expected]
