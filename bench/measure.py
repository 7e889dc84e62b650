"""Commands in, wall clock and memory out: each command of a comparison in turn, several rounds, the median."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

# Linux counts a parent's memory for its child until the exec; this parent is smaller than anything that is measured.
_PEAK = "import os, sys; pid = os.spawnvp(os.P_NOWAIT, sys.argv[1], sys.argv[1:]); print(os.wait4(pid, 0)[2].ru_maxrss)"


class Trial(NamedTuple):
    """One side of a comparison: commands that run one after the other, and what is done before, off the clock."""

    commands: tuple[tuple[str, ...], ...]
    before: Callable[[], None] | None = None


class Place(NamedTuple):
    """Where commands run."""

    folder: Path
    environment: Mapping[str, str]


def seconds(trials: Mapping[str, Trial], place: Place, *, rounds: int) -> dict[str, float]:
    """The median time of each trial; they take turns, so that a slow minute of the machine hits all of them."""
    times: dict[str, list[float]] = {name: [] for name in trials}
    for _ in range(rounds):
        for name, trial in trials.items():
            if trial.before is not None:
                trial.before()
            began = time.perf_counter()
            for command in trial.commands:
                quiet(command, place)
            times[name].append(time.perf_counter() - began)
    return {name: median(values) for name, values in times.items()}


def peak_memory(command: Sequence[str], place: Place) -> float:
    """The largest resident size of a command, in megabytes; getrusage(2) counts kilobytes on Linux, bytes on macOS."""
    printed = quiet((sys.executable, "-S", "-c", _PEAK, *command), place).splitlines()
    return int(printed[-1]) / (1_000_000 if sys.platform == "darwin" else 1_000)


def quiet(command: Sequence[str], place: Place) -> str:
    """Runs a command; its stdout. What fails ends the benchmark, with its words."""
    outcome = subprocess.run(
        command,
        cwd=place.folder,
        env={**os.environ, **place.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if outcome.returncode:
        sys.exit(f"{' '.join(command)}\nexit code {outcome.returncode}\n{outcome.stdout}{outcome.stderr}")
    return outcome.stdout
