"""Where a run's output goes, and who is at the other end: readers that go away, full disks, terminals, lost engines."""

import os
import pty
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import MakeProject
from support import BASE, CALIBAN, PATIENCE, RealProject, docker, fresh_name, until, write

TALKS = "import itertools\nfor number in itertools.count(): print(number)"
TALKS_ASIDE = "import itertools, sys\nfor number in itertools.count(): print(number, file=sys.stderr)"


def engine_socket() -> str:
    return os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")


class Line:
    """A way to the engine that can be cut, as a network can."""

    def __init__(self, path: Path) -> None:
        self.address = f"unix://{path}"
        self._path = path
        self._ends: list[socket.socket] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen(64)
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        self._path.unlink(missing_ok=True)
        self._listening.close()
        for end in self._ends:
            with suppress(OSError):  # it ended before
                end.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(engine_socket())
            self._ends += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):  # cut
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


def in_shell(script: str, project: RealProject, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A script of bash, in which $@ is `caliban WORDS`."""
    return subprocess.run(
        ["bash", "-c", script, "bash", *project.command, *words],
        cwd=project.folder,
        env=project.environment(variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize("code", [TALKS, TALKS_ASIDE])
@pytest.mark.parametrize("pipe", ["2>&1 | grep -m 1 ^1", "2> >(grep -m 1 ^1) | grep -m 1 ^1"])
def test_a_run_whose_reader_goes_away_ends_with_141_and_is_stopped(code: str, pipe: str, snippets: RealProject) -> None:
    ran = in_shell(f'"$@" {pipe}; echo "code ${{PIPESTATUS[0]}}"', snippets, "run", "snippet.py", "--", code)
    assert ran.stdout.endswith("code 141\n")
    assert ("journalctl" in ran.stderr, "error[" in ran.stderr, snippets.containers()) == (False, False, [])


def test_a_sweep_whose_reader_goes_away_starts_no_other_run(snippets: RealProject) -> None:
    (snippets.folder.parent / "two.json").write_text('{"n": [1, 2]}')
    words = ("run", "-v", "--experiment_config", "../two.json", "snippet.py", "--", TALKS)
    ran = in_shell('"$@" | head -1; echo "code ${PIPESTATUS[0]}"', snippets, *words)
    assert (ran.stdout, ran.stderr.count("+ docker run"), snippets.containers()) == ("0\ncode 141\n", 1, [])


@pytest.mark.parametrize("code", [TALKS, "print('a last word')"])
@pytest.mark.parametrize("stream", ["> /dev/full", "2> >(cat) > /dev/full"])
def test_output_that_cannot_be_written_is_an_error_though_the_script_succeeds(
    code: str, stream: str, snippets: RealProject
) -> None:
    ran = in_shell(f'"$@" {stream}', snippets, "run", "snippet.py", "--", code)
    said = ran.stdout + ran.stderr
    assert (ran.returncode, "error[output-lost]" in said, "journalctl" in said) == (125, True, False), said
    assert snippets.containers() == []


def test_a_run_without_any_open_stream_runs(snippets: RealProject, tmp_path: Path) -> None:
    words = ("run", "-o", f"{tmp_path}:/outputs", "snippet.py", "--", "print(open('/outputs/done', 'w').write('x'))")
    ran = in_shell('"$@" <&- >&- 2>&-', snippets, *words)
    assert (ran.returncode, (tmp_path / "done").read_text(), snippets.containers()) == (0, "x", [])


def test_hup_ends_a_run_with_129(snippets: RealProject) -> None:
    process = snippets.start("run", "snippet.py", "--", "import time; print('ready', flush=True); time.sleep(300)")
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=PATIENCE)
    assert (process.returncode, snippets.containers()) == (129, [])


def test_a_background_job_of_an_interactive_shell_is_not_stopped(snippets: RealProject, tmp_path: Path) -> None:
    words = shlex.join(["run", "snippet.py", "--", "import sys; print(repr(sys.stdin.read()))"])
    log = tmp_path / "log"
    typed = f'{shlex.quote(CALIBAN)} {words} > {log} 2>&1 &\nwait $!; echo "code $?"; exit\n'
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(snippets.folder)
        shell = ["bash", "--norc", "--noprofile", "-i"]
        os.execvpe(shell[0], shell, snippets.environment())  # noqa: S606  the shell is the point
    os.write(terminal, typed.encode())
    said = b""
    end = time.monotonic() + PATIENCE
    while b"code 0" not in said.replace(b'"code', b"") and time.monotonic() < end:
        try:
            said += os.read(terminal, 65536)
        except OSError:  # EIO: the shell has ended
            break
    os.close(terminal)
    os.waitpid(pid, 0)
    assert (b"code 0" in said, log.read_text().endswith("''\n"), snippets.containers()) == (True, True, []), said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--bogus", "unknown flag: --bogus"),
        ("-m abc", 'invalid argument "abc" for "-m, --memory" flag'),
        ("--cpus=many", "invalid argument"),
    ],
)
def test_options_that_docker_does_not_take_are_named_before_the_build(
    arguments: str, words: str, make: MakeProject
) -> None:
    project = make({"m/x.py": ""})
    ran = project.run("--docker_run_args", arguments, "m/x.py")
    assert (ran.code, ran.builds, "Usage:" in ran.stderr, words in ran.stderr) == (2, 0, False, True), ran.stderr


@pytest.mark.parametrize("arguments", ["-m 1k", "--network nosuch", "--env-file nosuch", "--device /dev/nosuch"])
def test_options_that_the_engine_refuses_are_the_command_lines_fault(arguments: str, snippets: RealProject) -> None:
    ran = snippets.run("--docker_run_args", arguments, "snippet.py", "--", "pass")
    assert (ran.code, "error[bad-argument]" in ran.stderr, "journalctl" in ran.stderr) == (2, True, False), ran.stderr
    assert (arguments in ran.stderr, snippets.containers()) == (True, [])


@pytest.mark.parametrize("words", [("--tty",), ("--docker_run_args", "-t")])
def test_a_terminal_is_refused_where_there_is_none(words: tuple[str, ...], make: MakeProject) -> None:
    ran = make({"m/x.py": ""}).run(*words, "m/x.py")
    assert (ran.code, ran.builds, "error[no-terminal]" in ran.stderr) == (2, 0, True), ran.stderr


@pytest.mark.parametrize("tag", ["BAD NAME", "Upper", "", "a:b:c", "-x"])
def test_a_tag_that_is_no_name_is_refused_before_the_build(tag: str, make: MakeProject) -> None:
    ran = make({"m/x.py": ""}).caliban("build", f"--tag={tag}", "m/x.py")
    assert (ran.code, ran.builds, "error[bad-value]" in ran.stderr) == (2, 0, True), ran.stderr


@pytest.mark.parametrize(
    "address",
    [{"DOCKER_HOST": "garbage"}, {"DOCKER_CONTEXT": "nosuch"}, {"DOCKER_HOST": "tcp://nosuch.invalid:2375"}],
)
@pytest.mark.parametrize("words", [(), ("--image_id", BASE)])
def test_an_address_that_is_none_is_an_engine_that_does_not_answer(
    address: dict[str, str], words: tuple[str, ...], make: MakeProject
) -> None:
    ran = make({"m/x.py": ""}).run(*words, "m/x.py", env=address)
    assert (ran.code, "error[no-engine]" in ran.stderr, ran.stderr.count("error[")) == (125, True, 1), ran.stderr


def test_a_script_that_a_foreign_image_lacks_is_explained(make: MakeProject) -> None:
    project = make({"n.py": "", "go.sh": "", "m/x.py": ""})
    said = [project.run("--image_id", BASE, name) for name in ("n.py", "go.sh", "m.x")]
    assert [(ran.code, ran.stderr.count("warning[not-in-image]")) for ran in said] == [(2, 1), (127, 1), (1, 1)]


@pytest.mark.usefixtures("containerd")  # no other test's caliban sees the orphan
def test_an_engine_that_is_lost_in_a_sweep_leaves_the_table_and_the_container_that_is_named(
    make: MakeProject, tmp_path: Path
) -> None:
    code = "import sys, time\nprint('run', sys.argv[1])\nsys.exit(3) if sys.argv[1].endswith('1') else time.sleep(4)\n"
    project = make({"m/x.py": code, "three.json": '[{"1": true}, {"2": true}, {"3": true}]'})
    project.build("m/x.py")
    line = Line(tmp_path / "line")
    process = project.start("run", "--experiment_config", "three.json", "m/x.py", env={"DOCKER_HOST": line.address})
    assert process.stdout is not None
    until(lambda: b"run --2" in process.stdout.readline())
    line.cut()
    said = process.communicate(timeout=PATIENCE)[1].decode()
    assert (process.returncode, "3 runs: 0 succeeded, 1 failed, 2 not finished" in said) == (125, True), said
    name = said.partition("docker logs ")[2].partition(";")[0]
    assert project.containers() == [name]
    goes_on = project.caliban("build", "m/x.py")
    assert f"docker stop {name}\n" in goes_on.stderr
    until(lambda: docker("inspect", "--format", "{{.State.Status}}", name) == "exited\n")
    assert project.run("m/x.py", "--", "1").code == 3
    assert (project.containers(), docker("logs", name)) == ([name], "run --2\n")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_user_without_an_entry_and_a_home_leaves_nothing_in_the_project() -> None:
    """As the container of a CI job runs: a number for a user."""
    base = Path(tempfile.mkdtemp(prefix="caliban-e2e-", dir="/tmp"))
    project = RealProject(folder=base / fresh_name(), home=base / "home", command=nobodys_command())
    try:
        write(project.folder, {"m/x.py": "print('here')"})
        for path in (base, project.folder, *project.folder.rglob("*")):
            os.chown(path, 4242, 4242)
        no_state = project.run("m/x.py", env={"CALIBAN_HOME": ""})
        no_docker = project.run("m/x.py")
        works = project.run("m/x.py", env={"DOCKER_CONFIG": str(base / "docker")})
        assert [(ran.code, ran.stdout) for ran in (no_state, no_docker, works)] == [
            (125, b""),
            (125, b""),
            (0, b"here\n"),
        ], (no_state, no_docker, works)
        assert ("$CALIBAN_HOME" in no_state.stderr, "DOCKER_CONFIG=" in no_docker.stderr) == (True, True)
        assert [path.name for path in project.folder.iterdir()] == ["m"]
    finally:
        project.clean()
        shutil.rmtree(base)


def nobodys_command() -> tuple[str, ...]:
    """Caliban as a uid without a name; the interpreter of our environment may lie where nobody else gets in."""
    who = ("setpriv", "--reuid", "4242", "--regid", "4242", "--groups", str(Path(engine_socket()).stat().st_gid))
    environment = ("env", "--unset=HOME", f"PYTHONPATH={os.pathsep.join(path for path in sys.path if path)}")
    command = (*environment, *who, f"/usr/bin/python3.{sys.version_info.minor}", "-Bm", "caliban")
    if subprocess.run([*command, "--version"], capture_output=True, check=False).returncode:
        pytest.skip("no Python that another user may run has caliban")
    return command
