"""The verdict of a .gitignore on a folder is git's own."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from caliban.compiler.context.gitignore import folder_verdict

GIT = ("git", "-c", "core.excludesFile=/dev/null", "-c", "init.defaultBranch=main")
FOLDERS = ("runs", "a/runs", "a/b/runs")
PARTS = st.sampled_from(("runs", "r*s", "?uns", "[rq]uns", "[!r]uns", "**", "*", "a", "b", "\\runs", "RUNS", "[]r]uns"))
LINES = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(("", "", "!", "#", "\\")),
    st.sampled_from(("", "", "/")),
    st.lists(PARTS, min_size=1, max_size=3).map("/".join),
    st.sampled_from(("", "/", "/**", "/*", " ", "  \r", "\r")),
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run((*GIT, "init", "--quiet"), cwd=folder, check=True)
    for path in FOLDERS:
        (folder / path).mkdir(parents=True)
    return folder


def gits_verdicts(repository: Path, text: bytes) -> list[bool | None]:
    """What git says of each folder, as far as a line matches the folder itself."""
    (repository / ".gitignore").write_bytes(text)
    command = (*GIT, "check-ignore", "--no-index", "--verbose", "--non-matching", *FOLDERS)
    said = subprocess.run(command, cwd=repository, capture_output=True, check=False).stdout.decode()
    lines = [line.partition("\t")[0].split(":", 2) for line in said.splitlines()]
    return [None if not pattern else not pattern.startswith("!") for _, _, pattern in lines]


@settings(max_examples=60, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=3).map("\n".join))
@example("runs\n!/**")
def test_git_ignores_a_folder_that_a_line_matches(repository: Path, text: str) -> None:
    # A folder above it that git ignores decides for git, and says nothing here.
    said = gits_verdicts(repository, text.encode())
    above = [any(folder_verdict(text.encode(), path) for path in ("a", "a/b") if f"{f}/".startswith(f"{path}/"))
             for f in FOLDERS]  # fmt: skip
    ours = [folder_verdict(text.encode(), path) for path in FOLDERS]
    assert [pair for pair, hidden in zip(zip(ours, said, strict=True), above, strict=True) if not hidden] == [
        (verdict, verdict) for verdict, hidden in zip(said, above, strict=True) if not hidden
    ]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("runs", True),
        ("\ufeffruns/\r\n", True),
        ("runs\\ ", None),
        ("runs/*\n!runs/keep", None),
        ("*/runs", None),
        ("[[:alpha:]]uns", None),  # classes are not read: rather a copy too many
        ("[z-a]uns", None),
        ("[runs", None),
        ("runs\\", None),
    ],
)
def test_a_line_that_is_not_understood_leaves_nothing_out(text: str, verdict: bool | None) -> None:
    assert folder_verdict(text.encode(), "runs") is verdict
