"""Any bytes in any file of a project are compiled or rejected; `make fuzz` looks longer and follows the coverage."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from targets import TARGETS, Target, try_out

OF_EACH = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
PIECES = st.binary(max_size=4) | st.sampled_from(
    [
        b"\n",
        b"\0",
        b"\r\n",
        b"'",
        b'"',
        b"\\",
        b"$(id)",
        b"#",
        b"[",
        b"{",
        b"<<EOF",
        b"--",
        b"\x1b[2J",
        b"\xff",
        b"*" * 20,
    ]
    + [char.encode() for char in ("\u202e", "\u2028", "\xa0", "\ufeff", "é")]
)
CUTS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9), PIECES), max_size=4)


def mutated(seed: bytes, cuts: list[tuple[float, int, bytes]]) -> bytes:
    """The seed with some of its bytes replaced."""
    for place, length, piece in cuts:
        at = int(place * len(seed))
        seed = seed[:at] + piece + seed[at + length :]
    return seed


@OF_EACH
def test_the_first_seed_is_accepted_and_no_seed_breaks_a_promise(target: Target, tmp_path: Path) -> None:
    accepted = [try_out(target, seed, tmp_path / "project") for seed in target.seeds()]
    assert accepted.index(True) == 0


@OF_EACH
def test_what_once_broke_a_promise_does_not_any_more(target: Target, tmp_path: Path) -> None:
    for data in target.found():
        try_out(target, data, tmp_path / "project")


@OF_EACH
@settings(max_examples=25, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_a_file_holds_it_is_compiled_or_rejected(target: Target, data: st.DataObject, tmp_path: Path) -> None:
    seed = data.draw(st.sampled_from(list(dict.fromkeys(target.seeds()))))
    try_out(target, mutated(seed, data.draw(CUTS)), tmp_path / "project")
