"""What a person sees of builds, runs and sweeps: little, unless it is asked for; and where the rest is kept."""

import os
import pty
import re
import secrets
import select
from pathlib import Path

import pytest
from conftest import MakeProject
from support import CALIBAN, RealProject, wheel

SWEEP = {"x.py": "import sys; print('said'); sys.exit('--n 3' in ' '.join(sys.argv))", "n.json": '{"n": [1, 2, 3, 4]}'}
SETUP = "import os\nfrom setuptools import setup\nprint('key', os.environ['E2E_TOKEN'])\n"


def unique() -> str:
    """Code that no other test has, so that no layer of another project is its own."""
    return f"  # {secrets.token_hex()}"


def untimed(stderr: str) -> list[str]:
    return re.sub(r"\d[\d.]* (s|min)\b", "N s", stderr).splitlines()


def test_a_build_is_a_line_a_layer_and_one_for_all_and_an_unchanged_run_says_nothing(make: MakeProject) -> None:
    project = make({"m/x.py": f"print('said'){unique()}", "m/.env": "", "my data/d": unique()})
    words = ("run", "-d", "my data", "m.x")
    built, unchanged = (project.caliban(*words) for _ in range(2))
    (project.folder / "m/x.py").write_text(f"print('edited'){unique()}")
    edited = project.caliban(*words)
    assert [line for line in untimed(built.stderr) if "folders for" not in line] == [
        "caliban: left out of the image: m/.env (--include brings them back)",
        "caliban: layer my data: N s",
        "caliban: layer m: N s",
        "caliban: built in N s: my data, m",
    ]
    assert (unchanged.stdout, unchanged.stderr) == (b"said\n", "")
    assert untimed(edited.stderr)[-2:] == ["caliban: layer m: N s", "caliban: built in N s: m"]


def test_the_packages_of_a_build_are_told_with_what_they_weigh(make: MakeProject) -> None:
    files = wheel("alpha", "1.0", {"alpha.py": f"# {secrets.token_hex()}\n" * 1000})
    project = make({"m/x.py": unique(), "requirements.txt": f"./{next(iter(files))}\n", **files})
    built = project.caliban("run", "m.x")
    assert re.search(r"^caliban: built in .* s: packages [\d.]+ (kB|MB), m$", built.stderr, re.MULTILINE), built.stderr
    assert "caliban: layer requirements.txt, 1 package: " in built.stderr


def test_an_image_of_cached_layers_alone_says_so(make: MakeProject) -> None:
    project = make({"m/x.py": unique()})
    project.caliban("run", "m.x")
    again = project.with_home(project.folder.parent / "other-home").caliban("run", "m.x")
    assert untimed(again.stderr)[-1:] == ["caliban: built in N s: all layers come from the cache"]


def test_quiet_leaves_the_output_of_the_script_and_errors(make: MakeProject) -> None:
    project = make({**SWEEP, ".env": ""})
    built = project.caliban("run", "-q", "x.py")
    failed = project.caliban("run", "-q", "--experiment_config", "n.json", "x.py")
    image = project.caliban("build", "--quiet", "x.py")
    assert (built.stdout, built.stderr, image.code, image.stderr) == (b"said\n", "", 0, "")
    assert (failed.code, untimed(failed.stderr)[0], failed.stderr.count("ok in")) == (
        1, "caliban: run 3 of 4: FAILED, exit 1, after N s, about N s to go: --n 3", 0,
    )  # fmt: skip


def test_verbose_shows_each_command_line_without_secrets(make: MakeProject) -> None:
    project, secret = make({"m/x.py": f"print('said'){unique()}"}), secrets.token_hex()
    words = ("--docker_run_args", f"-e API_TOKEN={secret}", "--env", "OTHER", "m.x")
    ran = project.caliban("run", "-v", *words, env={"OTHER": secret})
    commands = {" ".join(line.split()[:4]) for line in ran.stderr.splitlines() if line.startswith("+ ")}
    assert {"+ docker buildx build", "+ docker image inspect", "+ docker rm --force"} <= commands
    assert (ran.stdout, "\n#" in ran.stderr, secret in ran.stderr) == (b"said\n", True, False)


