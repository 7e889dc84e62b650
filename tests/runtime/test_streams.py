"""Every command in every state of the standard streams and at odd places: words and an exit code, no traceback."""

import json
import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import caliban

CALIBAN = str(Path(sys.executable).with_name("caliban"))
ID = "sha256:" + "0" * 64
STATE = '{"state": {"Status": "exited", "ExitCode": 0}, "memory": 0, "driver": null}'
# An engine that has all images, builds all, and whose containers print a line.
DOCKER = f"""#!/bin/sh
case " $* " in
*" container inspect "*) echo '{STATE}';;
*" image inspect "*RepoDigests*) echo '{ID} []';;
*" image inspect "*RepoTags*) echo '["caliban/p:cpu"]';;
*" image inspect "*) for word in "$@"; do case "$word" in */*|*:*) echo {ID};; esac; done;;
*" run "*) echo done;;
*" version "*|*" info "*) echo 28.5.2;;
esac
"""
BUILT = {"run", "build"}  # commands that print after the work is done
COMMANDS = {
    "version": "--version",
    "help": "--help",
    "helpfull": "run --helpfull",
    "compile": "compile --nogpu n.py",
    "commands": "compile --nogpu --emit commands n.py",
    "explain": "explain --nogpu n.py",
    "expansion": "expansion e.json",
    "expansion of stdin": "expansion stdin",
    "diff": "diff",
    "lock": "lock --nogpu n.py",
    "dry run": "run --nogpu --dry_run n.py",
    "dry run of a sweep": "run --nogpu --dry_run --experiment_config stdin n.py",
    "run": "run --nogpu --image_id x/y n.py",
    "sweep": "run --nogpu --image_id x/y --experiment_config e.json n.py",
    "build": "build --nogpu n.py",
}
QUIET = {"lock", "diff"}  # the one writes a file, the other has nothing to say here: no two builds
RUNS = {"run", "sweep"}  # stdout is the script's, and whoever writes there is docker's client
READING = {"expansion of stdin", "dry run of a sweep"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, a home and a docker of its own."""
    for name in ("client", "home", "project"):
        (tmp_path / name).mkdir()
    (tmp_path / "client/docker").write_text(DOCKER)
    (tmp_path / "client/docker").chmod(0o755)
    (tmp_path / "project/n.py").write_text("print(1)\n")
    (tmp_path / "project/e.json").write_text('{"lr": [1, 2]}')
    for name in [name for name in os.environ if name.startswith(("CALIBAN_", "DOCKER_", "GOOGLE_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", f"{tmp_path}/client{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CLOUDSDK_CONFIG", "/nowhere")
    return tmp_path / "project"


def in_shell(script: str, project: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A script of bash, in the project; `caliban` in it is ours."""
    return subprocess.run(
        ["bash", "-c", f'caliban() {{ {shlex.quote(CALIBAN)} "$@"; }}\n{script}'],
        cwd=project,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=60,
        check=False,
    )


def usual_code(name: str) -> int:
    return 2 if name == "diff" else 0


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("state", ["<e.json", "2>&-", "2>/dev/full", "<e.json 2>&-"])
def test_what_a_command_says_aside_does_not_decide_about_it(name: str, state: str, project: Path) -> None:
    stdin = "" if "<" in state else "<e.json"
    ran = in_shell(f"caliban {COMMANDS[name]} {stdin} {state}", project)
    assert (ran.returncode, "Traceback" in ran.stderr) == (usual_code(name), False), ran.stderr
    assert name in QUIET or ran.stdout


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("state", [">&-", ">/dev/full"])
def test_an_answer_that_cannot_be_written_is_an_error(name: str, state: str, project: Path) -> None:
    ran = in_shell(f"caliban {COMMANDS[name]} <e.json {state}", project)
    said = "error[no-output]" in ran.stderr
    assert "Traceback" not in ran.stderr
    if name in RUNS:
        return  # of docker's client: tests/engine/test_streams_engine.py
    assert (ran.returncode, said) == ((usual_code(name), False) if name in QUIET else (2, True)), ran.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_all_streams_may_be_closed(name: str, project: Path) -> None:
    ran = in_shell(f"caliban {COMMANDS[name]} <&- >&- 2>&-", project)
    expected = usual_code(name) if name in {*QUIET, *RUNS} else 2
    assert (ran.returncode, ran.stderr) == (expected, "")
    assert not [path for path in project.iterdir() if path.name not in ("n.py", "e.json", "caliban.lock")]


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("state", ["<&-", "0>../written", "</dev/null"])
def test_experiments_that_cannot_be_read_are_an_error_and_nobody_else_reads(
    name: str, state: str, project: Path
) -> None:
    ran = in_shell(f"caliban {COMMANDS[name]} {state}", project)
    assert "Traceback" not in ran.stderr
    assert (ran.returncode, "error[" in ran.stderr) == (
        (2, True) if name in READING else (usual_code(name), usual_code(name) == 2)
    ), ran.stderr


@pytest.mark.parametrize("name", sorted({*COMMANDS} - QUIET - RUNS))
def test_who_has_lost_the_reader_ends_as_a_shell_would_say_it(name: str, project: Path) -> None:
    (project / "e.json").write_text(json.dumps({"lr": list(range(3000))}))
    ran = in_shell(f"caliban {COMMANDS[name]} <e.json | true; echo ${{PIPESTATUS[0]}}", project)
    assert (ran.stdout, ran.stderr.count("Traceback"), "error[" in ran.stderr) == ("141\n", 0, False), ran.stderr


@pytest.mark.parametrize("name", sorted({*COMMANDS} - READING))
def test_a_background_job_at_a_terminal_is_not_stopped(name: str, project: Path) -> None:
    script = f'{shlex.quote(CALIBAN)} {COMMANDS[name]} > out 2> err & wait $!; echo "code $?"; exit\n'
    said = at_terminal(["bash", "--norc", "--noprofile", "-i"], script, project)
    assert re.search(rf"^code {usual_code(name)}\b", said, re.MULTILINE), said
    assert name in QUIET or (project / "out").read_text()


def at_terminal(argv: list[str], typed: str, folder: Path) -> str:
    """All that appears on the terminal of a program, at which something is typed."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvp(argv[0], argv)  # noqa: S606  no shell is the point
    os.write(terminal, typed.encode())
    said = b""
    try:
        while more := os.read(terminal, 65536):
            said += more
    except OSError:  # EIO: the other end is closed
        pass
    os.waitpid(pid, 0)
    os.close(terminal)
    return said.decode(errors="replace").replace("\r", "")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_directory_that_was_deleted_is_named(name: str, project: Path) -> None:
    ran = in_shell(f'mkdir ../gone; cd ../gone; rmdir ../gone; caliban {COMMANDS[name]} <"{project}/e.json"', project)
    asks = name in ("version", "help", "helpfull")
    assert (ran.returncode, "the current directory" in ran.stderr, "Traceback" in ran.stderr) == (
        (0, False, False) if asks else (2, True, False)
    ), ran.stderr


def test_the_module_runs_in_a_directory_that_was_deleted(project: Path) -> None:
    python = f"PYTHONPATH={Path(caliban.__file__).parent.parent} {shlex.quote(sys.executable)}"
    ran = in_shell(f"mkdir ../gone; cd ../gone; rmdir ../gone; {python} -m caliban --version", project)
    assert (ran.returncode, ran.stdout) == (0, f"caliban {caliban.__version__}\n"), ran.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_a_project_whose_path_is_not_utf8_works_where_no_engine_is_given_it(name: str, project: Path) -> None:
    odd = os.fsencode(project.parent) + b"/b\xff"
    shutil.copytree(os.fsencode(project), odd)
    ran = in_shell(f"cd ../b*; caliban {COMMANDS[name]} <e.json", project)
    refused = name in ("run", "sweep", "build", "lock")
    assert (ran.returncode, "error[bad-name]" in ran.stderr, "Traceback" in ran.stderr) == (
        (2, True, False) if refused else (usual_code(name), False, False)
    ), ran.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_a_project_is_reached_through_a_link(name: str, project: Path) -> None:
    (project.parent / "link").symlink_to(project)
    ran = in_shell(f"cd ../link; caliban {COMMANDS[name]} <e.json", project)
    assert (ran.returncode, "Traceback" in ran.stderr) == (usual_code(name), False), ran.stderr


HOMES = {
    "unset": "unset HOME",
    "empty": "export HOME=",
    "relative": "export HOME=.",
    "missing": "export HOME=/proc/nobody",
    "no folder": "export HOME=$PWD/n.py",
}


@pytest.mark.parametrize("name", ["expansion", "compile", "dry run", "run", "build", "lock"])
@pytest.mark.parametrize("home", HOMES)
def test_no_home_is_needed_where_caliban_has_a_folder_and_none_appears(name: str, home: str, project: Path) -> None:
    own = f"export CALIBAN_HOME={shlex.quote(str(project.parent / 'own'))}"
    ran = in_shell(f"{HOMES[home]}; {own}; caliban {COMMANDS[name]} <e.json", project)
    assert (ran.returncode, "Traceback" in ran.stderr) == (usual_code(name), False), ran.stderr
    assert {path.name for path in project.iterdir()} <= {"n.py", "e.json", "caliban.lock"}


@pytest.mark.parametrize("home", ["missing", "no folder"])
@pytest.mark.parametrize("name", ["run", "build"])
def test_without_any_folder_to_write_in_it_says_what_to_set(name: str, home: str, project: Path) -> None:
    ran = in_shell(f"{HOMES[home]}; caliban {COMMANDS[name]}", project)
    assert (ran.returncode, "$CALIBAN_HOME" in ran.stderr, "Traceback" in ran.stderr) == (125, True, False), ran.stderr


@pytest.mark.parametrize("name", ["run", "sweep", "build", "lock"])
@pytest.mark.parametrize("says", ["", "echo hello", "echo hello >&2"])
def test_a_docker_that_is_none_is_named(name: str, says: str, project: Path) -> None:
    (project.parent / "client/docker").write_text(f"#!/bin/sh\n{says}\n")
    ran = in_shell(f"caliban {COMMANDS[name]}", project)
    assert (ran.returncode, "error[no-engine]: the program docker" in ran.stderr, "Traceback" in ran.stderr) == (
        125,
        True,
        False,
    ), ran.stderr


INTERRUPTED = """
import runpy, signal, sys
class AtImport:
    def find_spec(self, name, path=None, target=None):
        AtImport.count += 1
        if AtImport.count == when:
            signal.raise_signal(signal.{number})
    count = 0
when = int(sys.argv.pop(1))
sys.meta_path.insert(0, AtImport())
runpy.run_module("caliban", run_name="__main__")
"""


@pytest.mark.parametrize(("number", "code"), [("SIGINT", 2), ("SIGTERM", 15)])
@pytest.mark.parametrize("when", [4, 20, 45, 75, 105])
@pytest.mark.parametrize("name", ["compile", "run"])
def test_a_signal_in_the_middle_of_the_start_ends_it_without_a_word(
    name: str, when: int, number: str, code: int, project: Path
) -> None:
    words = COMMANDS[name].split()
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.replace("{number}", number), str(when), *words],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode in (-code, 128 + code), ran.stderr if "error" in ran.stderr else "") == (True, ""), ran
    assert "Traceback" not in ran.stderr


@pytest.fixture(autouse=True)
def no_child_left() -> Iterator[None]:
    before = children()  # of another test's session: an engine of its own
    yield
    assert children() <= before


def children() -> set[int]:
    """The processes that this one started and has not waited for."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            _, parent, _ = path.read_text(errors="replace").rpartition(") ")[2].split(" ", 2)
            if int(parent) == os.getpid():
                found.add(int(path.parent.name))
    return found
