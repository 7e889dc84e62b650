from demands import DEMAND

from caliban.compiler.cost.forecast import forecast
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.locked import InstallPins, LockedPin
from caliban.compiler.ir.steps.requirements import InstallRequirements
from caliban.compiler.ir.steps.step import Step

BASE = BaseImage(image="python:3.11-slim-bookworm", platform="linux/amd64", reason="", python="3.11")
NUMPY = LockedPin(name="numpy", text="numpy==2.1.3", hashes=(), source="", by=("",), size=17_000_000)
PINS = InstallPins(path="uv.lock", pins=(NUMPY,))
DATA = CopyFolder(path="data", kind="data", size=5_000_000, files=1)


def of(*steps: Step) -> tuple[int, int, int, bool]:
    found = forecast(Recipe(demand=DEMAND, base=BASE, steps=steps))
    return found.download, found.copied, found.image, found.complete


def test_locked_packages_and_copies_are_known_before_the_build() -> None:
    assert of(PINS, DATA) == (17_000_000, 5_000_000, 5_000_000 + 3 * 17_000_000, True)


def test_what_is_still_to_be_resolved_is_not_known() -> None:
    assert of(InstallRequirements(path="requirements.txt"), DATA) == (0, 5_000_000, 5_000_000, False)
