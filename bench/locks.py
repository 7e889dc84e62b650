"""Measures the whole frontend on a project with a large lock against reading that lock's TOML alone: time and memory.

Run as `python bench/locks.py`; the goal of issue 3 is 2.5 times `tomllib.loads` plus 0.1 s, and 60 MB.
"""

import hashlib
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measure import Place, Trial, peak_memory, seconds

PACKAGES = 500
ROUNDS = 15
CALIBAN = str(Path(sys.executable).with_name("caliban"))
_READ = "import sys, tomllib; tomllib.loads(open(sys.argv[1], encoding='utf-8').read())"
_PLATFORMS = (
    *("macosx_11_0_arm64", "manylinux_2_28_aarch64", "manylinux_2_28_x86_64", "musllinux_1_2_x86_64", "win_amd64"),
)
_MARKERS = ("", ", marker = \"sys_platform == 'win32'\"", ", marker = \"python_full_version < '3.12'\"")


def main() -> int:
    """Prints what it measured; a missed goal is said, no failure."""
    with tempfile.TemporaryDirectory(prefix="caliban-bench-") as scratch:
        folder = Path(scratch) / "project"
        folder.mkdir()
        write_project(folder)
        lock = folder / "uv.lock"
        # with compiled modules, as whoever has it installed starts it
        place = Place(folder, {"CALIBAN_HOME": f"{scratch}/home", "PYTHONDONTWRITEBYTECODE": ""})
        compiled = (CALIBAN, "compile", "--nogpu", "train.py")
        loaded = (sys.executable, "-c", _READ, str(lock))
        bare = (sys.executable, "-c", "pass")
        trials = {"caliban": Trial((compiled,)), "tomllib": Trial((loaded,)), "bare": Trial((bare,))}
        times = seconds(trials, place, rounds=ROUNDS)
        peak = peak_memory(compiled, place)
        read = times["tomllib"] - times["bare"]
        spent = times["caliban"] - times["bare"]
        limit = 2.5 * read + 0.1
        size = lock.stat().st_size / 1_000_000
    print(f"a lock of {PACKAGES} packages, {size:.1f} MB; medians of {ROUNDS} rounds, without the start of Python")
    print(f"tomllib.loads            {read * 1000:5.0f} ms")
    print(f"caliban compile          {spent * 1000:5.0f} ms   {(spent - 0.1) / read:.2f}-fold plus 0.1 s (goal: 2.5)")
    print(f"its peak memory          {peak:5.0f} MB  (goal: 60)")
    print("ok" if spent <= limit and peak <= 60 else "missed")
    return 0


def write_project(folder: Path) -> None:
    """A project with a lock of the size and shape of those that uv writes."""
    direct = ", ".join(f'"{_name(number)}"' for number in range(0, PACKAGES, 10))
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "demo"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = [{direct}]\n'
    )
    (folder / "train.py").write_text("print('trained')\n")
    (folder / "uv.lock").write_text("".join(_lock(random.Random(0))))  # noqa: S311  # the same lock every time


def _lock(chance: random.Random) -> Iterator[str]:
    yield 'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n'
    needs = "".join(f'    {{ name = "{_name(number)}" }},\n' for number in range(0, PACKAGES, 10))
    yield f'\n[[package]]\nname = "demo"\nversion = "1"\nsource = {{ virtual = "." }}\ndependencies = [\n{needs}]\n'
    for number in range(PACKAGES):
        name = _name(number)
        yield f'\n[[package]]\nname = "{name}"\nversion = "1.{number}.0"\n'
        yield 'source = { registry = "https://pypi.example/simple" }\n'
        later = range(number + 1, min(number + 12, PACKAGES))
        edges = [f'    {{ name = "{_name(other)}"{chance.choice(_MARKERS)} }},\n' for other in later[::4]]
        yield f"dependencies = [\n{''.join(edges)}]\n" if edges else ""
        yield f"sdist = {_file(f'{name}-1.{number}.0.tar.gz')}\nwheels = [\n"
        yield "".join(f"    {_file(wheel)},\n" for wheel in _wheels(name, number))
        yield "]\n"


def _wheels(name: str, number: int) -> Iterator[str]:
    """One for all of most packages; of every sixth a compiled one for each Python and platform."""
    if number % 6:
        yield f"{name}-1.{number}.0-py3-none-any.whl"
        return
    for python in ("cp310", "cp311", "cp312", "cp313", "cp314"):
        yield from (f"{name}-1.{number}.0-{python}-{python}-{platform}.whl" for platform in _PLATFORMS)


def _file(name: str) -> str:
    digest = hashlib.sha256(name.encode()).hexdigest()
    url = f"https://files.example.org/packages/{digest[:2]}/{digest[2:4]}/{digest}/{name}"
    return f'{{ url = "{url}", hash = "sha256:{digest}", size = 12345, upload-time = "2025-01-01T00:00:00Z" }}'


def _name(number: int) -> str:
    return f"package-{number:03}"


if __name__ == "__main__":
    sys.exit(main())
