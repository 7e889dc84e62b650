import pytest
from msgspec.structs import replace
from recipes import DEMAND, recipe

from caliban.compiler.input.user_dockerfile import UserDockerfile
from caliban.compiler.ir.base import BaseNeed
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.system import InstallSystemPackages
from caliban.compiler.passes.suggest_system_packages import suggest_system_packages

THEIRS = UserDockerfile(path="Dockerfile", text="FROM mine:1 AS own", stage="own")
CHOSEN = replace(DEMAND, python="3.11")
OPENCV = (
    "opencv-python loads libGL, libxcb and glib (requirements.txt:1), which the image lacks: "
    'say "apt_packages": ["libgl1", "libglib2.0-0"] in the config, '
    "or require opencv-python-headless instead of opencv-python"
)


def with_apt(*packages: str, before: Recipe, wanted: bool = True) -> Recipe:
    asked = InstallSystemPackages(packages=packages, reason="apt_packages", wanted=wanted)
    return replace(before, steps=(asked, *before.steps))


def test_what_is_known_to_be_needed_is_suggested() -> None:
    assert suggest_system_packages(recipe("opencv-python>4", "numpy", demand=CHOSEN)).notes == (OPENCV,)


@pytest.mark.parametrize("base", [BaseNeed(given="mine:1"), BaseNeed(dockerfile=THEIRS)], ids=["image", "Dockerfile"])
def test_a_base_that_the_user_names_may_have_it(base: BaseNeed) -> None:
    before = recipe("opencv-python", demand=CHOSEN, base=base)
    assert suggest_system_packages(before) == before


def test_what_the_config_asks_for_is_not_suggested_again() -> None:
    before = with_apt("libgl1", "libglib2.0-0", before=recipe("opencv-python", demand=CHOSEN))
    assert suggest_system_packages(before) == before


def test_the_line_to_paste_keeps_what_the_config_has() -> None:
    (note,) = suggest_system_packages(with_apt("vim", before=recipe("lightgbm", demand=CHOSEN))).notes
    assert '"apt_packages": ["libgomp1", "vim"]' in note


def test_git_that_is_there_for_others_is_not_in_the_line() -> None:
    before = with_apt("git", before=recipe("lightgbm", demand=CHOSEN), wanted=False)
    assert '"apt_packages": ["libgomp1"]' in suggest_system_packages(before).notes[0]


def test_names_are_those_of_the_debian_release() -> None:
    (note,) = suggest_system_packages(recipe("pyzbar", demand=replace(CHOSEN, python="3.14"))).notes
    assert '"libzbar0t64"' in note
