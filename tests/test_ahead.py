"""The engine is asked ahead only by whoever builds or runs, and by what the last build was called."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from caliban.compiler.frontend.parse import parse
from caliban.compiler.invocation import Invocation
from caliban.runtime import engine
from caliban.runtime.building.ahead import ask_ahead
from caliban.runtime.state.index import Image, State


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What the engine was asked, in a project of which a GPU image was built, and then a CPU image."""
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("CALIBAN_HOME", str(home))
    questions: list[tuple[str, ...]] = []

    def ask(references: Sequence[str]) -> engine.Ids:
        questions.append(tuple(references))
        return list

    monkeypatch.setattr(engine, "ask_for_images", ask)
    root = os.path.realpath(tmp_path)
    for mode, base in (("gpu", "nvidia/cuda:12"), ("cpu", "python:3.11-slim")):
        State(str(home)).note_image(root, mode, Image(mode, "sha256:1", None, f"caliban/p-q:{mode}-012", base))
    return questions


def command(text: str) -> Invocation:
    invocation = parse(text.split())
    assert isinstance(invocation, Invocation)
    return invocation


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ("run --nogpu train.py", ("caliban/p-q:cpu", "python:3.11-slim")),
        ("build train.py", ("caliban/p-q:cpu", "python:3.11-slim")),  # of the mode that was built last
    ],
)
def test_the_engine_is_asked_for_what_was_built_last(
    text: str, references: tuple[str, ...], asked: list[tuple[str, ...]]
) -> None:
    ahead = ask_ahead(command(text), os.environ)

    assert ahead is not None and asked == [ahead.references] == [references]


@pytest.mark.parametrize(
    "text", ["compile train.py", "run --dry_run train.py", "run --image_id x train.py", "explain train.py", "diff"]
)
def test_who_needs_no_image_asks_for_none(text: str, asked: list[tuple[str, ...]]) -> None:
    assert (ask_ahead(command(text), os.environ), asked) == (None, [])


def test_without_any_build_nothing_is_asked(
    asked: list[tuple[str, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert (ask_ahead(command("run --nogpu train.py"), os.environ), asked) == (None, [])


def test_a_damaged_index_answers_nothing(asked: list[tuple[str, ...]], tmp_path: Path) -> None:
    (tmp_path / "home" / "index.sqlite").write_bytes(b"no database")
    assert (ask_ahead(command("run --nogpu train.py"), os.environ), asked) == (None, [])
