"""Ctrl-C, TERM and kill -9: what the script gets, what caliban exits with, and that nothing stays (FAULTS G)."""

import os
import signal
import socket
import subprocess
import time

import pytest
from conftest import MakeProject
from support import BASE, PATIENCE, RealProject, docker, until

WAITS = "import time; print('ready', flush=True); time.sleep(300)"
TELLS = (
    "import sys, time\nprint('ready', flush=True)\n"
    "try: time.sleep(300)\nexcept KeyboardInterrupt: print('interrupted', flush=True); sys.exit(5)"
)
IGNORES = f"import signal; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; {WAITS}"
NOT_THE_GRACE = 7  # seconds: less than a script gets to end by itself


def started(project: RealProject, *words: str) -> "subprocess.Popen[bytes]":
    """A run whose script is at work."""
    process = project.start(*words)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def ended(process: "subprocess.Popen[bytes]") -> tuple[int, bytes]:
    out, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, out


@pytest.mark.parametrize("to", ["caliban", "its whole group"])
def test_ctrl_c_reaches_the_script_and_ends_caliban_with_130(to: str, snippets: RealProject) -> None:
    process = started(snippets, "run", "snippet.py", "--", TELLS)
    (os.kill if to == "caliban" else os.killpg)(process.pid, signal.SIGINT)
    assert (ended(process), snippets.containers()) == ((130, b"interrupted\n"), [])


def test_term_ends_caliban_with_143(snippets: RealProject) -> None:
    process = started(snippets, "run", "snippet.py", "--", WAITS)
    process.terminate()
    assert (ended(process), snippets.containers()) == ((143, b""), [])


def test_a_script_that_ignores_signals_is_killed_in_the_end(snippets: RealProject) -> None:
    process = started(snippets, "run", "snippet.py", "--", IGNORES)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=11)
    assert (ended(process), snippets.containers()) == ((130, b""), [])


def test_a_second_ctrl_c_kills_at_once(snippets: RealProject) -> None:
    process = started(snippets, "run", "snippet.py", "--", IGNORES)
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.3)  # two of the same at once are one
    os.killpg(process.pid, signal.SIGINT)
    process.wait(timeout=NOT_THE_GRACE)
    assert (ended(process), snippets.containers()) == ((130, b""), [])


def test_ctrl_c_ends_a_sweep_with_a_table_and_no_further_run(snippets: RealProject) -> None:
    (snippets.folder.parent / "three.json").write_text('{"n": [1, 2, 3]}')
    process = started(snippets, "run", "-v", "--experiment_config", "../three.json", "snippet.py", "--", WAITS)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err.count(b"+ docker run"), snippets.containers()) == (130, b"", 1, [])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_during_a_build_ends_it_and_leaves_no_image(number: int, code: int, make: MakeProject) -> None:
    marker = f"sleep 299.{os.getpid()}{number}"
    project = make({"m/x.py": "", "base/Dockerfile": f"FROM {BASE}\nRUN {marker}\n"})
    process = project.start("run", "--base_image", "base/Dockerfile", "m/x.py")
    until(lambda: _is_running(marker))
    os.killpg(process.pid, number)
    process.wait(timeout=NOT_THE_GRACE)
    assert (ended(process), project.images(), project.containers()) == ((code, b""), set(), [])
    until(lambda: not _is_running(marker))
    assert not [path for path in project.home.iterdir() if path.name.startswith("build-")]


def _is_running(words: str) -> bool:
    return subprocess.run(["pgrep", "--full", f"^{words}$"], capture_output=True, check=False).returncode == 0


@pytest.mark.usefixtures("containerd")  # no other test's caliban sees the orphan
def test_a_run_of_a_killed_caliban_is_named_while_it_goes_on_and_removed_when_it_has_ended(
    make: MakeProject,
) -> None:
    project, other = make({"m/x.py": WAITS}), make({"m/x.py": WAITS, "m/y.py": "print(1)"})
    image = project.build("m/x.py")
    uid, host = os.getuid(), socket.gethostname()
    foreign = {
        "unlabelled": (),
        "of-another-user": ("caliban=run", f"caliban.owner={uid + 1}:99999999:1:boot", f"caliban.host={host}"),
        "of-another-host": ("caliban=run", f"caliban.owner={uid}:99999999:1:boot", "caliban.host=elsewhere"),
        "of-another-boot": ("caliban=run", f"caliban.owner={uid}:99999999:1:boot", f"caliban.host={host}"),
    }
    for name, labels in foreign.items():
        words = [word for label in labels for word in ("--label", label)]
        docker("run", "--detach", "--name", f"caliban-{project.name}-{name}", *words, image, "sleep", "300")
    orphan = started(project, "run", "m/x.py")
    alive = started(other, "run", "m/x.py")
    orphan.kill()
    orphan.wait(timeout=PATIENCE)
    others = {f"caliban-{project.name}-{name}" for name in foreign}
    (left,) = set(project.containers()) - others
    named = other.run("m/y.py")
    assert (named.code, named.stdout, named.stderr.count(f"docker stop {left}\n")) == (0, b"1\n", 1)
    assert (set(project.containers()), len(other.containers())) == ({left, *others}, 1)
    docker("stop", left)
    after = other.caliban("build", "m/y.py")
    assert (after.code, "docker stop" in after.stderr) == (0, False)
    assert (set(project.containers()), len(other.containers())) == (others, 1)
    alive.send_signal(signal.SIGINT)
    assert (ended(orphan)[0], ended(alive)[0]) == (-signal.SIGKILL, 130)
