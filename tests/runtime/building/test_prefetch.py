"""The engine is asked ahead only by whoever builds or runs, and by what the last build was called."""

import os
from pathlib import Path

import pytest

from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.input.invocation import Invocation
from caliban.runtime.building.prefetch import prefetch
from caliban.runtime.interrupts import Interrupts
from caliban.runtime.session import Session
from caliban.runtime.state.index import Image, State


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the engine's client was asked, in a project of which a GPU image was built, and then a CPU image."""
    monkeypatch.chdir(tmp_path)
    home, log, client = tmp_path / "home", tmp_path / "asked", tmp_path / "bin" / "docker"
    home.mkdir(mode=0o700)
    client.parent.mkdir()
    client.write_text(f'#!/bin/sh\necho "$*" >> {log}; echo sha256:1 sha256:2\n')
    client.chmod(0o755)
    monkeypatch.setenv("CALIBAN_HOME", str(home))
    monkeypatch.setenv("PATH", f"{client.parent}:{os.environ['PATH']}")
    root = os.path.realpath(tmp_path)
    for mode, base in (("gpu", "nvidia/cuda:12"), ("cpu", "python:3.11-slim")):
        State(str(home)).note_image(root, mode, Image(mode, "sha256:1", None, f"caliban/p-q:{mode}-012", base))
    return log


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
def test_the_engine_is_asked_for_what_was_built_last(text: str, references: tuple[str, str], asked: Path) -> None:
    session = Session(os.getcwd(), os.environ, Interrupts())
    prefetch(command(text), session)

    session.engine.image_ids(*references).result()  # no second question
    assert asked.read_text() == f"image inspect --format {{{{.Id}}}} {' '.join(references)}\n"


@pytest.mark.parametrize(
    "text", ["compile train.py", "run --dry_run train.py", "run --image_id x train.py", "explain train.py", "diff"]
)
def test_who_needs_no_image_asks_for_none(text: str, asked: Path) -> None:
    prefetch(command(text), Session(os.getcwd(), os.environ, Interrupts()))
    assert not asked.exists()


def test_without_any_build_nothing_is_asked(asked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    prefetch(command("run --nogpu train.py"), Session(os.getcwd(), os.environ, Interrupts()))
    assert not asked.exists()


def test_a_damaged_index_answers_nothing(asked: Path, tmp_path: Path) -> None:
    (tmp_path / "home" / "index.sqlite").write_bytes(b"no database")
    prefetch(command("run --nogpu train.py"), Session(os.getcwd(), os.environ, Interrupts()))
    assert not asked.exists()
