"""Measures the day around a run: from nothing to the first result, ten edits, ten runs of what is there.

Beside caliban stand the six lines that anybody would write, with pip; the Dockerfile of uv's documentation, with
bytecode as it says; and the best that we know to write by hand. Each has its own copy of the project and the same base,
which no builder has seen before; uv has every wheel in its cache.
"""

import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import NamedTuple

from measure import Place, quiet
from projects import add_line, bundle_options, remove_images
from table import Row, difference, put, ratio, spell
from workload import UV, Workload

from caliban.compiler.facts.images import mirrored, python_image
from caliban.compiler.facts.tables import SHIPPED
from caliban.compiler.facts.tools import UV_IMAGE
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.passes.mount_caches import uv_cache

ROOT = Path(__file__).resolve().parent.parent
CALIBAN = str(Path(sys.executable).with_name("caliban"))
MODULE = "trainer.train"
PYTHON = f"3.{sys.version_info.minor}"
_SETTLE = 2.5  # s; caliban reads a file again that is younger than 2 s
TIMES = 10  # edits, and runs of what is there
FIRSTS = 3  # first results, each on a base that no builder has seen
OURS, PIP, DOCUMENTED, BY_HAND = "caliban", "pip, six lines", "uv's documentation", "by hand"
FIRST, EDITS, UNCHANGED = "the first result", f"{TIMES} edits of a line", f"{TIMES} runs, nothing changed"

_CA = "--mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt"
_UV = f"""\
{_CA} --mount=from={UV_IMAGE},source=/uv,target=/bin/uv \\
    --mount=type=cache,id={{cache}},target=/root/.cache/uv"""
_PIP = f"""\
FROM {{base}}
WORKDIR /usr/app
COPY requirements.txt .
RUN {_CA} PIP_CERT=/etc/ssl/certs/ca-certificates.crt pip install -r requirements.txt
COPY . .
ENTRYPOINT ["python", "-m", "{MODULE}"]
"""
# https://docs.astral.sh/uv/guides/integration/docker/: "Using the pip interface" and "Compiling bytecode".
_UV_PIP = f"""\
FROM {{base}}
WORKDIR /app
COPY requirements.txt .
RUN {_UV} \\
    UV_SYSTEM_CERTS=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 uv pip install --system -r requirements.txt
COPY . .
ENTRYPOINT ["python", "-m", "{MODULE}"]
"""
# The same page: "Intermediate layers" and "Compiling bytecode".
_UV_SYNC = f"""\
FROM {{base}}
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH
RUN {_UV} \\
    --mount=type=bind,source=uv.lock,target=uv.lock --mount=type=bind,source=pyproject.toml,target=pyproject.toml \\
    UV_SYSTEM_CERTS=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 uv sync --locked --no-install-project
COPY . /app
RUN {_UV} \\
    UV_SYSTEM_CERTS=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 uv sync --locked
ENTRYPOINT ["python", "-m", "{MODULE}"]
"""
_BEST = f"""\
FROM {{base}}
WORKDIR /usr/app
ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH
RUN {_UV} \\
    --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt \\
    export UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 UV_COMPILE_BYTECODE=1 PYC_INVALIDATION_MODE=UNCHECKED_HASH && \\
    uv venv --quiet /opt/venv && uv pip install --requirements /tmp/requirements.txt
COPY trainer /usr/app/trainer
ENTRYPOINT ["python", "-m", "{MODULE}"]
"""

_FRAMES = "matplotlib==3.10.6\npandas==2.3.2\n"
_PLOT = """
import matplotlib
matplotlib.use("agg")
import pandas as pd, matplotlib.pyplot as plt
pd.DataFrame({"a": range(100)}).plot()
plt.savefig("/tmp/a.png")
print("plotted")
"""
_LOCKED = "import pandas, sklearn.linear_model, scipy.stats\nprint('trained')\n"


class Side(NamedTuple):
    """One way to work on a project, with a copy of its own."""

    place: Place
    build: tuple[str, ...]  # prints nothing, or the id of the image
    run: tuple[str, ...]
    tag: str | None  # of the image; None: running builds what changed

    def go(self) -> None:
        """From what is on disk to the result."""
        if self.tag is not None:
            quiet(self.build, self.place)
        quiet(self.run, self.place)

    def image(self) -> str:
        """Its name or id."""
        return self.tag or quiet(self.build, self.place).strip()


