import pytest
from demands import DEMAND
from msgspec.structs import replace

from caliban.compiler.ir.base import BaseImage, BaseNeed
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.project import BuildWheel
from caliban.compiler.ir.steps.python import CreateVenv
from caliban.compiler.ir.steps.requirements import InstallRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.ir.steps.system import PrepareFolders
from caliban.compiler.verify import Secrets, secrets_of, verify

SLIM = BaseImage(image="python:3.11-slim-bookworm", platform="linux/amd64", reason="", python="3.11")
FOLDERS = PrepareFolders()
VENV = CreateVenv(python="3.11")
PACKAGES = InstallRequirements(path="requirements.txt", count=1)

KEY = "keys/train.json"


def recipe(*steps: Step) -> Recipe:
    return Recipe(demand=DEMAND, base=SLIM, steps=steps)


def copy(path: str) -> CopyFolder:
    return CopyFolder(path=path, kind="data", size=1, files=1)


HIDDEN = Secrets(paths=frozenset({KEY}))
EXPOSED = Secrets(paths=frozenset({KEY}), exposed=frozenset({KEY}))
ODD = replace(copy("keys"), context="context-1")


def test_a_sound_recipe_passes() -> None:
    verify(recipe(FOLDERS, VENV, PACKAGES, copy("data"), copy("data2"), copy("models/a")), after="lower", based=True)


def test_no_two_steps_have_one_name() -> None:
    with pytest.raises(AssertionError, match="lower: several steps write /opt/venv"):
        verify(recipe(FOLDERS, VENV, VENV), after="lower")


def test_what_is_read_must_have_been_written_before() -> None:
    with pytest.raises(AssertionError, match=r"shuffle: InstallRequirements.* reads /opt/venv before it is there"):
        verify(recipe(FOLDERS, PACKAGES, VENV), after="shuffle")


def test_a_copy_needs_the_working_directory() -> None:
    with pytest.raises(AssertionError, match="reads /usr/app before it is there"):
        verify(recipe(copy("data")), after="lower")


@pytest.mark.parametrize("paths", [("data", "data"), ("data", "data/raw"), ("data/raw", "data"), ("data", ".")])
def test_no_two_copies_claim_one_path(paths: tuple[str, ...]) -> None:
    with pytest.raises(AssertionError, match="lower: several copies claim /usr/app"):
        verify(recipe(FOLDERS, *(copy(path) for path in paths)), after="lower")


@pytest.mark.parametrize(
    ("step", "secrets"),
    [
        (replace(PACKAGES, path=KEY), HIDDEN),
        (replace(PACKAGES, includes=(KEY,)), HIDDEN),
        (replace(PACKAGES, installed_with=(replace(PACKAGES, path=KEY),)), HIDDEN),
        (copy(KEY), HIDDEN),
        (copy("keys"), EXPOSED),
        (copy("."), EXPOSED),
        (BuildWheel(path=".", stage="wheel"), EXPOSED),
        (ODD, HIDDEN),
    ],
    ids=["itself", "include", "beside", "copied", "folder", "project", "wheel", "context of its own"],
)
def test_no_step_reads_a_credential(step: Step, secrets: Secrets) -> None:
    with pytest.raises(AssertionError, match=r"lower: .* reads the credential keys/train.json"):
        verify(recipe(FOLDERS, VENV, step), after="lower", secrets=secrets)


@pytest.mark.parametrize(
    "step", [copy("keys"), copy("."), copy("key"), BuildWheel(path=".", stage="wheel"), replace(ODD, excluded=True)]
)
def test_a_folder_without_its_credentials_may_be_read(step: Step) -> None:
    verify(recipe(FOLDERS, VENV, step), after="lower", secrets=HIDDEN)


def test_a_credential_that_the_patterns_let_through_is_exposed() -> None:
    patterns = ("**/train.json", "other.json", "!other.*")
    assert secrets_of((KEY, "other.json"), patterns) == Secrets(
        frozenset({KEY, "other.json"}), frozenset({"other.json"})
    )


def test_a_need_does_not_survive_the_choice_of_the_base() -> None:
    needy = replace(recipe(FOLDERS), base=BaseNeed())
    verify(needy, after="choose_python")
    with pytest.raises(AssertionError, match="choose_base: the base is still a need"):
        verify(needy, after="choose_base", based=True)
