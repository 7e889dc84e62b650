"""The model of the builder's cache against the builder: what it says is rebuilt is what BuildKit rebuilds."""

import random
from collections.abc import Iterator

import pytest
from conftest import MakeProject
from support import Files, RealProject, in_folder, wheel, write

from caliban.compiler.cost.cache_model import Certainty, rebuilt_by
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.project.survey import survey
from caliban.compiler.input.invocation import Build
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder, RestoreFolderOwners
from caliban.compiler.ir.steps.project import BuildWheel, CopyGenerated, InstallEditable, InstallWheel
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.pipeline import compile_plan
from caliban.runtime.building.records import last_records
from caliban.runtime.interrupts import Interrupts
from caliban.runtime.observing.caller import read_caller
from caliban.runtime.observing.observe import observe
from caliban.runtime.session import Session

EDITS = 6
WHEELS = in_folder("wheels", wheel("alpha", "1.0", {"alpha.py": ""}))
PLAIN: Files = {
    **WHEELS,
    "requirements.txt": "--no-index\n--find-links ./wheels\nalpha\n",
    "small/a": "1",
    "large/b/c": "2" * 100_000,
    "trainer/__init__.py": "",
    "trainer/train.py": "",
    "notes.md": "no layer holds it",
}
PACKAGED: Files = {
    "setup.py": "from setuptools import setup\nsetup(name='p', packages=['pkg'], install_requires=open('needs.txt').read().split())\n",  # noqa: E501  # one file
    "needs.txt": "",
    "pkg/__init__.py": "",
    "pkg/x.py": "",
    "data/a": "1",
    "README.md": "",
}
IN_PLACE: Files = {
    "pyproject.toml": '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    '[project]\nname = "p"\nversion = "1"\nreadme = "README.md"\n'
    '[tool.hatch.build.targets.wheel]\npackages = ["pkg"]\n',
    "pkg/__init__.py": "",
    "pkg/x.py": "",
    "data/a": "1",
    "README.md": "",
    "notes.md": "",
}


def recipe_of(project: RealProject, words: tuple[str, ...]) -> Recipe:
    invocation = parse(["build", *words])
    assert isinstance(invocation, Build)
    environment = project.environment()
    caller = read_caller(str(project.folder), environment)
    surveyed = survey(invocation, caller)
    session = Session(str(project.folder), environment, Interrupts())
    plan = compile_plan(invocation, surveyed, caller, observe(invocation, surveyed, session))
    assert isinstance(plan.image, Recipe)
    return plan.image


def words_of(step: Step) -> str | None:
    """What tells the step's line in the builder's own account; None of those that nothing changes."""
    match step:
        case CopyFolder():
            return f" {step.path} {step.target}"
        case RestoreFolderOwners():
            return "RUN chown 0:0 /usr"
        case InstallRequirements():
            return f"--requirements {step.listing if step.lines is not None else f'/tmp/{step.path}'}"
        case BuildWheel():
            return "uv build --wheel"
        case InstallWheelRequirements():
            return f"--requirements /tmp/{step.stage}-requirements.txt"
        case InstallEditable():
            return "--editable"
        case CopyGenerated():
            return f" /{step.stage}/generated "
        case InstallWheel():
            return f"/tmp/{step.stage}/*.whl"
        case _:
            return None


def rebuilt(project: RealProject, recipe: Recipe) -> set[Step]:
    """The steps that the last build did not take from the cache."""
    (record,) = last_records(str(project.home), str(project.folder), "cpu", 1)
    found = {}
    for step in recipe.steps:
        words = words_of(step)
        for vertex in record.timeline:
            if words is not None and words in vertex.name and "] LINK " not in vertex.name:  # that moves it, no more
                found[step] = not vertex.cached
    assert len(found) == sum(words_of(step) is not None for step in recipe.steps), record.timeline
    return {step for step, again in found.items() if again}


def edits(files: Files, kept: tuple[str, ...], seed: int) -> Iterator[tuple[str, ...]]:
    """Names of files to change together."""
    dice = random.Random(seed)  # noqa: S311  # no secret
    names = sorted(name for name in files if not name.startswith(kept))
    yield from (tuple(dice.sample(names, dice.choice((1, 1, 2)))) for _ in range(EDITS))


@pytest.mark.parametrize(
    ("files", "words", "kept"),
    [
        (PLAIN, ("--nogpu", "-d", "small", "-d", "large", "trainer.train"), ("wheels", "requirements")),
        (PACKAGED, ("--nogpu", "-d", "data", "pkg.x"), ("setup.py", "needs.txt")),
        (IN_PLACE, ("--nogpu", "-d", "data", "pkg.x"), ("pyproject",)),
    ],
    ids=["plain", "packaged", "in place"],
)
def test_the_model_says_what_the_builder_rebuilds(
    files: Files, words: tuple[str, ...], kept: tuple[str, ...], make: MakeProject
) -> None:
    the_builder_agrees(make(files), files, words, kept)


@pytest.mark.usefixtures("containerd")
def test_the_model_says_what_the_builder_rebuilds_of_linked_layers(make: MakeProject) -> None:
    files = {**PLAIN, "huge/a": "1"}
    project = make({**files, "huge/zeros": bytes(80_000_000)})
    words = ("--nogpu", "-d", "small", "-d", "huge", "trainer.train")
    the_builder_agrees(project, files, words, ("wheels", "requirements"))
    assert {step.path for step in recipe_of(project, words).steps if isinstance(step, CopyFolder) and step.linked} == {
        "huge"
    }


def the_builder_agrees(project: RealProject, files: Files, words: tuple[str, ...], kept: tuple[str, ...]) -> None:
    project.build(*words)
    for number, names in enumerate(edits(files, kept, seed=7)):
        mark = f"{project.name} {number}"  # of this very test: the builder remembers what others built
        before = {name: (project.folder / name).read_text() for name in names}
        comment = {
            name: f"{text}\n# {mark}\n" if name.endswith((".py", ".txt")) else f"{text}{mark}"
            for name, text in before.items()
        }
        write(project.folder, comment)
        recipe = recipe_of(project, words)
        said = {one.step: one.certainty for one in rebuilt_by(recipe, names)}
        built_before = len(last_records(str(project.home), str(project.folder), "cpu", 99))
        project.build(*words)
        if not said and not any(step.effects.separate_stage for step in recipe.steps):
            assert len(last_records(str(project.home), str(project.folder), "cpu", 99)) == built_before
            continue
        actual = rebuilt(project, recipe)
        sure = {step for step, certainty in said.items() if certainty is Certainty.YES and words_of(step) is not None}
        assert sure <= actual <= set(said), (names, said, actual)


def test_a_wheel_that_comes_out_equal_is_not_installed_anew(make: MakeProject) -> None:
    words = ("--nogpu", "-d", "data", "pkg.x")
    project = make(PACKAGED)
    project.build(*words)
    write(project.folder, {"README.md": f"not in the wheel of {project.name}"})
    project.build(*words)
    assert {type(step) for step in rebuilt(project, recipe_of(project, words))} == {BuildWheel}
