"""Measures what the next build costs after each kind of edit: caliban beside three Dockerfiles of the same project.

Run as `python bench/optimizer.py [--scale 0.1] [--rounds 3] [--package-rounds 1]`: the packages are always the same,
the data shrink.
The table goes to stdout and docs/performance.md.
"""

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from costs import FIRST, SETTLE, Costs, Edits, costs_of
from measure import Place, Trial, quiet, seconds
from projects import remove_images
from rivals import DOCKERFILES, INSTALLING, Rival, by_dockerfile, fresh_base, rehearse, warm_cache
from table import Row, difference, put, spell
from workload import LARGE_BYTES, LARGE_FILES, SMALL_FILES, Workload

from caliban.compiler.facts.images import python_image
from caliban.compiler.facts.tables import SHIPPED

ROOT = Path(__file__).resolve().parent.parent
CALIBAN = str(Path(sys.executable).with_name("caliban"))
PYTHON = f"3.{sys.version_info.minor}"
TARGET = ("--nogpu", "-d", "data", "-d", "images", "trainer.train")
OURS, OLDER, DOCUMENTED, BY_HAND = "caliban", *DOCKERFILES

UNCHANGED = "nothing changed"
CODE = "one line of code"
LIGHT = "one light package more"
HEAVY = "the next release of a heavy package"
DATA = "one data file changed"
DATA_AFTER = "one data file changed, after that"
INSTALLED = "one line of code, installable project"
EDITS: Edits = {
    UNCHANGED: None,
    CODE: Workload.edit_code,
    DATA: Workload.edit_data,
    LIGHT: Workload.add_package,
    HEAVY: Workload.bump_package,
    DATA_AFTER: Workload.edit_data,
}


def main() -> int:
    """Measures everything; a missed goal is a line of the table, no failure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=0.1, help="of the data: 1 is 1 GB and 50,000 small files")
    parser.add_argument("--rounds", type=int, default=3, help="of an edit of code or data")
    parser.add_argument("--package-rounds", type=int, choices=(1, 2, 3), default=1, help="of an edit of the lock")
    options = parser.parse_args()
    mark = secrets.token_hex(3)
    names = {rival: f"bench-{number}-{mark}" for number, rival in enumerate((OURS, *DOCKERFILES))}
    installed = {rival: f"{names[rival]}-installed" for rival in (OURS, *INSTALLING)}
    with tempfile.TemporaryDirectory(prefix="caliban-bench-") as scratch:
        settings = {
            "CALIBAN_HOME": f"{scratch}/home",
            "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
            "PYTHONDONTWRITEBYTECODE": "",
        }
        everywhere = Place(
            Path(scratch), {"CALIBAN_HOME": f"{scratch}/home", **settings}
        )  # with compiled modules, as whoever has it installed starts it
        try:
            base = fresh_base(everywhere.folder, everywhere.folder / "tools", python_image(PYTHON, SHIPPED), mark)
            rivals = _rivals(names, base, everywhere, options.scale)
            rounds = {LIGHT: options.package_rounds, HEAVY: options.package_rounds}
            costs = costs_of(rivals, EDITS, {what: rounds.get(what, options.rounds) for what in EDITS})
            others = _rivals(installed, base, everywhere, options.scale, installable=True)
            costs[INSTALLED] = costs_of(others, {INSTALLED: Workload.edit_code}, {INSTALLED: options.rounds})[INSTALLED]
            overhead = _overhead(rivals[OURS])
        finally:
            tags = (f"{name}:bench" for name in (*names.values(), *installed.values()))
            remove_images([names[OURS], installed[OURS]], [mark, *tags], everywhere)
    table = "\n\n".join((_comparison(costs), spell([*_goals(costs), overhead], _footnote(options))))
    print(table)
    put(table, ROOT / "docs" / "performance.md", "bench/optimizer.py")
    return 0


def _rivals(
    names: Mapping[str, str], base: str, everywhere: Place, scale: float, *, installable: bool = False
) -> dict[str, Rival]:
    """Everybody with a copy of the project, and with the packages in uv's cache."""
    tools, dockerfiles = everywhere.folder / "tools", INSTALLING if installable else DOCKERFILES
    copies = {
        rival: Workload(
            everywhere.folder / name,
            everywhere.environment,
            PYTHON,
            scale=scale,
            pins=rival != OURS,
            installable=installable,
        )
        for rival, name in names.items()
    }
    warm_cache(copies[BY_HAND], tools, base)
    rehearse(copies[BY_HAND], tools, base)
    rivals = {rival: by_dockerfile(text, copies[rival], tools, base) for rival, text in dockerfiles.items()}
    return {OURS: Rival(copies[OURS], (CALIBAN, "build", "--base_image", base, *TARGET), None), **rivals}


def _overhead(rival: Rival) -> Row:
    """`caliban run` beside `docker run` of the same image."""
    place = rival.workload.place
    image = quiet(rival.command, place).strip()
    time.sleep(SETTLE)
    run = (CALIBAN, "run", *rival.command[2:])
    quiet(run, place)
    ours, plain = "`caliban run`", "`docker run --rm`"
    by_engine = ("docker", "run", "--rm", "--init", "--entrypoint", "python", image, "-m", "trainer.train")
    times = seconds({ours: Trial((run,)), plain: Trial((by_engine,))}, place, rounds=7)
    return difference("`caliban run` of it, nothing changed", ours, plain, times, 0.15)


def _comparison(costs: Costs) -> str:
    """Seconds and megabytes of new layers."""
    rivals = list(costs[FIRST])
    lines = [f"| the next build after | {' | '.join(rivals)} |", "|---" * (len(rivals) + 1) + "|"]
    for what, by_rival in costs.items():
        found = (by_rival.get(rival) for rival in rivals)
        cells = ("" if cost is None else f"{cost.seconds:.2f} s, {cost.bytes / 1e6:,.1f} MB" for cost in found)
        lines.append(f"| {what} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _goals(costs: Costs) -> list[Row]:
    light = costs[LIGHT]
    return [
        _times(LIGHT, costs, OLDER, 1 / 20),
        _times(LIGHT, costs, DOCUMENTED, 1 / 5),
        Row(
            f"{LIGHT}: new layers",
            f"{light[OURS].bytes / 1e6:.1f} MB",
            f"{OLDER}: {light[OLDER].bytes / 1e6:.1f} MB",
            light[OURS].bytes / light[OLDER].bytes,
            0.1,
            "-fold",
        ),
        *(_times(what, costs, BY_HAND, 1.1 if what in (CODE, INSTALLED) else 1.05) for what in costs),
    ]


def _times(what: str, costs: Costs, other: str, goal: float) -> Row:
    ours, theirs = costs[what][OURS].seconds, costs[what][other].seconds
    return Row(what, f"{ours:.2f} s", f"{other}: {theirs:.2f} s", ours / theirs, goal, "-fold")


def _footnote(options: argparse.Namespace) -> str:
    data = LARGE_BYTES * LARGE_FILES * options.scale / 1e6
    files = int(SMALL_FILES * options.scale)
    return (
        f"{time.strftime('%Y-%m-%d')}: the data at a scale of {options.scale:g} ({data:.0f} MB in {LARGE_FILES} files "
        f"and {files:,} small ones), the packages as they are; medians of {options.rounds} rounds in which all take "
        f"turns, {options.package_rounds} where the lock changed, the first build once."
    )


if __name__ == "__main__":
    sys.exit(main())
