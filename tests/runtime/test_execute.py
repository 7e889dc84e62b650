"""Programs that the system does not start: why, and what helps."""

import os
import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.runtime.execute import Streams, answer, start


def refused(*argv: str, environment: dict[str, str] | None = None) -> Diagnostic:
    with pytest.raises(Rejected) as caught:
        start(argv, Streams(), environment=environment)
    (problem,) = caught.value.diagnostics
    return problem


@contextmanager
def no_more_files() -> Iterator[None]:
    """As if this process had opened all the files that it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = max(map(int, os.listdir("/proc/self/fd"))) + 20
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    try:
        with ExitStack() as opened:
            try:
                while True:
                    opened.callback(os.close, os.open(os.devnull, os.O_RDONLY))
            except OSError:
                yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_too_many_open_files_are_no_fault_of_the_program() -> None:
    start(("true",), Streams()).wait()  # what starts programs is imported
    with no_more_files():
        problem = refused("true")
    assert (problem.message, "ulimit -n" in (problem.hint or ""), "which" in (problem.hint or "")) == (
        "true cannot be started: too many files are open",
        True,
        False,
    )


@pytest.mark.parametrize(("content", "mode"), [("no program", 0o755), ("#!/bin/sh", 0o644)])
def test_a_file_that_is_no_program_is_to_be_checked(
    content: str, mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "odd-one"
    program.write_bytes(b"\x7fELF" + content.encode())
    program.chmod(mode)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "`which odd-one`" in (refused("odd-one").hint or "")


@pytest.mark.parametrize(
    ("argument", "variables", "place"),
    [("x" * 200_000, {}, "-- ARGS"), ("x", {"LONG": "x" * 200_000}, "--env")],
)
def test_what_is_too_long_is_named(argument: str, variables: dict[str, str], place: str) -> None:
    problem = refused("true", argument, environment=variables)
    assert (problem.code, str(problem.place), "LONG" in problem.message) == (
        "arguments-too-long",
        place,
        bool(variables),
    )


def test_a_program_is_found_and_starts_though_the_current_directory_was_removed_or_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("gone", "old"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "old")
    (tmp_path / "old").rename(tmp_path / "new")
    assert answer(("pwd",)).stdout == f"{tmp_path}/new\n"
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert answer(("pwd",)).stdout == "/\n"
