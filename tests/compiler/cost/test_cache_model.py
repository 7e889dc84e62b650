from demands import DEMAND

from caliban.compiler.cost.cache_model import Certainty, rebuilt_by
from caliban.compiler.input.project import EditableInstall
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder, RestoreFolderOwners
from caliban.compiler.ir.steps.cuda import CompileWheels, PrepareToolkit
from caliban.compiler.ir.steps.project import BuildWheel, InstallEditable, InstallWheel
from caliban.compiler.ir.steps.python import CreateVenv
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.ir.steps.system import PrepareFolders

BASE = BaseImage(image="python:3.11-slim-bookworm", platform="linux/amd64", reason="", python="3.11")
FOLDERS, VENV = PrepareFolders(), CreateVenv(python="3.11")
PACKAGES = InstallRequirements(path="requirements.txt", includes=("more.txt",))
DATA = CopyFolder(path="data", kind="data", size=500, files=1)
MODELS = CopyFolder(path="models/stored", kind="data", size=50, files=1)
LINKED = CopyFolder(path="data", kind="data", size=500, files=1, linked=True)
CODE = CopyFolder(path="trainer", kind="code", size=9, files=1)
WHEEL = BuildWheel(path=".", stage="wheel")
NEEDS = InstallWheelRequirements(stage="wheel", path=".")
ITSELF = InstallWheel(stage="wheel", path=".")
IN_PLACE = InstallEditable(
    path=".",
    install=EditableInstall(name="p", files=("pyproject.toml", "README.md"), modules=("trainer",)),
)

PLAIN = (FOLDERS, VENV, PACKAGES, DATA, MODELS, CODE)
PACKAGED = (FOLDERS, VENV, WHEEL, NEEDS, DATA, CODE, ITSELF)


def certainties(steps: tuple[Step, ...], *changed: str) -> dict[Step, Certainty]:
    return {one.step: one.certainty for one in rebuilt_by(Recipe(demand=DEMAND, base=BASE, steps=steps), changed)}


def test_nothing_changed_rebuilds_nothing() -> None:
    assert certainties(PACKAGED) == {}


def test_an_edit_of_the_code_rebuilds_the_code() -> None:
    assert certainties(PLAIN, "trainer/train.py") == {CODE: Certainty.YES}


def test_what_stands_below_a_changed_layer_is_rebuilt_too() -> None:
    assert certainties(PLAIN, "data/a") == dict.fromkeys((DATA, MODELS, CODE), Certainty.YES)


def test_linked_data_stays_when_a_layer_above_it_changes_and_moves_those_below_it() -> None:
    mended = RestoreFolderOwners(targets=(LINKED.target,))
    steps = (FOLDERS, VENV, PACKAGES, MODELS, LINKED, mended, CODE)
    assert certainties(steps, "more.txt") == dict.fromkeys((PACKAGES, MODELS, mended, CODE), Certainty.YES)
    assert certainties(steps, "data/a") == dict.fromkeys((LINKED, mended, CODE), Certainty.YES)


def test_an_included_file_counts_like_the_one_that_includes_it() -> None:
    assert certainties(PLAIN, "more.txt") == dict.fromkeys((PACKAGES, DATA, MODELS, CODE), Certainty.YES)


def test_a_file_that_no_step_reads_rebuilds_nothing() -> None:
    assert certainties(PLAIN, "notes.md", "models/other", "datax") == {}


def test_a_stage_is_rebuilt_by_any_file_and_what_takes_from_it_perhaps() -> None:
    assert certainties(PACKAGED, "trainer/train.py") == {
        WHEEL: Certainty.YES,
        CODE: Certainty.YES,
        ITSELF: Certainty.YES,  # it stands below the code
    }
    assert certainties(PACKAGED, "README.md") == {WHEEL: Certainty.YES, ITSELF: Certainty.PERHAPS}
    assert certainties(PACKAGED, "requirements/core.txt") == {
        WHEEL: Certainty.YES,
        **dict.fromkeys((NEEDS, DATA, CODE, ITSELF), Certainty.PERHAPS),
    }


def test_what_is_installed_in_place_is_rebuilt_by_what_decides_about_its_metadata() -> None:
    steps = (FOLDERS, VENV, DATA, IN_PLACE, CODE)
    assert certainties(steps, "trainer/train.py") == {CODE: Certainty.YES}
    assert certainties(steps, "trainer/__init__.py", "notes.md") == {CODE: Certainty.YES}
    assert certainties(steps, "README.md") == dict.fromkeys((IN_PLACE, CODE), Certainty.YES)


def test_what_is_above_all_stages_rebuilds_the_stages_too() -> None:
    shared = (FOLDERS, PACKAGES, VENV, WHEEL, NEEDS, DATA)
    assert certainties(shared, "requirements.txt") == dict.fromkeys(shared[1:], Certainty.YES)


def test_a_stage_on_a_base_of_its_own_is_not_rebuilt_by_what_stands_above_the_image() -> None:
    toolkit = PrepareToolkit(stage="cuda", image="nvidia/cuda", python="3.11", first=(), architectures="8.0", reason="")
    compiled = CompileWheels(toolkit="cuda", stage="cuda-wheels", packages=("flash-attn",))
    steps = (FOLDERS, PACKAGES, VENV, toolkit, compiled, DATA)
    assert certainties(steps, "requirements.txt") == dict.fromkeys((PACKAGES, VENV, DATA), Certainty.YES)


def test_each_rebuilt_step_knows_its_reason() -> None:
    data, models, code = rebuilt_by(Recipe(demand=DEMAND, base=BASE, steps=PLAIN), {"data/b", "data/a", "trainer/x.py"})
    assert (data.changed, data.below) == (("data/a", "data/b"), None)
    assert (models.changed, models.below) == ((), DATA)
    assert code.changed == ("trainer/x.py",)
