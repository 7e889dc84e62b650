"""What the engine, the host and the memory do to a run, and what the user is told (SPEC §7, FAULTS G)."""

import os
from pathlib import Path

import pytest
from conftest import MakeProject
from msgspec.structs import replace
from support import CALIBAN, RealProject, on_a_terminal, without_docker

from caliban.compiler.facts.tools import UV_VERSION

EAT = "print('eating', flush=True); data = [bytearray(1 << 20) for _ in range(1000)]; [d.extend(b'x') for d in data]"
EAT_IN_A_CHILD = f"import subprocess, sys; print(subprocess.run([sys.executable, '-c', {EAT!r}]).returncode)"


def test_a_run_out_of_memory_says_so(snippets: RealProject) -> None:
    ran = snippets.run("--docker_run_args", "--memory 64m", "snippet.py", "--", EAT)
    assert (ran.code, ran.stdout, "out of memory (limit 64m)" in ran.stderr) == (137, b"eating\n", True)


def test_a_child_out_of_memory_is_a_warning(snippets: RealProject) -> None:
    ran = snippets.run("--docker_run_args", "--memory 64m", "snippet.py", "--", EAT_IN_A_CHILD)
    assert (ran.code, ran.stdout, "memory" in ran.stderr) == (0, b"eating\n-9\n", True)


def test_files_that_will_be_lost_are_named(snippets: RealProject) -> None:
    code = "import os; os.makedirs('out'); open('out/model.bin', 'w').write('x' * 2000)"
    ran = snippets.run("snippet.py", "--", code)
    kept = snippets.run("-o", str(snippets.folder.parent / "r"), "snippet.py", "--", "pass")
    assert (ran.code, "out/model.bin" in ran.stderr, "-o results" in ran.stderr, "lost" in kept.stderr) == (
        0,
        True,
        True,
        False,
    )


def test_without_docker_it_is_the_engine_that_is_missing(snippets: RealProject, tmp_path: Path) -> None:
    ran = snippets.caliban("run", "snippet.py", "--", "pass", env={"PATH": without_docker(tmp_path / "bin")})
    assert (ran.code, ran.stdout, ran.stderr.startswith("error[no-engine]")) == (125, b"", True)


@pytest.mark.parametrize("host", ["unix:///no/such.sock", "tcp://127.0.0.1:9"])
@pytest.mark.parametrize("built", [True, False])
def test_an_engine_that_does_not_answer_is_told_in_one_error(
    host: str, built: bool, snippets: RealProject, make: MakeProject
) -> None:
    project = snippets if built else make({"snippet.py": ""})
    ran = project.run("snippet.py", "--", "pass", env={"DOCKER_HOST": host})
    assert (ran.code, ran.stdout, ran.stderr.count("error["), "error[no-engine]" in ran.stderr) == (125, b"", 1, True)


def test_gpu_mode_without_a_gpu_is_told_before_anything_is_built(make: MakeProject) -> None:
    if os.path.exists("/dev/nvidiactl"):
        pytest.skip("this machine has a GPU")
    project = make({"m/x.py": "print(1)"})
    ran = project.run("--gpu", "m/x.py", "--", "a b")
    assert (ran.code, ran.stdout, ran.builds, project.images()) == (2, b"", 0, set())
    assert "caliban run --nogpu m/x.py -- 'a b'" in ran.stderr


def test_a_command_that_the_image_lacks_is_told_by_its_exit_code(make: MakeProject) -> None:
    project = make({"m/run": "#!/no/such/interpreter\n"})
    ran = project.run("m/run")
    assert (ran.code in (125, 126, 127), ran.stdout, project.containers(), "Traceback" in ran.stderr) == (
        True,
        b"",
        [],
        False,
    )


def test_an_argument_that_docker_refuses_is_told_in_its_words(snippets: RealProject) -> None:
    ran = snippets.run("--docker_run_args", "--memory lots", "snippet.py", "--", "pass")
    assert (ran.code, "lots" in ran.stderr, snippets.containers(), "Traceback" in ran.stderr) == (2, True, [], False)


def test_a_state_folder_that_cannot_be_is_told(snippets: RealProject) -> None:
    ran = snippets.with_home(Path("/proc/caliban")).run("snippet.py", "--", "pass")
    assert (ran.code, ran.stdout, "/proc/caliban" in ran.stderr, "Traceback" in ran.stderr) == (125, b"", True, False)


def test_a_state_folder_without_room_for_a_build_is_told(make: MakeProject, tmp_path: Path) -> None:
    """A limit for the size of files ends a write as a full disk does; uv is the first that is too large."""
    project = make({"x.py": ""})
    limited = ("sh", "-c", 'ulimit -f 2000; exec "$@"', "sh", CALIBAN)
    ran = replace(project, home=tmp_path / "home", command=limited).run("x.py")
    assert (ran.code, ran.builds, "Traceback" in ran.stderr) == (125, 0, False), ran.stderr
    assert "caliban's own folder cannot be used: the file would be larger than is allowed" in ran.stderr
    assert {path.name for path in (tmp_path / "home").iterdir()} <= {"index.sqlite", "contexts", f"uv-{UV_VERSION}"}


def test_children_that_outlive_the_script_do_not_hold_caliban(snippets: RealProject) -> None:
    code = "import subprocess; [subprocess.Popen(['sleep', '300']) for _ in range(3)]; print('done')"
    ran = snippets.run("snippet.py", "--", code)
    assert (ran.code, ran.stdout, snippets.containers()) == (0, b"done\n", [])


def test_a_terminal_is_given_when_asked_for(snippets: RealProject) -> None:
    code = "import os, sys; print(sys.stdin.isatty(), sys.stdout.isatty(), input('> ')[::-1], *os.get_terminal_size())"
    said, status = on_a_terminal(snippets, ("run", "--tty", "snippet.py", "--", code), b"olleh\n")
    assert (status, b"True True hello " in said) == (0, True), said.decode()


def test_ctrl_c_typed_at_a_terminal_interrupts_the_script(snippets: RealProject) -> None:
    code = "import time\nprint('> ', flush=True)\ntry: time.sleep(300)\nexcept KeyboardInterrupt: print('caught')"
    said, status = on_a_terminal(snippets, ("run", "snippet.py", "--", code), b"\x03")
    assert (status, b"caught" in said, snippets.containers()) == (130, True, []), said.decode()
