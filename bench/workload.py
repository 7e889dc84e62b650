"""A realistic project to build again and again: 67 locked packages, large files, many small ones, a package of code."""

import os
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from measure import Place, quiet

UV = str(Path(sys.executable).with_name("uv"))
MODULES, LARGE_FILES, SMALL_FILES = 200, 10, 50_000
LARGE_BYTES = 100_000_000  # of each of the large files
NEWEST = "2024-11-01"  # what was released later does not count, so that the lock is the same every day

PACKAGES = (
    *("numpy==1.26.4", "scipy==1.14.1", "pandas==2.2.2", "scikit-learn==1.5.2", "pyarrow==17.0.0", "numba==0.60.0"),
    *("matplotlib==3.9.2", "opencv-python-headless==4.10.0.84", "statsmodels==0.14.4", "xarray==2024.9.0"),
    *("transformers==4.45.2", "datasets==3.0.1", "networkx==3.3", "sympy==1.13.3", "h5py==3.12.1", "jinja2==3.1.4"),
    *("rich==13.9.2", "click==8.1.7", "omegaconf==2.3.0"),
)
BUMPED = ("polars==1.9.0", "polars==1.10.0", "polars==1.11.0", "polars==1.12.0")  # 33 MB to download
ADDED = ("humanize==4.11.0", "tabulate==0.9.0", "colorama==0.4.6")  # under 0.2 MB each

HEAVY = 8_000_000  # bytes of a wheel; whoever splits his requirements by hand puts these first
_HERE = re.compile(r"manylinux\w*_x86_64\.whl$|-none-any\.whl$")
_EXPORT = ("export", "--quiet", "--frozen", "--no-hashes", "--no-header", "--no-annotate", "--no-emit-project")

_MANIFEST = """\
[project]
name = "benchmark"
version = "1"
requires-python = "=={python}.*"
dependencies = [{packages}]

[tool.uv]
environments = ["sys_platform == 'linux' and platform_machine == 'x86_64'"]
exclude-newer = "{newest}"
"""
_BUILD = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[tool.setuptools]
packages = ["trainer"]
"""


class Workload:
    """One copy of the project, and the edits of somebody who works on it."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        python: str,
        *,
        scale: float,
        pins: bool,
        installable: bool = False,
    ) -> None:
        self.folder = folder
        self.place = Place(folder, environment)
        self._python = python
        self._pins = pins  # caliban and uv read the lock
        self._build = _BUILD if installable else ""
        self._bumped, self._added, self._edits = BUMPED[0], 0, 0
        self._write(scale)
        self._lock()

    def edit_code(self) -> None:
        """One more line in one of the modules."""
        self._edits += 1
        with (self.folder / "trainer" / "module_7.py").open("a") as module:
            module.write(f"LINE_{self._edits} = {self._edits}\n")

    def add_package(self) -> None:
        """One more light package, without dependencies of its own."""
        self._added += 1
        self._lock()

    def bump_package(self) -> None:
        """The next release of a heavy package."""
        self._bumped = BUMPED[BUMPED.index(self._bumped) + 1]
        self._lock()

    def edit_data(self) -> None:
        """Another content of one of the large files."""
        file = self.folder / "data" / "3.bin"
        file.write_bytes(os.urandom(file.stat().st_size))

    def _write(self, scale: float) -> None:
        (self.folder / "data").mkdir(parents=True)
        for number in range(LARGE_FILES):
            (self.folder / "data" / f"{number}.bin").write_bytes(os.urandom(int(LARGE_BYTES * scale)))
        for number in range(int(SMALL_FILES * scale)):
            file = self.folder / "images" / str(number // 1000) / f"{number}.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{number}\n")
        (self.folder / "trainer").mkdir()
        for number in range(MODULES):
            (self.folder / "trainer" / f"module_{number}.py").write_text(f"NUMBER = {number}\n" * 50)
        (self.folder / "trainer" / "__init__.py").touch()
        (self.folder / "trainer" / "train.py").write_text("print('trained')\n")

    def _lock(self) -> None:
        """The manifest and the lock; the same pins for those who read no lock, in one file and in two bands."""
        packages = ", ".join(f'"{each}"' for each in (*PACKAGES, self._bumped, *ADDED[: self._added]))
        manifest = _MANIFEST.format(python=self._python, packages=packages, newest=NEWEST)
        (self.folder / "pyproject.toml").write_text(manifest + self._build)
        quiet((UV, "lock", "--quiet"), self.place)
        if self._pins:
            lines = quiet((UV, *_EXPORT), self.place).splitlines()
            heavy = [line for line in lines if line.partition("==")[0] in self._heavy()]
            light = [line for line in lines if line not in heavy]
            for name, chosen in (("requirements", lines), ("heavy", heavy), ("light", light)):
                (self.folder / f"{name}.txt").write_text("\n".join((*chosen, "")))

    def _heavy(self) -> set[str]:
        packages = tomllib.loads((self.folder / "uv.lock").read_text(encoding="utf-8"))["package"]
        return {
            package["name"]
            for package in packages
            if any(_HERE.search(wheel["url"]) and wheel["size"] >= HEAVY for wheel in package.get("wheels", ()))
        }
