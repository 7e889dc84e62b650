"""What is remembered of the engine's store, and when the engine is asked."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from caliban.compiler.host import CONTAINERD
from caliban.runtime.observing.store import observe_store
from caliban.runtime.state.index import State

THEIRS = 'overlayfs [["driver-type","io.containerd.snapshotter.v1"]]'
OVERLAY2 = 'overlay2 [["Backing Filesystem","extfs"],["Supports d_type","true"]]'


class Engine:
    """A `docker` that answers with this text, and counts how often."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        self.says(OVERLAY2)

    def says(self, text: str, code: int = 0) -> None:
        program = self._folder / "docker"
        program.write_text(f"#!/bin/sh\necho >> {self._folder}/asked\necho '{text}'\nexit {code}\n", encoding="utf-8")
        program.chmod(0o755)

    @property
    def asked(self) -> int:
        path = self._folder / "asked"
        return len(path.read_text(encoding="utf-8")) if path.exists() else 0


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    (tmp_path / "bin").mkdir()
    return Engine(tmp_path / "bin", monkeypatch)


@pytest.fixture
def home(tmp_path: Path) -> Mapping[str, str]:
    """The environment of a user who has caliban's folder."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    State(str(folder))
    return {"CALIBAN_HOME": str(folder)}


@pytest.mark.parametrize(
    ("text", "store"), [(THEIRS, CONTAINERD), (OVERLAY2, "overlay2"), ("btrfs null", "btrfs"), ("", None)]
)
def test_the_store_is_containerds_or_named_by_its_driver(
    text: str, store: str | None, engine: Engine, home: Mapping[str, str]
) -> None:
    engine.says(text)
    assert observe_store(home, may_ask=True) == store


def test_an_engine_is_asked_once(engine: Engine, home: Mapping[str, str]) -> None:
    engine.says(THEIRS)
    known = [observe_store(home, may_ask=may_ask) for may_ask in (False, True, True, False)]
    assert known == [None, CONTAINERD, CONTAINERD, CONTAINERD]
    assert engine.asked == 1


def test_another_engine_is_another_question(engine: Engine, home: Mapping[str, str]) -> None:
    engine.says(THEIRS)
    observe_store(home, may_ask=True)
    assert observe_store({**home, "DOCKER_HOST": "ssh://gpu"}, may_ask=False) is None


def test_no_answer_is_not_remembered(engine: Engine, home: Mapping[str, str]) -> None:
    engine.says("", code=1)
    observe_store(home, may_ask=True)
    engine.says(THEIRS)
    assert observe_store(home, may_ask=True) == CONTAINERD


def test_an_index_that_cannot_be_read_asks_nobody(engine: Engine, home: Mapping[str, str]) -> None:
    State(home["CALIBAN_HOME"])._connection.execute("DROP TABLE engines")
    assert (observe_store(home, may_ask=True), engine.asked) == (None, 0)