def main() -> int:
    """Measures each project; a missed goal is a line of the table, no failure."""
    mark = secrets.token_hex(3)
    mirror = f"stand-in.invalid/{mark}"
    base = mirrored(python_image(PYTHON, SHIPPED), mirror)
    cells: list[str] = []
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="caliban-bench-", dir="/var/tmp") as scratch:
        settings = {
            "CALIBAN_HOME": f"{scratch}/home",
            "CALIBAN_REGISTRY_MIRROR": mirror,
            "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
            "PYTHONDONTWRITEBYTECODE": "",  # with compiled modules, as whoever has it installed starts it
        }
        place = Place(Path(scratch), settings)
        tools = place.folder / "tools"
        tools.mkdir()
        shutil.copy(UV, tools / "uv")
        tags, names = [base], []
        try:
            for number, (what, write) in enumerate(PROJECTS.items()):
                folder = place.folder / f"bench-{number}-{mark}"
                sides = {who: _side(who, folder, write, base, place) for who in (OURS, PIP, DOCUMENTED, BY_HAND)}
                tags += [side.tag for side in sides.values() if side.tag]
                names.append(sides[OURS].place.folder.name)
                bases = (partial(_new_base, base, f"{mark}-{number}-{turn}", place) for turn in count())
                next(bases)()
                quiet(sides[BY_HAND].build, sides[BY_HAND].place)  # fills uv's cache
                times = _measure(sides, bases)
                sizes = {who: _size(side.image(), place) for who, side in sides.items()}
                cells += _cells(what, times, sizes)
                rows += _goals(what, times)
        finally:
            remove_images(names, tags, place)
    head = f"| project | | {' | '.join((OURS, PIP, DOCUMENTED, BY_HAND))} |\n|---|---|---|---|---|---|"
    note = (
        f"{time.strftime('%Y-%m-%d')}: in turns; the first result is the median of {FIRSTS}, each on a new base; "
        f"edits and runs are {TIMES} times the median."
    )
    table = "\n\n".join(("\n".join((head, *cells)), spell(rows, note)))
    print(table)
    put(table, ROOT / "docs" / "performance.md", "bench/loop.py")
    return 0


