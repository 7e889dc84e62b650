"""No lock, however broken, ends in anything but a lock or a problem that is told."""

import copy
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.dependencies.locks.pdm_lock import read_pdm_lock
from caliban.compiler.frontend.dependencies.locks.poetry_lock import read_poetry_lock
from caliban.compiler.frontend.dependencies.locks.pylock import read_pylock
from caliban.compiler.frontend.dependencies.locks.uv_lock import read_uv_lock
from caliban.compiler.frontend.dependencies.manifests.toml import Toml
from caliban.compiler.locks.limits import locked_limits
from caliban.compiler.locks.lock import Edge, LockFile
from caliban.compiler.locks.pins import pins_of

GOLDEN = Path(__file__).parents[3] / "golden"
EVERYTHING = (Edge("click"), Edge("requests", ("socks",)), Edge("markupsafe"), Edge("iniconfig"))
READERS: dict[str, Callable[[Toml], LockFile]] = {
    "a_uv_lock_is_installed_exactly/project/uv.lock": lambda lock: read_uv_lock(lock, "pyproject.toml", ("cpu",)),
    "a_member_of_a_locked_workspace_is_installed/project/uv.lock": lambda lock: read_uv_lock(
        lock, "pyproject.toml", ()
    ),
    "a_locked_git_source_brings_git/project/uv.lock": lambda lock: read_uv_lock(lock, "pyproject.toml", ()),
    "a_pylock_is_installed_exactly/project/pylock.toml": lambda lock: read_pylock(lock, "pyproject.toml", ("cpu",)),
    "a_poetry_lock_is_installed_exactly/project/poetry.lock": lambda lock: read_poetry_lock(
        lock, "pyproject.toml", EVERYTHING, ()
    ),
    "a_lock_of_an_old_poetry_is_installed_exactly/project/poetry.lock": lambda lock: read_poetry_lock(
        lock, "pyproject.toml", EVERYTHING, ()
    ),
    "a_pdm_lock_is_installed_exactly/project/pdm.lock": lambda lock: read_pdm_lock(
        lock, "pyproject.toml", EVERYTHING, ()
    ),
}
WRONG = st.sampled_from([0, 1.5, True, "", "text", "://", "a@b", [], [0], ["text"], [[]], {}, {"a": 0}, [{}]])


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*above, key)
        yield from places(item, (*above, key))


@pytest.mark.parametrize("path", READERS)
@given(data=st.data())
def test_a_wrong_value_anywhere_in_a_lock_is_told_or_does_not_matter(path: str, data: st.DataObject) -> None:
    text = (GOLDEN / path).read_text(encoding="utf-8")
    root = copy.deepcopy(tomllib.loads(text))
    *above, last = data.draw(st.sampled_from(list(places(root))))
    table: Any = root
    for key in above:
        table = table[key]
    table[last] = data.draw(WRONG)
    try:
        lock = READERS[path](Toml(path=path, text=text, root=root))
        list(locked_limits(lock, ("3.11", "3.12"), "linux/amd64"))
        pins_of(lock, ("3.11",), "linux/amd64", own_base=True)
    except Rejected:
        pass
