"""Measures what a folder of 500 wheels costs: to collect those that a build is lent, where each requires the next one.

Run as `python bench/wheels.py`; the goal of issue 13 is 0.2 s, and nothing where no folder is configured.
"""

import sys
import tempfile
import zipfile
from pathlib import Path

from measure import Place, Trial, seconds

WHEELS = 500
ROUNDS = 15
LIMIT = 0.2  # seconds
CALIBAN = str(Path(sys.executable).with_name("caliban"))
# What `caliban run` does before it knows whether there is something to build; the other imports are there by then.
_COLLECT = """
from types import SimpleNamespace
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.demand import Demand
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.requirements import InstallRequirements
base = BaseImage(image="", platform="linux/amd64", reason="", python="3.11", lent_wheels=True)
demand = Demand(mode="cpu", platform="linux/amd64", host_python="3.11")
recipe = Recipe(demand=demand, base=base, steps=(InstallRequirements(path="requirements.txt", lines=("pkg0",)),))
project = SimpleNamespace(requirements_files=(), packages=(), settings=SimpleNamespace(mode="cpu"))
"""
_AND = """
from caliban.runtime.settings.collect import collect_wheels
from caliban.runtime.settings.indexes import Sources
from caliban.runtime.settings.local_packages import LocalPackages
found = collect_wheels(recipe, project, LocalPackages(Sources(find_links=(__import__("sys").argv[1],))))
assert len(found.files) == %d
"""


def main() -> int:
    """Prints what it measured; a missed goal is said, no failure."""
    with tempfile.TemporaryDirectory(prefix="caliban-bench-") as scratch:
        wheels, project = Path(scratch) / "wheels", Path(scratch) / "project"
        for folder in (wheels, project):
            folder.mkdir()
        for number in range(WHEELS):
            _write_wheel(wheels, number)
        (project / "requirements.txt").write_text("pkg0\n")
        (project / "train.py").write_text("print('trained')\n")
        plain = {"PIP_CONFIG_FILE": "/dev/null", "HOME": scratch, "XDG_CONFIG_DIRS": scratch, "UV_FIND_LINKS": ""}
        place = Place(project, {**plain, "PIP_FIND_LINKS": "", "PYTHONDONTWRITEBYTECODE": ""})
        compiled = (CALIBAN, "compile", "--nogpu", "train.py")
        trials = {
            "with": Trial(((sys.executable, "-c", _COLLECT + _AND % WHEELS, str(wheels)),)),
            "without": Trial(((sys.executable, "-c", _COLLECT),)),
            "compile": Trial((compiled,)),
            "compile with": Trial((("env", f"PIP_FIND_LINKS={wheels}", *compiled),)),
        }
        times = seconds(trials, place, rounds=ROUNDS)
    spent = times["with"] - times["without"]
    print(f"a folder of {WHEELS} wheels, all of them required; medians of {ROUNDS} rounds")
    print(f"collecting them                {spent * 1000:5.0f} ms  (goal: {LIMIT * 1000:.0f})")
    print(f"caliban compile without it     {times['compile'] * 1000:5.0f} ms")
    print(f"caliban compile with it        {times['compile with'] * 1000:5.0f} ms")
    print("ok" if spent <= LIMIT else "missed")
    return 0


def _write_wheel(folder: Path, number: int) -> None:
    name = f"pkg{number}"
    following = f"Requires-Dist: pkg{number + 1}>=0.5,<2\n" if number + 1 < WHEELS else ""
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as file:
        for module in range(20):
            file.writestr(f"{name}/m{module}.py", "x = 1\n")
        file.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\n{following}")
        file.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")


if __name__ == "__main__":
    sys.exit(main())
