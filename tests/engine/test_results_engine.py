"""Results survive (SPEC §6): as root and as an ordinary uid, on overlay2 and on containerd's store."""

import json
import os
import shlex
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import SNIPPETS, MakeProject
from support import BASE, PATIENCE, RealProject, docker, fresh_name, until, write

WRITES = """
import os, socket, sys
os.makedirs("out/.deep"); open("out/.deep/x", "w").write("x"); open("log.csv", "w").write("epoch")
open("kept.txt", "a").write("more"); open("opened.txt", "a").close(); os.chmod("mode.txt", 0o600); os.remove("gone.txt")
os.makedirs("empty/one"); open("empty.txt", "w"); os.symlink("/etc/passwd", "link"); os.link("log.csv", "hard.csv")
os.mkfifo("pipe"); socket.socket(socket.AF_UNIX).bind("socket"); os.makedirs("__pycache__"); open("__pycache__/c", "w")
open("run.sh", "w").write("x"); os.chmod("run.sh", 0o4755); open("/tmp/elsewhere", "w").write("x")
"""
PROJECT = {**SNIPPETS, "writes.py": WRITES, **{f"{name}.txt": name for name in ("kept", "opened", "mode", "gone")}}
BROUGHT = {
    "out/.deep/x": "x",
    "log.csv": "epoch",
    "hard.csv": "epoch",
    "kept.txt": "keptmore",
    "empty/one": "empty",
    "empty.txt": "",
    "link": "-> /etc/passwd",
    "run.sh": "x",
}


def tree(folder: Path) -> dict[str, str]:
    """Files with their contents, links with their targets, empty folders."""
    found = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = path.read_text()
        elif path.is_dir() and not any(path.iterdir()):
            found[name] = "empty"
    return found


