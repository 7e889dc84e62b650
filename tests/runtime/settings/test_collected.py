"""The wheels that were collected last are taken again exactly as long as a new collection would give the same."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from demands import DEMAND
from msgspec.structs import replace
from test_collect import BASE, installing, lay, pin, project_of

from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.locked import InstallPins
from caliban.runtime.settings.collect import collect_wheels
from caliban.runtime.settings.collected import collected
from caliban.runtime.settings.indexes import PackageIndex, PackageSources
from caliban.runtime.settings.lent import LentWheels
from caliban.runtime.settings.local_packages import LocalPackages
from caliban.runtime.state.index import State

RECIPE = Recipe(demand=DEMAND, base=BASE, steps=(installing("alpha"), InstallPins(path="uv.lock", pins=(pin("beta"),))))
ALPHA = "alpha-1.0-py3-none-any.whl"


class Machine:
    """A machine with a wheel folder, a local index, and a project that requires alpha."""

    def __init__(self, folder: Path) -> None:
        self.wheels, self.index = folder / "wheels", folder / "index"
        self.wheels.mkdir()
        (self.index / "gamma").mkdir(parents=True)
        (folder / "state").mkdir()
        self.state = State(str(folder / "state"))
        self.recipe = RECIPE
        lay(self.wheels, "alpha", "1.0", "gamma")
        lay(self.wheels, "beta", "1.0")

    def collect(self) -> tuple[LentWheels, LentWheels]:
        """What is taken for a build, and what a new collection gives."""
        sources = PackageSources(find_links=(str(self.wheels),), indexes=(PackageIndex(url=f"file://{self.index}"),))
        project = project_of("alpha")
        taken = collected(self.recipe, project, LocalPackages(sources), self.state, "/project")
        return taken, collect_wheels(self.recipe, project, LocalPackages(sources))

    def publish(self) -> None:
        lay(self.wheels, "gamma", "1.0")
        os.rename(self.wheels / "gamma-1.0-py3-none-any.whl", self.index / "gamma" / "gamma-1.0-py3-none-any.whl")

    def rewrite(self) -> None:
        """Another alpha of the same name requires something else."""
        with zipfile.ZipFile(self.wheels / ALPHA, "w") as file:
            file.writestr("alpha-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: alpha\nRequires-Dist: beta\n\n")

    def require(self) -> None:
        self.recipe = replace(RECIPE, steps=(installing("beta"),))


CHANGES: dict[str, Callable[[Machine], object]] = {
    "a newer wheel": lambda machine: lay(machine.wheels, "alpha", "2.0"),
    "a wheel that is required comes": lambda machine: lay(machine.wheels, "gamma", "1.0"),
    "the local index gets one": Machine.publish,
    "a wheel goes": lambda machine: (machine.wheels / ALPHA).unlink(),
    "a wheel has other content": Machine.rewrite,
    "the folder goes": lambda machine: os.rename(machine.wheels, machine.wheels.with_name("gone")),
    "something else is required": Machine.require,
    "nothing": Machine.collect,
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_taken_is_what_a_new_collection_gives(change: str, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    first, _ = machine.collect()
    CHANGES[change](machine)
    taken, found = machine.collect()
    assert taken == found
    assert (taken == first) is (change == "nothing")


def test_no_wheel_is_read_again_while_nothing_changes(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    first, _ = machine.collect()
    wheel = machine.wheels / ALPHA
    status = wheel.stat()
    wheel.write_bytes(b"x" * status.st_size)  # no archive any more, and nobody could tell from outside
    os.utime(wheel, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert machine.collect()[0] == first
