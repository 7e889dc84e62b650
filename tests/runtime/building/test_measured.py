"""What was measured of a layer holds for an equal one, and for no other."""

from pathlib import Path

import pytest
from demands import DEMAND
from msgspec.structs import replace

from caliban.backends.report.layers import BuiltLayer, LayerNames, instructions_of
from caliban.compiler.cost.measured import Measured
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.python import CreateVenv
from caliban.compiler.ir.steps.requirements import InstallRequirements
from caliban.compiler.ir.steps.system import PrepareFolders
from caliban.runtime.building.measured import last_measured, measured_layers
from caliban.runtime.state.index import State

BASE = BaseImage(image="python:3.11-slim-bookworm", platform="linux/amd64", reason="", python="3.11")
VENV, FOLDERS = CreateVenv(python="3.11"), PrepareFolders()
PACKAGES = InstallRequirements(path="requirements.txt", lines=("six",), count=1)
OTHER_PACKAGES = replace(PACKAGES, lines=("six", "toml"))
CODE = CopyFolder(path="trainer", kind="code", size=10, files=1)
RECIPE = Recipe(demand=DEMAND, base=BASE, steps=(FOLDERS, VENV, PACKAGES, CODE))
FILES = {"trainer/train.py": "a", "notes.txt": "b"}
COPY = "COPY --chown=0:0 trainer /usr/app/trainer"
TOOK = {PACKAGES.effects.name: Measured(12.5, 56_000_000), CODE.effects.name: Measured(0.2)}


def install_line() -> str:
    """The instruction of the packages, as the builder reports it."""
    return instructions_of(PACKAGES, RECIPE)


@pytest.fixture
def index(tmp_path: Path) -> State:
    state = State(str(tmp_path))
    built = [
        BuiltLayer(install_line(), 12.5, 56_000_000),
        BuiltLayer(COPY, 0.2),
        BuiltLayer("RUN echo of another", 9.0),
    ]
    state.note_measured(measured_layers(LayerNames(RECIPE), built, (), RECIPE, FILES))
    return state


def test_an_unchanged_project_has_all_that_was_measured(index: State) -> None:
    assert last_measured(RECIPE, FILES, index) == TOOK


@pytest.mark.parametrize(
    ("recipe", "files", "kept"),
    [
        (RECIPE, {**FILES, "trainer/train.py": "c"}, [PACKAGES.effects.name]),
        (RECIPE, {**FILES, "trainer/new.py": "c"}, [PACKAGES.effects.name]),
        (RECIPE, {**FILES, "notes.txt": "c"}, list(TOOK)),
        (
            replace(RECIPE, steps=(FOLDERS, VENV, replace(PACKAGES, lines=("six", "toml")), CODE)),
            FILES,
            [CODE.effects.name],
        ),
        (replace(RECIPE, steps=(FOLDERS, VENV, CODE, PACKAGES)), FILES, list(TOOK)),
        (replace(RECIPE, base=replace(BASE, mirror="m.example")), FILES, list(TOOK)),
        (replace(RECIPE, base=replace(BASE, image="nvidia/cuda:12.8.1-runtime-ubuntu22.04")), FILES, []),
        (replace(RECIPE, base=replace(BASE, platform="linux/arm64")), FILES, []),
    ],
    ids=["code edited", "file added", "another file", "requirements", "order", "mirror", "base", "platform"],
)
def test_what_changed_is_estimated_again_and_nothing_else(
    recipe: Recipe, files: dict[str, str], kept: list[str], index: State
) -> None:
    found = last_measured(recipe, files, index)
    assert found == {name: TOOK[name] for name in kept}


def test_of_a_step_that_is_partly_cached_the_whole_time_is_unknown() -> None:
    built = [BuiltLayer(COPY, 0.7)]
    assert measured_layers(LayerNames(RECIPE), built, (COPY,), RECIPE, FILES) == {}


def test_a_later_build_of_the_same_layer_counts(index: State) -> None:
    built = [BuiltLayer(COPY, 0.7)]
    index.note_measured(measured_layers(LayerNames(RECIPE), built, (), RECIPE, FILES))
    assert last_measured(RECIPE, FILES, index)[CODE.effects.name] == Measured(0.7)
