from itertools import permutations

from demands import DEMAND
from msgspec.structs import replace

from caliban.compiler.facts.tables import SHIPPED
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.effects import Changes
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder, RestoreFolderOwners
from caliban.compiler.ir.steps.gcloud import install_gcloud
from caliban.compiler.ir.steps.locked import InstallPins
from caliban.compiler.ir.steps.project import BuildWheel, InstallWheel
from caliban.compiler.ir.steps.python import CreateVenv
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.ir.steps.system import InstallSystemPackages, PrepareFolders
from caliban.compiler.passes.order_layers import order_layers
from caliban.compiler.verify import verify

BASE = BaseImage(image="python:3.11-slim-bookworm", platform="linux/amd64", reason="", python="3.11")
FOLDERS = PrepareFolders()
APT = InstallSystemPackages(packages=("ffmpeg",), reason="apt_packages")
VENV = CreateVenv(python="3.11")
PACKAGES = InstallRequirements(path="requirements.txt", count=1)
SMALL = CopyFolder(path="models", kind="data", size=10, files=1)
LARGE = CopyFolder(path="data", kind="data", size=500, files=1)
PINS = InstallPins(path="uv.lock", pins=())
DELTA = InstallPins(path="uv.lock", pins=(), part=2, band="delta", over=(PINS.listing,))
HUGE = CopyFolder(path="images", kind="data", size=10**10, files=1)
CODE = CopyFolder(path="trainer", kind="code", size=9000, files=1)
WHEEL = BuildWheel(path=".", stage="wheel")
DEMANDS = InstallWheelRequirements(stage="wheel", path=".")
ITSELF = InstallWheel(stage="wheel", path=".")


def ordered(*steps: Step) -> tuple[Step, ...]:
    return order_layers(Recipe(demand=DEMAND, base=BASE, steps=steps)).steps


def test_large_directories_come_before_small_ones() -> None:
    assert ordered(FOLDERS, SMALL, LARGE) == (FOLDERS, LARGE, SMALL)


def test_directories_of_one_size_keep_their_order() -> None:
    twin = CopyFolder(path="twin", kind="data", size=10, files=1)
    assert (ordered(FOLDERS, SMALL, twin), ordered(FOLDERS, twin, SMALL)) == (
        (FOLDERS, SMALL, twin),
        (FOLDERS, twin, SMALL),
    )


def test_code_comes_last_however_large_it_is() -> None:
    assert ordered(FOLDERS, CODE, SMALL) == (FOLDERS, SMALL, CODE)


def test_dependencies_come_before_data_and_system_packages_before_them() -> None:
    assert ordered(FOLDERS, LARGE, VENV, PACKAGES, APT) == (FOLDERS, VENV, APT, PACKAGES, LARGE)


def test_a_few_packages_more_are_no_reason_to_copy_much_data_again() -> None:
    assert ordered(FOLDERS, VENV, PINS, DELTA, SMALL, HUGE, CODE) == (FOLDERS, VENV, PINS, HUGE, DELTA, SMALL, CODE)


def test_linked_data_goes_below_what_costs_nothing_there_and_above_the_code() -> None:
    linked = replace(HUGE, linked=True)
    mended = RestoreFolderOwners(targets=(linked.target,))
    steps = (FOLDERS, VENV, PINS, linked, DELTA, SMALL, mended, CODE)
    assert ordered(*steps) == (FOLDERS, VENV, PINS, DELTA, linked, mended, SMALL, CODE)


def test_gcloud_comes_first_so_that_all_projects_share_it() -> None:
    gcloud = install_gcloud(None, None, True, SHIPPED)
    assert ordered(FOLDERS, APT, VENV, PACKAGES, gcloud, LARGE, CODE)[0] == gcloud


def test_any_order_of_independent_steps_gives_the_same_layers() -> None:
    movable = (APT, PACKAGES, SMALL, LARGE, CODE)
    results = {ordered(FOLDERS, VENV, *order) for order in permutations(movable)}
    assert results == {(FOLDERS, VENV, APT, PACKAGES, LARGE, SMALL, CODE)}


def test_a_stage_beside_the_image_comes_first_and_what_uses_it_later() -> None:
    assert ordered(FOLDERS, VENV, CODE, LARGE, WHEEL, DEMANDS, ITSELF) == (
        FOLDERS,
        VENV,
        WHEEL,
        DEMANDS,
        LARGE,
        CODE,
        ITSELF,
    )


def test_nothing_moves_above_what_it_reads() -> None:
    steps = ordered(FOLDERS, VENV, PACKAGES, WHEEL, DEMANDS, ITSELF, SMALL, LARGE, CODE)
    verify(Recipe(demand=DEMAND, base=BASE, steps=steps), after="order_layers")
    assert steps.index(DEMANDS) < steps.index(ITSELF)


def test_a_second_time_changes_nothing() -> None:
    once = order_layers(Recipe(demand=DEMAND, base=BASE, steps=(FOLDERS, SMALL, CODE, LARGE, VENV, PACKAGES)))
    assert order_layers(once) == once


def changed(step: CopyFolder, times: int, of: int) -> CopyFolder:
    return replace(step, changes=Changes(times=times, of=of))


def test_what_changes_often_goes_below_what_is_smaller_and_does_not() -> None:
    labels = CopyFolder(path="labels", kind="data", size=400_000_000, files=1)
    weights = CopyFolder(path="weights", kind="data", size=100_000_000, files=1)
    assert ordered(FOLDERS, labels, weights) == (FOLDERS, labels, weights)
    busy = changed(labels, 20, 40)
    assert ordered(FOLDERS, busy, weights) == (FOLDERS, weights, busy)


def test_the_earlier_order_stays_where_another_does_not_repay_the_rebuild() -> None:
    a = CopyFolder(path="a", kind="data", size=100_000_000, files=1)
    b = CopyFolder(path="b", kind="data", size=101_000_000, files=1)
    recipe = Recipe(demand=DEMAND, base=BASE, steps=(FOLDERS, a, b))
    assert order_layers(recipe).steps == (FOLDERS, b, a)
    before = tuple(step.effects.name for step in (FOLDERS, a, b))
    assert order_layers(replace(recipe, earlier_order=before)).steps == (FOLDERS, a, b)
    busy = replace(recipe, earlier_order=before, steps=(FOLDERS, changed(a, 90, 90), b))
    assert order_layers(busy).steps == (FOLDERS, b, changed(a, 90, 90))


def test_an_earlier_order_of_other_layers_or_one_that_is_no_longer_allowed_counts_for_nothing() -> None:
    steps = (FOLDERS, VENV, PACKAGES, LARGE, SMALL)
    best = ordered(*steps)
    for earlier in (best[:-1], (*best, CODE), tuple(reversed(best))):
        recipe = Recipe(
            demand=DEMAND, base=BASE, steps=steps, earlier_order=tuple(step.effects.name for step in earlier)
        )
        assert order_layers(recipe).steps == best
