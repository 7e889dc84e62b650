"""--fail_fast, --max_failures and --timeout, on the real engine."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from conftest import MakeProject
from support import PATIENCE, Files, on_a_terminal

# Two of the four experiments fail: the second and the third.
SWEEP: Files = {
    "x.py": "import sys\nnumber = sys.argv[-1]\nprint('run', number)\nsys.exit(number in '23')\n",
    "n.json": '{"n": [1, 2, 3, 4]}',
}
SLEEPS = "import time\nprint('started', flush=True)\ntime.sleep(300)\n"


@pytest.mark.parametrize(
    ("options", "runs", "summary"),
    [
        ((), 4, "4 runs: 2 succeeded, 2 failed, 0 not finished"),
        (("--fail_fast",), 2, "4 runs: 1 succeeded, 1 failed, 2 not started (--fail_fast)"),
        (("--max_failures", "2"), 3, "4 runs: 1 succeeded, 2 failed, 1 not started (--max_failures 2)"),
        (("--max_failures", "3"), 4, "4 runs: 2 succeeded, 2 failed, 0 not finished"),
    ],
)
def test_a_sweep_starts_no_run_after_as_many_failures_as_allowed(
    options: tuple[str, ...], runs: int, summary: str, make: MakeProject
) -> None:
    project = make(SWEEP)
    ran = project.run("--experiment_config", "n.json", *options, "x.py")
    assert (ran.code, ran.stdout.decode().count("run "), f"caliban: {summary} ·" in ran.stderr) == (1, runs, True)
    assert project.containers() == []


@pytest.mark.parametrize(
    "before",
    [
        "",  # TERM ends it
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n",  # KILL does
        "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n",  # it says that it succeeded
    ],
)
def test_a_run_is_ended_after_its_time_and_counts_as_failed(before: str, make: MakeProject) -> None:
    project = make({"x.py": before + SLEEPS})
    ran = project.caliban("run", "--nogpu", "--timeout", "1.5s", "x.py")
    assert (ran.code, ran.stdout, ran.stderr.splitlines()[-1]) == (
        124,
        b"started\n",
        "caliban: ended after 1.5s (--timeout)",
    ), ran.stderr
    assert project.containers() == []


def test_a_run_that_is_in_time_is_left_alone(make: MakeProject) -> None:
    ran = make({"x.py": "import sys\nsys.exit(3)\n"}).caliban("run", "--nogpu", "--timeout", "10m", "x.py")
    assert (ran.code, "--timeout" in ran.stderr) == (3, False)


def test_each_run_of_a_sweep_has_the_whole_time_and_its_results_are_brought(make: MakeProject, tmp_path: Path) -> None:
    code = (
        "import sys, time\nnumber = sys.argv[-1]\nopen('partial', 'w').write(number)\n"
        "time.sleep(300 if number == '2' else 1)\n"
    )
    project = make({"x.py": code, "n.json": SWEEP["n.json"]})
    options = ("--experiment_config", "n.json", "--xgroup", "g", "-o", str(tmp_path / "results"), "--timeout", "3s")
    ran = project.run(*options, "x.py")
    assert (ran.code, "run 2 of 4: FAILED, exit 124" in ran.stderr) == (1, True), ran.stderr
    assert "ended after 3s (--timeout)" in ran.stderr
    brought = {path.parent.name: path.read_text() for path in (tmp_path / "results/g").glob("*/partial")}
    assert brought == {number: number for number in "1234"}
    assert project.containers() == []


def test_a_script_with_a_terminal_gets_the_term_too(make: MakeProject) -> None:
    """docker's client passes no signal on to it."""
    code = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: (print('term'), sys.exit(0)))\n"
    said, status = on_a_terminal(make({"x.py": code + SLEEPS}), ("run", "--nogpu", "--tty", "--timeout", "1s", "x.py"))
    assert (status, b"started\r\nterm\r\n" in said) == (124, True), said


def test_ctrl_c_while_the_time_is_up_ends_all(make: MakeProject) -> None:
    project = make({"x.py": "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLEEPS})
    process = project.start("run", "--nogpu", "--timeout", "1s", "x.py")
    assert process.stdout is not None and process.stdout.readline() == b"started\n"
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=3)  # it has had TERM
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert (process.returncode, project.containers()) == (130, [])
