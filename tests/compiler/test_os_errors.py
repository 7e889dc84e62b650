"""What the system refuses, in words that fit: each with its own remedy."""

import errno
import os
from pathlib import Path

import pytest

from caliban.compiler.diagnostics import Rejected, render
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.os_errors import refusal_to_read, refusal_to_write
from caliban.runtime.running.output import make_output

COMMON = (
    errno.EACCES, errno.EPERM, errno.ENOENT, errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG,
    errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENFILE, errno.ENOMEM,
)  # fmt: skip


def said(rejected: "pytest.ExceptionInfo[Rejected]") -> str:
    return "\n".join(render(problem) for problem in rejected.value.diagnostics)


def test_no_two_of_the_common_refusals_have_the_same_words() -> None:
    errors = [OSError(number, os.strerror(number)) for number in COMMON]
    assert len({refusal_to_read(error).reason for error in errors}) == len(COMMON)
    assert [error for error in errors if refusal_to_write(error).reason != refusal_to_read(error).reason] == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.ELOOP, errno.ENAMETOOLONG, errno.EMFILE, errno.EISDIR])
def test_only_a_missing_permission_is_to_be_given(number: int) -> None:
    error = OSError(number, os.strerror(number))
    assert not [text for text in (refusal_to_read(error).remedy, refusal_to_write(error).remedy) if "able" in text]


def test_any_other_refusal_is_told_in_the_systems_words() -> None:
    assert refusal_to_read(OSError(errno.EPROTO, "Protocol error")).reason == "protocol error"
    assert refusal_to_write(OSError()).reason == "OSError".replace("O", "o", 1)


@pytest.mark.parametrize(
    ("path", "words", "remedy"),
    [
        ("folder", "it is a directory", "rename or remove it: caliban reads a file of this name"),
        ("circle", "its links lead in a circle", "one of the links in its path leads back to itself"),
        ("n" * 300, "its name is too long for the system", "shorten its names"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_what_helps(path: str, words: str, remedy: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(Rejected) as caught:
        Disk(str(tmp_path)).typed_text(path)
    assert said(caught).startswith(f"error[unreadable]: cannot be read: {words}\n  --> {path}\n  hint: {remedy}")


@pytest.mark.parametrize(
    ("path", "words", "remedy"),
    [
        ("file", "/file' is a file", "name another place, or move that file away"),
        ("file/below", "/file' is a file", "name another place, or move that file away"),
        ("circle/below", "cannot be written: its links lead in a circle", "one of the links in its path"),
        ("n" * 300, "cannot be written: its name is too long for the system", "name a shorter path"),
    ],
)
def test_a_folder_for_results_that_cannot_be_made_is_told_with_what_helps(
    path: str, words: str, remedy: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(Rejected) as caught:
        make_output(str(tmp_path / path))
    assert (words in said(caught), f"hint: {remedy}" in said(caught)) == (True, True)