def test_a_sweep_has_a_line_for_each_run_that_ends_and_the_last_words_of_one_that_fails(make: MakeProject) -> None:
    project = make(SWEEP)
    project.caliban("build", "x.py")
    ran = project.caliban("run", "--experiment_config", "n.json", "x.py")
    lines = [re.sub(r", about .* to go", "", line) for line in untimed(ran.stderr)]
    assert (ran.code, lines[:2], lines[2], lines[-3]) == (
        1,
        ["caliban: run 1 of 4: ok in N s: --n 1", "caliban: run 2 of 4: ok in N s: --n 2"],
        "caliban: run 3 of 4: FAILED, exit 1, after N s: --n 3",
        "caliban: 4 runs: 3 succeeded, 1 failed, 0 not finished · N s",
    ), ran.stderr


def test_the_whole_log_of_a_build_is_kept_and_named_where_it_failed(make: MakeProject) -> None:
    base = {"Dockerfile": f"FROM python:3.11-slim-bookworm\nRUN echo {secrets.token_hex()} && echo seen && exit 3\n"}
    project = make({"m/x.py": "", **base})
    failed = project.caliban("run", "--base_image", "Dockerfile", "m.x")
    path = failed.stderr.rpartition("the whole log of the build: ")[2].strip()
    text = Path(path).read_text()
    assert (failed.code, text.startswith("+ docker buildx build "), "seen\n" in text, "exit code: 3" in text) == (
        125, True, True, True,
    )  # fmt: skip


def test_diff_names_the_log_of_the_last_build_and_prints_it_where_it_is_asked(make: MakeProject) -> None:
    project = make({"m/x.py": ""})
    for edit in ("1", "2"):
        (project.folder / "m/x.py").write_text(edit)
        project.caliban("build", "m.x")
    short, long = (project.caliban("diff", *words).stdout.decode() for words in ((), ("-v",)))
    assert os.path.isfile(short.rpartition("its whole log: ")[2].strip())
    assert ("+ docker buildx build " in short, "+ docker buildx build " in long, "COPY --chown" in long) == (
        False, True, True,
    )  # fmt: skip


def test_what_a_build_prints_of_a_secret_that_it_was_lent_is_in_no_log(make: MakeProject) -> None:
    secret = secrets.token_hex()
    project = make({"setup.py": f"{SETUP}raise SystemExit('no')\n", "m/__init__.py": "", "m/x.py": ""})
    environment = {"E2E_TOKEN": secret}
    failed = project.caliban("run", "-v", "--build_secret", "E2E_TOKEN", "m.x", env=environment)
    kept = [path.read_text() for path in (project.home / "builds").rglob("*.log")]
    assert (any("key ****" in text for text in kept), any(secret in text for text in kept)) == (True, False)
    assert secret not in failed.stderr


def test_on_a_terminal_a_build_leaves_one_line_and_an_unchanged_run_none(make: MakeProject) -> None:
    base = {
        "Dockerfile": f"FROM python:3.11-slim-bookworm\nRUN echo {secrets.token_hex()} && echo working && sleep 2\n"
    }
    project = make({"m/x.py": "print('said')", **base})
    built, unchanged = (on_a_terminal(project, "run", "--base_image", "Dockerfile", "m.x") for _ in range(2))
    assert ("caliban: building" in built, "working" in built, "\x1b[?25l" in built) == (True, True, False)
    assert [untimed(built)[-2][:24], untimed(built)[-1]] == ["caliban: built in N s: R", "said"], built
    assert unchanged == "said\r\n"


@pytest.mark.parametrize("words", [(), ("--help",)])
def test_caliban_alone_shows_the_help(words: tuple[str, ...], make: MakeProject) -> None:
    ran = make({}).caliban(*words)
    assert (ran.code, ran.stdout.startswith(b"usage: caliban "), ran.stderr) == (0, True, "")


def on_a_terminal(project: RealProject, *words: str) -> str:
    """All that appears on the terminal of `caliban WORDS`."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(project.folder)
        os.execve(CALIBAN, [CALIBAN, *words], project.environment({"TERM": "xterm"}))  # noqa: S606  no shell is the point
    said = b""
    while select.select([terminal], [], [], 60)[0]:
        try:
            more = os.read(terminal, 65536)
        except OSError:  # EIO: the other end is closed
            break
        said += more
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    return re.sub(r"^.*\x1b\[2K(?=caliban: built)", "", said.decode(), flags=re.MULTILINE)
