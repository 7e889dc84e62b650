import pytest
from demands import DEMAND
from msgspec.structs import replace

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.locks.resolved import Locking, ResolutionRequest, Resolved
from caliban.compiler.passes.pin_digests import pin_digests

IMAGE = "python:3.11-slim-bookworm"
DIGEST = f"sha256:{'1' * 64}"
BASE = BaseImage(image=IMAGE, platform="linux/amd64", reason="", python="3.11")
EARLIER = Resolved(
    asked=ResolutionRequest(platform="linux/amd64", python="3.11"), answer=None, base=IMAGE, digests=((IMAGE, DIGEST),)
)
LOCKING = Locking(command="caliban lock train.py", earlier=EARLIER)


def pinned(base: BaseImage, *, strict: bool = False) -> Recipe:
    return pin_digests(Recipe(demand=DEMAND, base=base, steps=(), locking=replace(LOCKING, strict=strict)))


def reference(base: BaseImage) -> str:
    after = pinned(base).base
    assert isinstance(after, BaseImage)
    return after.reference


def test_the_base_is_the_image_that_its_tag_named_when_it_was_locked() -> None:
    assert reference(BASE) == f"python@{DIGEST}"


def test_a_mirror_has_the_same_image() -> None:
    base = replace(BASE, image=f"mirror.example.com/hub/library/{IMAGE}", mirror="mirror.example.com/hub")
    assert (reference(base), pinned(base, strict=True).notes) == (f"mirror.example.com/hub/library/python@{DIGEST}", ())


def test_an_image_of_another_platform_has_another_digest() -> None:
    base = replace(BASE, platform="linux/arm64")
    assert reference(base) == IMAGE


def test_another_base_is_told_or_rejected() -> None:
    other = replace(BASE, image="python:3.12-slim-bookworm")
    (note,) = pinned(other).notes
    assert (reference(other), "python:3.12-slim-bookworm instead of python:3.11-slim-bookworm" in note) == (
        "python:3.12-slim-bookworm",
        True,
    )
    with pytest.raises(Rejected, match="--locked"):
        pinned(other, strict=True)


def test_without_a_lock_a_base_keeps_its_tag() -> None:
    before = Recipe(demand=DEMAND, base=BASE, steps=())
    assert pin_digests(before) == before