def _digits(folder: Path, _place: Place) -> str:
    example = ROOT / "examples" / "digits"
    shutil.copytree(example / "trainer", folder / "trainer", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(example / "requirements.txt", folder)
    return _UV_PIP


def _frames(folder: Path, _place: Place) -> str:
    _package(folder, _PLOT)
    (folder / "requirements.txt").write_text(_FRAMES)
    return _UV_PIP


def _locked(folder: Path, place: Place) -> str:
    folder.rmdir()
    Workload(folder, place.environment, PYTHON, scale=0, pins=True)
    shutil.rmtree(folder / "data")
    (folder / "trainer" / "train.py").write_text(_LOCKED)
    return _UV_SYNC


PROJECTS: Mapping[str, Callable[[Path, Place], str]] = {
    "examples/digits": _digits,
    "matplotlib and pandas": _frames,
    "67 locked packages": _locked,
}


def _package(folder: Path, script: str) -> None:
    (folder / "trainer").mkdir()
    (folder / "trainer" / "__init__.py").touch()
    (folder / "trainer" / "train.py").write_text(script)


def _side(who: str, folder: Path, write: Callable[[Path, Place], str], base: str, place: Place) -> Side:
    """A copy of the project, and how somebody builds and runs it."""
    folder = folder.with_name(f"{folder.name}-{(OURS, PIP, DOCUMENTED, BY_HAND).index(who)}")
    folder.mkdir()
    documented = write(folder, place)
    here = place._replace(folder=folder)
    if who == OURS:
        if documented is _UV_SYNC:  # the lock counts
            (folder / "requirements.txt").unlink()
        words = ("--nogpu", "--no_credentials", MODULE)
        return Side(here, (CALIBAN, "build", *words), (CALIBAN, "run", *words), None)
    text = {PIP: _PIP, DOCUMENTED: documented, BY_HAND: _BEST}[who]
    cache = uv_cache(BaseImage(image=python_image(PYTHON, SHIPPED), platform="", reason="", python=None, own=True)).id
    (folder / "Dockerfile").write_text(text.format(base=base, cache=cache))
    (folder / ".dockerignore").write_text("Dockerfile\n.dockerignore\n")
    tag = f"{folder.name}:bench"
    uv = ("--build-context", f"{UV_IMAGE}={place.folder / 'tools'}")
    build = (
        "docker",
        "buildx",
        "build",
        "--load",
        "--tag",
        tag,
        "--label",
        f"caliban.bench={tag}",
        *uv,
        *bundle_options(),
        ".",
    )
    options = ("--rm", "--interactive", "--init", "--user", f"{os.getuid()}:{os.getgid()}")
    return Side(here, build, ("docker", "run", *options, tag), tag)


def _new_base(name: str, mark: str, place: Place) -> None:
    """The base under a name of this benchmark, with a layer that no builder has seen."""
    file = place.folder / "Dockerfile.base"
    file.write_text(f"FROM {python_image(PYTHON, SHIPPED)}\nRUN echo {mark} > /etc/caliban-bench\n")
    options = ("--load", "--tag", name, "--label", f"caliban.bench={name}", "--file", str(file))
    quiet(("docker", "buildx", "build", *options, str(place.folder / "tools")), place)


def _measure(sides: Mapping[str, Side], bases: Iterator[Callable[[], None]]) -> dict[str, dict[str, float]]:
    """Seconds that each side takes for the first result, for edits and for runs; the sides take turns."""
    times: dict[str, dict[str, float]] = {FIRST: _first_results(sides, bases), EDITS: {}, UNCHANGED: {}}
    for what in (EDITS, UNCHANGED):
        spent: dict[str, list[float]] = {who: [] for who in sides}
        for _ in range(TIMES):
            for who, side in sides.items():
                if what == EDITS:
                    add_line(side.place.folder)
                act = side.go if what == EDITS or side.tag is None else partial(quiet, side.run, side.place)
                spent[who].append(_spent(act))
        times[what] = {who: median(each) * TIMES for who, each in spent.items()}
        time.sleep(_SETTLE)
    return times


def _first_results(sides: Mapping[str, Side], bases: Iterator[Callable[[], None]]) -> dict[str, float]:
    """The median of each side; every round begins with another one, for whoever is first may pay for the others."""
    order = list(sides)
    spent: dict[str, list[float]] = {who: [] for who in sides}
    for turn in range(FIRSTS):
        next(bases)()
        for who in order[turn:] + order[:turn]:
            spent[who].append(_spent(sides[who].go))
    return {who: median(each) for who, each in spent.items()}


def _spent(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _size(image: str, place: Place) -> int:
    """Bytes of an image."""
    return int(quiet(("docker", "image", "inspect", "--format", "{{.Size}}", image), place))


def _cells(what: str, times: Mapping[str, Mapping[str, float]], sizes: Mapping[str, int]) -> Iterator[str]:
    for step, spent in times.items():
        yield f"| {what} | {step} | {' | '.join(f'{seconds:.1f} s' for seconds in spent.values())} |"
    yield f"| {what} | the image | {' | '.join(f'{size / 1e6:,.0f} MB' for size in sizes.values())} |"


def _goals(what: str, times: Mapping[str, Mapping[str, float]]) -> Iterator[Row]:
    """Nothing slower than 1.1 times the best of the three; a run as fast as by hand; the first result before pip's."""
    yield ratio(f"{what}: {FIRST}", OURS, PIP, dict(times[FIRST]), 0.8)
    for step, spent in times.items():
        best = min((who for who in spent if who != OURS), key=lambda who: spent[who])
        yield ratio(f"{what}: {step}", OURS, best, dict(spent), 1.1)
    runs = {who: seconds / TIMES for who, seconds in times[UNCHANGED].items()}
    yield difference(f"{what}: a run, nothing changed", OURS, PIP, runs, 0.15)


if __name__ == "__main__":
    sys.exit(main())
