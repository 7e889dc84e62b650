"""`caliban.lock`: what is written is what is read, and what nobody of us wrote is rejected, never believed."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.input.invocation import Mode
from caliban.compiler.ir.steps.locked import LockedPin
from caliban.compiler.locks.caliban_lock import CalibanLock, read_lock, render_lock
from caliban.compiler.locks.resolved import Answer, ResolutionRequest, Resolved, differences

DIGEST = f"sha256:{'1' * 64}"
SIX = LockedPin(name="six", text="six==1.17.0", hashes=(DIGEST,), source="caliban.lock", by=(), size=11050)
TORCH = LockedPin(name="torch", text="torch==2.8.0+cpu", hashes=(), source="caliban.lock", by=())
ASKED = ResolutionRequest(platform="linux/amd64", python="3.11", requirements=("six", "torch"), torch_backend="cpu")
RESOLVED = Resolved(
    asked=ASKED, answer=Answer(pins=(SIX, TORCH)), base="python:3.11", digests=(("python:3.11", DIGEST),)
)
TEXT = render_lock(CalibanLock(modes={"cpu": RESOLVED}))

ORDERS: tuple[tuple[Mode, Mode], ...] = (("cpu", "gpu"), ("gpu", "cpu"))
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1)
LISTS = st.lists(WORDS, max_size=3).map(tuple)
ANY_ASKED = st.builds(
    ResolutionRequest,
    platform=WORDS,
    python=WORDS,
    requirements=LISTS,
    constraints=LISTS,
    options=LISTS,
    torch_backend=st.none() | WORDS,
    overrides=LISTS,
    excludes=LISTS,
    selection=st.none() | WORDS,
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(ANY_ASKED, st.sampled_from([None, RESOLVED.answer]))
def test_what_is_written_is_what_is_read(asked: ResolutionRequest, answer: Answer | None) -> None:
    lock = CalibanLock(modes={"gpu": Resolved(asked=asked, answer=answer, base="python:3.11"), "cpu": RESOLVED})
    assert read_lock(render_lock(lock), "caliban lock m.py") == lock


def test_the_text_does_not_depend_on_which_mode_was_locked_first() -> None:
    texts = {render_lock(CalibanLock(modes=dict.fromkeys(modes, RESOLVED))) for modes in ORDERS}
    assert len(texts) == 1


def edited(change: Callable[[dict[str, Any]], object]) -> str:
    told = json.loads(TEXT)
    change(told)
    return json.dumps(told)


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.pop("version"),
        lambda told: told.update(version="1"),
        lambda told: told.update(modes=[]),
        lambda told: told["modes"].update(cpu=None),
        lambda told: told["modes"]["cpu"].update(base=7),
        lambda told: told["modes"]["cpu"].update(base="python\nRUN true"),
        lambda told: told["modes"]["cpu"].update(digests={"python:3.11": "sha256:1"}),
        lambda told: told["modes"]["cpu"]["asked"].pop("python"),
        lambda told: told["modes"]["cpu"]["asked"].update(mode="cpu"),
        lambda told: told["modes"]["cpu"]["packages"].update(pins={"six": {"hashes": [], "size": 0}}),
        lambda told: told["modes"]["cpu"]["packages"].update(pins={"six==1\n--pre": {"hashes": [], "size": 0}}),
        lambda told: told["modes"]["cpu"]["packages"].update(pins={"six==1": {"hashes": ["x"], "size": 0}}),
        lambda told: told["modes"]["cpu"]["packages"].update(pins={"six==1": {"hashes": [], "size": -1}}),
        lambda told: told["modes"]["cpu"]["packages"].update(indexes=["https://me:secret@example.com/simple"]),
        lambda told: told["modes"]["cpu"]["packages"].update(files=None),
    ],
)
def test_an_edit_that_says_something_else_is_rejected(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(Rejected):
        read_lock(edited(change), "caliban lock m.py")


@settings(deadline=None)
@given(VALUES, st.sampled_from(["version", "modes", "base", "digests", "asked", "packages"]))
def test_whatever_stands_in_it_is_read_or_rejected(value: Any, key: str) -> None:
    told = json.loads(TEXT)
    (told if key in told else told["modes"]["cpu"])[key] = value
    try:
        read_lock(json.dumps(told), "caliban lock m.py")
    except Rejected as rejected:
        assert rejected.diagnostics[0].code == "broken-lock"


@settings(deadline=None)
@given(st.text())
def test_whatever_the_file_is_it_is_read_or_rejected(text: str) -> None:
    with pytest.raises(Rejected):
        read_lock(text, "caliban lock m.py")


def test_what_is_asked_otherwise_is_named() -> None:
    now = ResolutionRequest(platform="linux/arm64", python="3.12", requirements=("six", "toml"), selection=DIGEST)
    assert list(differences(ASKED, now)) == [
        "platform: linux/arm64 instead of linux/amd64",
        "python: 3.12 instead of 3.11",
        "requirements: toml added and torch gone",
        "torch backend: none instead of cpu",
        "the project's own lock selects other packages",
    ]
