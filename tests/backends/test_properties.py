"""Properties that hold for any input: quoting, the command line, what MODULE means."""

import csv
import io
import json
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from dockerfile_parse import DockerfileParser
from hypothesis import given, settings
from hypothesis import strategies as st
from projects import project

from caliban.backends.command import Command
from caliban.backends.docker.words import comment, copy_words, csv_value, tag_name
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.cli.options import OPTIONS
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.project.target import resolve
from caliban.compiler.input.invocation import Compile, Run

# What an argument of a process can hold: anything but NUL; and no surrogates, which are rejected before (not-utf-8).
ARGUMENTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
# What a COPY can name (`copy_names.is_copyable`): printable, without wildcards and backslashes.
NAMES = st.text(
    st.characters(exclude_characters="*?[\\/", exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp"]),
    min_size=1,
).filter(str.isprintable)
OPTION_WORDS = [word for option in OPTIONS for word in (option.name, option.short) if word]
WORDS = st.one_of(
    st.sampled_from(OPTION_WORDS),
    st.sampled_from(
        ["run", "compile", "build", "expansion", "--", "-", "-h", "--version", "m", "a=b", "", "--no", "-dx"]
    ),
    st.sampled_from(OPTION_WORDS).map(lambda word: word + "=x"),
    st.text(max_size=6),
)
PARTS = st.sampled_from(
    ["a", "b", "a.py", "b.py", "__main__.py", "__init__.py", "src", "run.sh", "x.ipynb", "-a.py", " "]
)
PATHS = st.lists(PARTS, min_size=1, max_size=3).map("/".join)
MODULES = st.one_of(
    PATHS,
    PATHS.map(lambda path: path.removesuffix(".py").replace("/", ".")),
    st.lists(st.one_of(PARTS, st.sampled_from(["..", ".", "", "\\", "*", "\n", "é"])), max_size=4).map("/".join),
    st.text(max_size=8),
)


@settings(max_examples=20)
@given(batch=st.lists(st.lists(ARGUMENTS, min_size=1), min_size=1, max_size=20))
def test_a_real_shell_reads_a_printed_command_as_its_argv(batch: list[list[str]]) -> None:
    commands = [Command(groups=(("show",), *((word,) for word in words))) for words in batch]  # a line per word
    script = "show() { printf '%s\\0' \"$@\"; }\n" + "".join(f"{command.shell()}\n" for command in commands)
    shown = subprocess.run(["sh", "-s"], input=script.encode(), capture_output=True, check=True).stdout
    assert shown == b"".join(word.encode() + b"\0" for words in batch for word in words)


@settings(max_examples=20)
@given(lines=st.lists(st.one_of(st.sampled_from(["DOCKERFILE", "DOCKERFILE_", "$HOME `x`"]), st.text("aD \\$`'\""))))
def test_a_here_document_carries_any_text_to_the_command(lines: list[str]) -> None:
    text = "\n".join(lines).rstrip()
    script = Command(groups=(("cat",),), stdin=text).shell(here_document="DOCKERFILE")
    shown = subprocess.run(["sh", "-c", script], capture_output=True, check=True, text=True).stdout
    assert shown == text + "\n"


@given(source=NAMES, target=NAMES)
def test_what_a_copy_says_is_read_back_as_it_was_meant(source: str, target: str) -> None:
    parser = DockerfileParser(fileobj=_memory(f"FROM scratch\nCOPY {copy_words(source, target)}\n"), env_replace=False)
    _, copy = parser.structure
    assert (copy["instruction"], _copied(copy["value"])) == ("COPY", [source, target])


@given(source=NAMES)
def test_no_dollar_of_a_name_is_left_for_the_builder_to_expand(source: str) -> None:
    spelled = copy_words(source, "/x")
    words = json.loads(spelled) if spelled.startswith("[") else [spelled]
    assert [word for word in words if re.search(r"(?<!\\)(\\\\)*\$", word)] == []


@given(text=ARGUMENTS)
def test_a_comment_never_ends_before_its_line_does(text: str) -> None:
    assert [line for line in "\n".join(comment(text)).split("\n") if not line.startswith("#")] == []


@given(fields=st.lists(ARGUMENTS.map("source={}".format), min_size=1))
def test_a_flag_of_csv_is_read_back_as_its_fields(fields: list[str]) -> None:
    assert next(csv.reader(io.StringIO(csv_value(*fields), newline=""))) == fields


@given(name=st.text())
def test_any_project_has_a_valid_tag(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", tag_name(name))


@given(words=st.lists(WORDS, max_size=8))
def test_a_command_line_is_understood_or_rejected(words: list[str]) -> None:
    try:
        parse(words)
    except Rejected as rejected:
        assert rejected.diagnostics


@given(
    command=st.sampled_from([[], ["run"], ["compile"]]),
    options=st.lists(st.sampled_from([("--nogpu",), ("-d", "x"), ("--env", "A=1")]), unique=True),
    arguments=st.lists(st.one_of(ARGUMENTS, st.sampled_from(["--", "-d", "--nogpu", "--help", "-h", ""]))),
)
def test_what_stands_behind_two_dashes_is_kept_byte_for_byte(
    command: list[str], options: list[tuple[str, ...]], arguments: list[str]
) -> None:
    before = [word for option in options for word in option]
    invocation = parse([*command, *before, "trainer.train", "--", *arguments])
    assert isinstance(invocation, Run | Compile)
    assert invocation.launch.arguments == tuple(arguments)


@settings(max_examples=150)
@given(files=st.sets(PATHS, max_size=6), typed=MODULES)
def test_a_module_is_a_file_inside_the_project_or_rejected(files: set[str], typed: str) -> None:
    # No path may be both a file and a folder.
    kept = [path for path in files if not any(other.startswith(f"{path}/") for other in files)]
    with TemporaryDirectory() as folder:
        root = Path(folder, "root")
        root.mkdir()
        disk = project(root, dict.fromkeys(kept, "#!/bin/sh\n"))
        try:
            target = resolve(disk, typed, str(root))
        except Rejected as rejected:
            assert rejected.diagnostics
            return
        found = (root / target.file).resolve()
        assert found.is_file()
        assert found.is_relative_to((root / target.folder).resolve())
        assert (root / target.folder).resolve().is_relative_to(root.resolve())


def _copied(value: str) -> list[str]:
    """The words of a COPY as BuildKit reads them: JSON, then one unescaping; or words between spaces."""
    words = json.loads(value) if value.startswith("[") else value.split()
    return [re.sub(r"\\(.)", r"\1", word) for word in words]


def _memory(text: str) -> io.BytesIO:
    return io.BytesIO(text.encode())
