"""Measures what it takes to bring the results of a run, against `docker cp`; for stdout and docs/performance.md.

The listing of what a run wrote is measured by itself: an ordinary user may not read the folders of the engine, so it is
the engine that lists what changed.
"""

import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from measure import Place, quiet
from table import Row, put, spell

from caliban.runtime.engine.engine import Engine
from caliban.runtime.running.results.bring import Written, bring
from caliban.runtime.running.results.changed import changes_of

ROOT = Path(__file__).resolve().parent.parent
BASE = f"python:3.{sys.version_info.minor}-slim-bookworm"
ROUNDS = 5
GOAL = 1.3  # times `docker cp`

WRITES = {
    "10,000 files in a new folder": "os.mkdir('out'); [open(f'out/{n}', 'w').write('x' * 100) for n in range(10000)]",
    "10,000 files beside the code": "[open(f'{n}', 'w').write('x' * 100) for n in range(10000)]",
    "one file of 1 GB": "f = open('big', 'wb'); [f.write(bytes(1 << 20)) for _ in range(1000)]",
}


def main() -> int:
    """Measures each kind of result; a missed goal is a line of the table, no failure."""
    engine = Engine(os.environ)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="caliban-bench-", dir="/var/tmp") as scratch:
        place = Place(Path(scratch), {})
        for what, script in WRITES.items():
            name = f"caliban-bench-{secrets.token_hex(3)}"
            words = ("--name", name, "--workdir", "/usr/app", "--entrypoint", "python", BASE)
            quiet(("docker", "run", *words, "-c", f"import os; {script}"), place)
            try:
                rows += _rows(what, name, engine, place)
            finally:
                quiet(("docker", "rm", name), place)
    table = spell(rows, f"{time.strftime('%Y-%m-%d')}: medians of {ROUNDS} rounds, in which all sides take turns.")
    print(table)
    put(table, ROOT / "docs" / "performance.md", "bench/results.py")
    return 0


def _rows(what: str, name: str, engine: Engine, place: Place) -> list[Row]:
    state = engine.container_state(name)
    assert state is not None, "the container is there"
    known, asked = state, state._replace(upper=None)
    trials: dict[str, Callable[[str], object]] = {
        "`docker cp`": lambda target: quiet(("docker", "cp", f"{name}:/usr/app", target), place),
        "root": lambda target: bring(engine, Written(name, known, target, 0, 0), {}),
        "an ordinary user": lambda target: bring(engine, Written(name, asked, target, 0, 0), {}),
        "the listing for root": lambda _: list(changes_of(engine, name, known)),
        "the listing for an ordinary user": lambda _: list(changes_of(engine, name, asked)),
    }
    times: dict[str, list[float]] = {trial: [] for trial in trials}
    targets = place.folder / "targets"
    for number in range(ROUNDS):
        for trial, act in trials.items():
            # None is removed before the end: ext4 without a journal makes files ten times as slowly for minutes after
            # many were removed (linux/fs/ext4/ialloc.c, recently_deleted).
            target = targets / f"{number} {trial}"
            target.mkdir(parents=True)
            began = time.perf_counter()
            act(str(target))
            times[trial].append(time.perf_counter() - began)
    shutil.rmtree(targets)
    took = {trial: median(values) for trial, values in times.items()}
    rows = []
    for who in ("root", "an ordinary user"):
        listing = took[f"the listing for {who}"]
        value = (took[who] - listing) / took["`docker cp`"]
        measured = f"{took[who]:.2f} s, {listing:.2f} s of them the listing"
        rows.append(
            Row(f"{what}, for {who}", measured, f"`docker cp`: {took['`docker cp`']:.2f} s", value, GOAL, "-fold")
        )
    return rows


if __name__ == "__main__":
    sys.exit(main())
