import pytest
from demands import DEMAND
from msgspec.structs import replace

from caliban.compiler.facts.image_stores import CONTAINERD
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder, RestoreFolderOwners
from caliban.compiler.ir.steps.system import PrepareFolders
from caliban.compiler.passes.link_copies import link_copies

BASE = BaseImage(image="python:3.11-slim-bookworm", platform="linux/amd64", reason="", python="3.11")
FOLDERS = PrepareFolders()
LARGE = CopyFolder(path="data", kind="data", size=500_000_000, files=10)
MANY = CopyFolder(path="texts", kind="data", size=20_000, files=20_000)
SMALL = CopyFolder(path="labels", kind="data", size=1_000_000, files=1)
CODE = CopyFolder(path="trainer", kind="code", size=500_000_000, files=10)
RECIPE = Recipe(demand=DEMAND, base=BASE, steps=(FOLDERS, LARGE, SMALL, MANY, CODE), store=CONTAINERD)


def test_what_takes_longer_to_copy_than_the_folders_above_to_mend_is_linked() -> None:
    large, many = replace(LARGE, linked=True), replace(MANY, linked=True)
    mended = RestoreFolderOwners(targets=("/usr/app/data", "/usr/app/texts"))
    assert link_copies(RECIPE).steps == (FOLDERS, large, SMALL, many, CODE, mended)


@pytest.mark.parametrize(
    "recipe",
    [
        pytest.param(replace(RECIPE, store="overlay2"), id="the store shares no layers"),
        pytest.param(replace(RECIPE, store=None), id="nobody knows the store"),
        pytest.param(replace(RECIPE, base=replace(BASE, own=False)), id="the base is the user's"),
        pytest.param(replace(RECIPE, steps=(FOLDERS, SMALL, CODE)), id="there is no large data"),
    ],
)
def test_nothing_is_linked_where(recipe: Recipe) -> None:
    assert link_copies(recipe) == recipe
