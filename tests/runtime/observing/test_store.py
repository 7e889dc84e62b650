"""What is remembered of the engine's store, and when the engine is asked."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from clients import Client

from caliban.compiler.facts.image_stores import CONTAINERD
from caliban.runtime.interrupts import Interrupts
from caliban.runtime.observing.store import observe_store
from caliban.runtime.session import Session
from caliban.runtime.state.index import State

HERE = Path()
THEIRS = 'overlayfs [["driver-type","io.containerd.snapshotter.v1"]]'


@pytest.fixture
def home(tmp_path: Path) -> Mapping[str, str]:
    """The environment of a user who has caliban's folder."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    State(str(folder))
    return {"CALIBAN_HOME": str(folder)}


def test_an_engine_is_asked_once(client: Client, home: Mapping[str, str]) -> None:
    client.answers({"info": (0, THEIRS, "")})
    known = [
        observe_store(Session(str(HERE), home, Interrupts()), may_ask=may_ask) for may_ask in (False, True, True, False)
    ]
    assert known == [None, CONTAINERD, CONTAINERD, CONTAINERD]
    assert len(client.calls) == 1


def test_another_engine_is_another_question(client: Client, home: Mapping[str, str]) -> None:
    client.answers({"info": (0, THEIRS, "")})
    observe_store(Session(str(HERE), home, Interrupts()), may_ask=True)
    assert observe_store(Session(str(HERE), {**home, "DOCKER_HOST": "ssh://gpu"}, Interrupts()), may_ask=False) is None


def test_no_answer_is_not_remembered(client: Client, home: Mapping[str, str]) -> None:
    client.answers({"info": (1, "", "")})
    observe_store(Session(str(HERE), home, Interrupts()), may_ask=True)
    client.answers({"info": (0, THEIRS, "")})
    assert observe_store(Session(str(HERE), home, Interrupts()), may_ask=True) == CONTAINERD


def test_an_index_that_cannot_be_read_asks_nobody(client: Client, home: Mapping[str, str]) -> None:
    State(home["CALIBAN_HOME"])._connection.execute("DROP TABLE engines")
    assert (observe_store(Session(str(HERE), home, Interrupts()), may_ask=True), client.calls) == (None, [])
