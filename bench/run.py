"""Measures caliban against what it replaces, on the real engine; the table goes to stdout and docs/performance.md.

Only ratios and differences of one run say something: they are medians of rounds in which both sides take turns.
"""

import os
import platform
import secrets
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import compiling
from measure import Place, Trial, quiet, seconds
from projects import FILES, FOLDERS, add_line, build_by_hand, remove_images, write_project
from table import Row, difference, put, ratio, spell

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "digits"
CALIBAN = str(Path(sys.executable).with_name("caliban"))
MODULE = "trainer.train"
PYTHON = f"3.{sys.version_info.minor}"

ROUNDS = 7
_SETTLE = 2.5  # s; caliban reads a file again that is younger than 2 s, which is not "nothing changed"


def main() -> int:
    """Measures everything; a missed goal is a line of the table, no failure."""
    with tempfile.TemporaryDirectory(prefix="caliban-bench-") as scratch:
        folder = Path(scratch)
        home = folder / "home"
        mark = secrets.token_hex(3)
        small, large, real = (folder / f"bench-{kind}-{mark}" for kind in ("small", "large", "real"))
        tags = [f"{project.name}:by-hand" for project in (small, large, real)]
        # with compiled modules, as whoever has it installed starts it
        settings = {"CALIBAN_HOME": str(home), "BUILDX_NO_DEFAULT_ATTESTATIONS": "1", "PYTHONDONTWRITEBYTECODE": ""}
        everywhere = Place(folder, settings)
        try:
            files, key = folder / "files", folder / "key"
            files.mkdir()
            key.mkdir()
            rows = [
                *compiling.start(everywhere),
                *compiling.example(everywhere._replace(folder=EXAMPLE), MODULE),
                *compiling.many_files(everywhere._replace(folder=files)),
                *compiling.credentials(everywhere._replace(folder=key)),
            ]
            write_project(small, EXAMPLE, python=PYTHON)
            write_project(real, EXAMPLE, python=PYTHON, real=True)
            write_project(large, EXAMPLE, python=PYTHON, files=True)
            rows += _unchanged(everywhere._replace(folder=small), "nothing changed", goal=0.15)
            count = f"{FOLDERS * FILES:,} unchanged files"
            rows += _unchanged(
                everywhere._replace(folder=large),
                count,
                goal=0.45,
                build=build_by_hand(tags[1], home),
                extra=("-d", "data"),
            )
            what = "`caliban run` of examples/digits after an edit of one line"
            rows.append(
                ratio(what, *_edit(everywhere._replace(folder=real), build_by_hand(tags[2], home), tags[2]), 1.1)
            )
            what = "the same of a script that does nothing"
            rows.append(
                difference(what, *_edit(everywhere._replace(folder=small), build_by_hand(tags[0], home), tags[0]), None)
            )
            footnote = _footnote(everywhere)
        finally:
            remove_images([small.name, large.name, real.name], tags, everywhere)
    table = spell(rows, footnote)
    print(table)
    put(table, ROOT / "docs" / "performance.md", "bench/run.py")
    return 0


def _unchanged(
    place: Place, what: str, *, goal: float, build: tuple[str, ...] = (), extra: tuple[str, ...] = ()
) -> list[Row]:
    """`caliban run` and `docker run` of the same image; with `build`, a build by hand that finds nothing to do too."""
    image = quiet((CALIBAN, "build", "--nogpu", *extra, MODULE), place).strip()
    run = (CALIBAN, "run", "--nogpu", *extra, MODULE)
    trials = {"`caliban run`": Trial((run,)), "`docker run --rm`": Trial((_docker_run(image),))}
    if build:
        trials["`docker buildx build`"] = Trial((build,))
        quiet(build, place)
    time.sleep(_SETTLE)
    quiet(run, place)
    times = seconds(trials, place, rounds=ROUNDS)
    rows = [difference(f"`caliban run`, {what}", "`caliban run`", "`docker run --rm`", times, goal)]
    if build:
        spent = times["`docker buildx build`"]
        rows.append(Row(f"`docker buildx build` by hand, {what}", f"{spent:.2f} s", "", spent, None, " s"))
    return rows


def _edit(place: Place, build: tuple[str, ...], tag: str) -> tuple[str, str, dict[str, float]]:
    """Both sides' names, and their times."""
    edit = partial(add_line, place.folder)
    ours, by_hand = "`caliban run`", "`docker buildx build` and `run` by hand"
    trials = {
        ours: Trial(((CALIBAN, "run", "--nogpu", MODULE),), before=edit),
        by_hand: Trial((build, _docker_run(tag)), before=edit),
    }
    quiet(build, place)
    return ours, by_hand, seconds(trials, place, rounds=ROUNDS)


def _docker_run(image: str) -> tuple[str, ...]:
    user = f"{os.getuid()}:{os.getgid()}"
    options = ("--rm", "--interactive", "--init", "--user", user, "--entrypoint", "python")
    return ("docker", "run", *options, image, "-m", MODULE)


def _footnote(place: Place) -> str:
    engine = quiet(("docker", "version", "--format", "{{.Server.Version}}"), place).strip()
    return (
        f"{time.strftime('%Y-%m-%d')}: {os.cpu_count()} cores, Python {platform.python_version()}, Docker {engine}; "
        f"medians of {ROUNDS} rounds or more, in which both sides take turns."
    )


if __name__ == "__main__":
    sys.exit(main())
