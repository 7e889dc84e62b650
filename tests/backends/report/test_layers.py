"""What the builder reports of an image's layers, named by the steps of its recipe."""

import io
import shutil
from functools import reduce
from pathlib import Path

import pytest
from demands import DEMAND
from dockerfile_parse import DockerfileParser
from golden_cases import Case, _caller, _observed, cases, set_up

from caliban.backends.docker.dockerfile import render_dockerfile
from caliban.backends.report.layers import BuiltLayer, LayerNames, size_of
from caliban.backends.report.words import title
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.project.survey import survey
from caliban.compiler.input.invocation import Build, Launched
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.effects import VENV
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.python import CreateVenv
from caliban.compiler.ir.steps.requirements import InstallRequirements
from caliban.compiler.ir.steps.system import InstallSystemPackages, PrepareFolders
from caliban.compiler.pipeline import compile_plan

BASE = BaseImage(image="python:3.11", platform="linux/amd64", reason="", python="3.11", own=True)
FOLDERS, CREATE = PrepareFolders(), CreateVenv(python="3.11")
PACKAGES = InstallRequirements(path="requirements.txt", count=2, listed=("six", "toml"))
DATA = CopyFolder(path="big data", kind="data", size=44_000_000, files=3)
CODE = CopyFolder(path="trainer", kind="code", size=100, files=2)
APT = InstallSystemPackages(packages=("git",), reason="")
RECIPE = Recipe(demand=DEMAND, base=BASE, steps=(FOLDERS, APT, CREATE, PACKAGES, DATA, CODE))
COMPILING = [case for case in cases() if (case.folder / "Dockerfile").exists()]


def reported(dockerfile: str) -> list[str]:
    """Its instructions that make layers, as the builder reports them."""
    parser = DockerfileParser(fileobj=io.BytesIO(dockerfile.encode()), env_replace=False)
    known = [f"{each['instruction']} {each['value']}" for each in parser.structure]
    layers = [each for each in known if each[:4] in ("RUN ", "COPY") and not each.endswith('"/"]')]  # a context's own
    arguments = (("$CALIBAN_UID", "1000"), ("$CALIBAN_GID", "1000"), ("$PROJECT_VERSION", "1.2.dev3+g1a"))
    return [reduce(lambda text, argument: text.replace(*argument), arguments, each) for each in layers]


def recipe_of(case: Case, tmp_path: Path) -> Recipe:
    root = set_up(case, tmp_path)
    invocation = parse([word.replace("/home/me", str(tmp_path)) for word in case.argv])
    assert isinstance(invocation, Launched | Build)
    caller = _caller(case, invocation, root)
    image = compile_plan(invocation, survey(invocation, caller), caller, _observed(case)).image
    shutil.rmtree(root)
    assert isinstance(image, Recipe)
    return image


@pytest.mark.parametrize("case", COMPILING, ids=lambda case: case.folder.name)
def test_each_layer_that_the_builder_reports_is_named_by_its_step(case: Case, tmp_path: Path) -> None:
    recipe = recipe_of(case, tmp_path)
    assert isinstance(recipe.base, BaseImage)
    theirs = recipe.base.dockerfile.text if recipe.base.dockerfile is not None else ""
    names, titles = LayerNames(recipe), {title(step) for step in recipe.steps}
    ours = render_dockerfile(recipe).replace(theirs, "", 1)
    assert [each for each in reported(ours) if names.name(each) not in titles] == []


def layers(*kinds: str) -> list[BuiltLayer]:
    told = [each for each in reported(render_dockerfile(RECIPE)) if any(kind in each for kind in kinds)]
    return [BuiltLayer(each, size=56_000_000 if "uv pip" in each else None) for each in told]


@pytest.mark.parametrize(
    ("built", "words"),
    [
        (("install --directory", "uv venv", "uv pip", "trainer"), "packages 56 MB, trainer"),
        (("apt-get", "big data", "trainer"), "system packages, big data 44 MB, trainer"),
        (("uv venv",), f"{VENV}, Python 3.11"),
        (("trainer",), "trainer"),
    ],
)
def test_what_was_built_is_one_line_without_what_it_only_stands_on(built: tuple[str, ...], words: str) -> None:
    assert LayerNames(RECIPE).summary(layers(*built)) == words


def test_a_step_that_another_build_had_first_is_known_whatever_its_mounts_are_called() -> None:
    [command] = [each for each in reported(render_dockerfile(RECIPE)) if "uv venv" in each]
    assert LayerNames(RECIPE).name(command.replace("from=", "from=mirror.invalid/")) == title(CREATE)


def test_an_instruction_of_the_users_is_named_by_its_beginning() -> None:
    instruction = f"RUN --mount=type=cache,target=/c make {'all ' * 30}\x1b"
    name = LayerNames(RECIPE).name(instruction)
    assert (name[:17], len(name)) == ("RUN make all all ", 60)
    assert LayerNames(RECIPE).name("RUN \x1b") == "RUN \\x1b"


def test_the_size_of_a_layer_is_that_of_the_command_that_made_it() -> None:
    sizes = [("COPY . /x # buildkit", 5), ("RUN |1 A= /bin/sh -c uv  pip install # buildkit", 7)]
    assert size_of("RUN --mount=type=cache,target=/c   uv pip install", sizes) == 7
    assert size_of("RUN other", sizes) is None


def test_of_many_layers_some_are_named() -> None:
    many = [BuiltLayer(f"RUN step {number}") for number in range(12)]
    assert LayerNames(RECIPE).summary(many).endswith("RUN step 7 and 4 more")