@pytest.fixture
def image(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Makes an image that a Dockerfile derives from the base."""
    made = []

    def make(instructions: str) -> str:
        (tmp_path / "image").mkdir()
        write(tmp_path / "image", {"Dockerfile": f"FROM {BASE}\n{instructions}\n"})
        made.append(fresh_name())
        docker("build", "--quiet", "--tag", made[-1], str(tmp_path / "image"))
        return made[-1]

    yield make
    for name in made:
        docker("rmi", "--force", name)


@pytest.fixture
def project(of_user: RealProject) -> RealProject:
    write(of_user.folder, PROJECT)
    return of_user


@pytest.fixture
def results(project: RealProject) -> Path:
    """A folder outside the project that its user may write to."""
    folder = project.folder.parent / "results"
    folder.mkdir()
    owner = project.folder.stat()
    os.chown(folder, owner.st_uid, owner.st_gid)
    return folder


def test_all_that_a_run_wrote_is_brought_as_it_is(project: RealProject, results: Path) -> None:
    ran = project.run("-o", str(results), "snippet.py", "--", WRITES)
    assert (ran.code, tree(results)) == (0, BROUGHT), ran.stderr
    assert "gone.txt" in ran.stderr and "pipe" in ran.stderr and "socket" in ran.stderr
    facts = (results / "run.sh").stat()
    assert (stat.S_IMODE(facts.st_mode), facts.st_uid) == (0o755, project.folder.stat().st_uid)
    assert project.containers() == []


@pytest.mark.usefixtures("containerd")
def test_an_engine_with_containerds_store_brings_the_same(make: MakeProject, tmp_path: Path) -> None:
    ran = make(PROJECT).run("-o", str(tmp_path / "r"), "snippet.py", "--", WRITES)
    assert (ran.code, tree(tmp_path / "r")) == (0, BROUGHT), ran.stderr


def test_a_run_that_failed_has_results_too(project: RealProject, results: Path) -> None:
    ran = project.run("-o", str(results), "snippet.py", "--", "open('model.pt', 'w').write('m'); sys.exit(3)")
    assert (ran.code, tree(results)) == (3, {"model.pt": "m"}), ran.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_a_run_whose_results_are_brought(
    number: int, code: int, snippets: RealProject, tmp_path: Path
) -> None:
    script = "import time; open('model.pt', 'w').write('m'); print('here', flush=True); time.sleep(600)"
    process = snippets.start("run", "-o", str(tmp_path / "r"), "snippet.py", "--", script)
    assert process.stdout is not None and process.stdout.readline() == b"here\n"
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    assert (process.returncode, tree(tmp_path / "r"), snippets.containers()) == (code, {"model.pt": "m"}, [])


def test_the_results_of_a_killed_caliban_come_with_the_next_run(snippets: RealProject, tmp_path: Path) -> None:
    script = "import time; open('model.pt', 'w').write('m'); print('here', flush=True); time.sleep(1)"
    with snippets.start("run", "-o", str(tmp_path / "r"), "snippet.py", "--", script) as killed:
        assert killed.stdout is not None and killed.stdout.readline() == b"here\n"
        killed.kill()
    (container,) = snippets.containers()
    docker("wait", container)
    assert tree(tmp_path / "r") == {}
    other = snippets.with_home(tmp_path / "other home").run("snippet.py", "--", "pass")  # it knows of no results
    ran = snippets.run("snippet.py", "--", "pass")
    until(lambda: tree(tmp_path / "r") == {"model.pt": "m"})  # another caliban, of another test, may bring them too
    until(lambda: snippets.containers() == [])
    assert (other.code, ran.code) == (0, 0)


def test_what_the_run_wrote_to_the_folder_itself_wins(snippets: RealProject, tmp_path: Path) -> None:
    script = "open('/outputs/m', 'w').write('mine'); open('m', 'w').write('other')"
    ran = snippets.run("-o", str(tmp_path / "r"), "snippet.py", "--", script)
    assert (ran.code, tree(tmp_path / "r"), "m.app" in ran.stderr) == (0, {"m": "mine", "m.app": "other"}, True)


def test_a_second_run_replaces_what_the_first_one_left(snippets: RealProject, tmp_path: Path) -> None:
    for text in ("one", "two"):
        ran = snippets.run("-o", str(tmp_path / "r"), "snippet.py", "--", f"open('m', 'w').write('{text}')")
        assert (ran.code, tree(tmp_path / "r")) == (0, {"m": text}), ran.stderr


def test_a_link_that_the_run_leaves_in_the_folder_leads_nowhere(snippets: RealProject, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    script = f"import os; os.symlink('{tmp_path}/outside', '/outputs/d'); os.mkdir('d'); open('d/x', 'w').write('x')"
    ran = snippets.run("-o", str(tmp_path / "r"), "snippet.py", "--", script)
    assert (ran.code, tree(tmp_path / "outside")) == (0, {}), ran.stderr
    assert tree(tmp_path / "r")["d.app/x"] == "x"


def test_what_is_mounted_is_not_brought(snippets: RealProject, tmp_path: Path) -> None:
    write(tmp_path, {"data/big": "big", "one.txt": "1"})
    mounts = (
        "--mount",
        f"{tmp_path}/data:in/data",
        "--mount",
        f"{tmp_path}/one.txt:one.txt",
        "-o",
        f"{tmp_path}/r:out",
    )
    ran = snippets.run(*mounts, "snippet.py", "--", "open('log', 'w').write('l'); open('out/m', 'w').write('m')")
    assert (ran.code, tree(tmp_path / "r")) == (0, {"log": "l", "m": "m"}), ran.stderr


def test_results_that_cannot_be_written_stay_in_the_container_until_they_can(
    of_user: RealProject, results: Path
) -> None:
    script = "import os; open('m', 'w').write('m'); os.chmod('/outputs', 0o555)"
    ran = of_user.run("-o", str(results), "snippet.py", "--", script)
    if of_user.folder.stat().st_uid == 0:
        assert (ran.code, tree(results)) == (0, {"m": "m"})  # root may write everywhere
        return
    assert (ran.code, "results-not-brought" in ran.stderr, len(of_user.containers())) == (125, True, 1), ran.stderr
    results.chmod(0o755)
    again = of_user.run("snippet.py", "--", "pass")
    assert (again.code, tree(results), of_user.containers()) == (0, {"m": "m"}, []), again.stderr


def test_each_run_of_a_sweep_has_a_folder_that_no_other_run_ever_had(snippets: RealProject, tmp_path: Path) -> None:
    config = json.dumps({"n": [1, 2]}).encode()
    words = ("-o", str(tmp_path / "r"), "--xgroup", "g", "--experiment_config", "stdin", "snippet.py")
    script = "open('m', 'w').write(sys.argv[-1]); open('/outputs/o', 'w').write('o')"
    codes = [snippets.run(*words, "--", script, stdin=config).code for _ in range(2)]
    found = tree(tmp_path / "r")
    assert (codes, {name: text for name, text in found.items() if name.endswith("m")}) == (
        [0, 0],
        {"g/1/m": "1", "g/2/m": "2", "g/3/m": "1", "g/4/m": "2"},
    )


def test_the_command_line_that_is_offered_keeps_all_that_would_be_lost(project: RealProject) -> None:
    lost = project.run("writes.py")
    line = next(line for line in lost.stderr.splitlines() if "keep them: " in line)
    ran = project.caliban(*shlex.split(line.partition("keep them: ")[2])[1:])
    assert (ran.code, tree(project.folder / "results").items() >= BROUGHT.items()) == (0, True), (line, ran.stderr)
    assert "will be lost" in lost.stderr and "will be lost" not in ran.stderr


def test_a_run_that_wrote_nothing_has_nothing_to_say(project: RealProject, results: Path) -> None:
    for options in ((), ("-o", str(results))):
        ran = project.run(*options, "snippet.py", "--", "import json")
        assert (ran.code, "lost" in ran.stderr, tree(results)) == (0, False, {}), ran.stderr


def test_ten_thousand_files_beside_the_code_are_brought(of_user: RealProject, results: Path) -> None:
    script = "[open(f'f{n}', 'w').write(str(n)) for n in range(10000)]"
    ran = of_user.run("-o", str(results), "snippet.py", "--", script)
    assert (ran.code, len(list(results.iterdir())), (results / "f77").read_text()) == (0, 10_000, "77"), ran.stderr


def test_a_folder_that_cannot_be_written_is_refused_before_the_run(of_user: RealProject, results: Path) -> None:
    if of_user.folder.stat().st_uid == 0:
        results = results / "file"
        results.write_text("no folder")
    else:
        results.chmod(0o555)
    ran = of_user.run("-o", str(results), "snippet.py", "--", "print('began')")
    assert (ran.code, ran.stdout, "bad-output" in ran.stderr) == (2, b"", True), ran.stderr


def test_names_that_no_shell_can_type_are_brought(snippets: RealProject, tmp_path: Path) -> None:
    script = "import os; os.mkdir('a\\nb'); open('a\\nb/c d', 'w').write('1'); open(b'\\xff.bin', 'w').write('2')"
    ran = snippets.run("-o", str(tmp_path / "r"), "snippet.py", "--", script)
    names = sorted(os.fsencode(name) for name in tree(tmp_path / "r"))
    assert (ran.code, names) == (0, [b"a\nb/c d", b"\xff.bin"]), ran.stderr


def test_a_second_name_of_a_file_that_is_no_result_is_a_file(project: RealProject, results: Path) -> None:
    script = (
        "import os; os.link('mode.txt', 'of_the_image'); os.makedirs('a/__pycache__');"
        "open('a/__pycache__/c', 'w').write('code'); os.link('a/__pycache__/c', 'a/z')"
    )
    ran = project.run("-o", str(results), "snippet.py", "--", script)
    assert (ran.code, tree(results)) == (0, {"of_the_image": "mode", "a/z": "code"}), ran.stderr


def test_deep_folders_are_brought_and_those_that_are_too_deep_are_kept(project: RealProject, results: Path) -> None:
    script = "import os\nfor _ in range({}): os.mkdir('d'); os.chdir('d')\nopen('f', 'w').write('x')"
    ran = project.run("-o", str(results), "snippet.py", "--", script.format(1500))
    found = subprocess.run(("find", results, "-type", "f", "-printf", "%d%f "), capture_output=True, check=True).stdout
    assert (ran.code, found, project.containers()) == (0, b"1501f ", []), ran.stderr
    subprocess.run(("rm", "-rf", *results.iterdir()), check=True)  # pytest would do it by a call for each folder
    ran = project.run("-o", str(results), "snippet.py", "--", script.format(2100))
    assert (ran.code, "results-not-brought" in ran.stderr, len(project.containers())) == (125, True, 1), ran.stderr
    docker("rm", *project.containers())


def test_an_image_has_no_say_in_where_results_go(
    snippets: RealProject, image: Callable[[str], str], tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    base = image(f'LABEL caliban=run caliban.output="{victim}" caliban.since=0')
    ran = snippets.run("--base_image", base, "snippet.py", "--", "open('m', 'w').write('m')")
    again = snippets.run("snippet.py", "--", "pass")
    assert (ran.code, again.code, tree(victim)) == (0, 0, {}), ran.stderr


def test_what_lies_in_a_volume_of_the_image_is_brought_or_named(
    snippets: RealProject, image: Callable[[str], str], tmp_path: Path
) -> None:
    base = image("VOLUME /usr/app/ckpt")
    words = ("--base_image", base, "snippet.py", "--", "open('ckpt/m', 'w').write('m')")
    lost = snippets.run(*words)
    ran = snippets.run("-o", str(tmp_path / "r"), *words)
    assert (ran.code, tree(tmp_path / "r"), "/usr/app/ckpt" in lost.stderr) == (0, {"ckpt/m": "m"}, True), ran.stderr


def test_ctrl_c_while_results_are_brought_is_answered_and_a_second_one_leaves_them(
    snippets: RealProject, tmp_path: Path
) -> None:
    script = "import os; print('here', flush=True)\nfor n in range(8): open(f'm{n}', 'wb').write(os.urandom(1 << 27))"
    process = snippets.start("run", "-o", str(tmp_path / "r"), "snippet.py", "--", script)
    until(lambda: any((tmp_path / "r").glob("m*")))
    process.send_signal(signal.SIGINT)
    until((tmp_path / "r" / "m1").exists)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=PATIENCE)
    (container,) = snippets.containers()
    assert process.returncode == 130 and b"once more" in told and container.encode() in told
    ran = snippets.run("snippet.py", "--", "pass")
    assert (ran.code, len(list((tmp_path / "r").iterdir()))) == (0, 8), ran.stderr  # no half of a file is left either
    until(lambda: snippets.containers() == [])
