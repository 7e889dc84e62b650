"""Who the script is and what of the host it sees: the user's ids, home, results, mounts and variables (SPEC §6)."""

import json
import secrets
import subprocess
from pathlib import Path

import pytest
from conftest import MakeProject
from leaks import arguments
from support import RealProject, tree, write

WHO = """
import getpass, json, os
from pathlib import Path
for folder in (Path.home(), Path()):
    (folder / "new").write_text("writable")
print(json.dumps([os.getuid(), os.getgid(), getpass.getuser(), os.environ["LOGNAME"], os.getcwd()]))
"""
SAVE = "import os; open(os.environ['CALIBAN_OUTPUT_DIR'] + '/' + sys.argv[-1], 'w').write('result')"
TELL_PLACE = """
import json, os
mounts = [line.split()[4] for line in open("/proc/self/mountinfo")]
system = ("/dev", "/proc", "/sys", "/etc/", "/usr/sbin/docker-init", "/sbin/docker-init")
asked = [mount for mount in mounts if mount != "/" and not mount.startswith(system)]
print(json.dumps([os.listdir("."), os.environ.get("CALIBAN_E2E"), asked]))
"""
TELL_ENV = "import json, os; print(json.dumps(dict(os.environ)))"
HIDDEN = "s3cr3t-\n=\"'"
VALUES = {
    "PLAIN": "x",
    "LINES": "a\nb\n",
    "EQUALS": "=a=b=",
    "QUOTES": '"it\'s" $HOME `id` \\',
    "DASH": "-x",
    "EMPTY": "",
    "LETTERS": "é😀",
}


def owner(project: RealProject) -> tuple[int, int]:
    facts = project.folder.stat()
    return facts.st_uid, facts.st_gid


def test_the_script_is_who_runs_caliban(of_user: RealProject) -> None:
    ran = of_user.run("snippet.py", "--", WHO)
    assert ran.code == 0, ran.stderr
    uid, gid, name, login, folder = json.loads(ran.stdout)
    assert ((uid, gid), name == login and bool(name), folder) == (owner(of_user), True, "/usr/app")


def test_results_belong_to_the_user(of_user: RealProject) -> None:
    ran = of_user.run("-o", "results/deep", "snippet.py", "--", SAVE, "model.bin")
    made = of_user.folder / "results/deep/model.bin"
    assert (ran.code, made.read_text()) == (0, "result"), ran.stderr
    assert {(path.stat().st_uid, path.stat().st_gid) for path in (made, made.parent)} == {owner(of_user)}


def test_what_a_script_writes_beside_itself_is_kept_by_naming_the_place(of_user: RealProject) -> None:
    ran = of_user.run(
        "-o",
        "results:out",
        "snippet.py",
        "--",
        "open('out/log.txt', 'w').write('x'); print(os.getcwd())".replace("os.", "__import__('os')."),
    )
    assert (ran.code, (of_user.folder / "results/log.txt").read_text()) == (0, "x"), ran.stderr


@pytest.mark.parametrize("folder", ["with space", "a,b", "é", 'q"x', "new\nline"])
def test_a_folder_for_results_may_have_any_name(folder: str, snippets: RealProject, tmp_path: Path) -> None:
    ran = snippets.run("-o", str(tmp_path / folder), "snippet.py", "--", SAVE, "r")
    assert (ran.code, [path.name for path in (tmp_path / folder).iterdir()]) == (0, ["r"]), ran.stderr


def test_a_sweep_has_a_folder_for_the_results_of_each_run(snippets: RealProject, tmp_path: Path) -> None:
    config = json.dumps({"n": list(range(1, 4))})
    ran = snippets.run(
        "-o",
        str(tmp_path),
        "--xgroup",
        "g",
        "--experiment_config",
        "stdin",
        "snippet.py",
        "--",
        SAVE,
        stdin=config.encode(),
    )
    assert (ran.code, sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file())) == (
        0,
        ["g/1/1", "g/2/2", "g/3/3"],
    ), ran.stderr


def test_a_mount_is_seen_and_cannot_be_written(snippets: RealProject, tmp_path: Path) -> None:
    write(tmp_path, {"big, data/x.txt": "big"})
    before = tree(tmp_path)
    code = "import sys; print(open('/big/x.txt').read(), flush=True); open('/big/x.txt', 'w')"
    ran = snippets.run("--mount", f"{tmp_path}/big, data:/big", "snippet.py", "--", code)
    assert (ran.code, ran.stdout, "Read-only file system" in ran.stderr) == (1, b"big\n", True)
    assert tree(tmp_path) == before


def test_a_mount_of_the_project_is_at_its_own_place(make: MakeProject) -> None:
    project = make({"m/run.sh": "cat /usr/app/huge/x.txt", "huge/x.txt": "huge"})
    assert project.run("--mount", "huge", "m/run.sh").stdout == b"huge"


def test_a_mount_that_is_not_there_is_an_error_before_anything_is_started(snippets: RealProject) -> None:
    ran = snippets.run("--mount", "/no/such/folder", "snippet.py", "--", "print(1)")
    assert (ran.code, ran.stdout, "/no/such/folder" in ran.stderr) == (2, b"", True)


def test_values_of_variables_arrive_and_are_not_told(snippets: RealProject) -> None:
    words = [word for name, value in VALUES.items() for word in ("--env", f"{name}={value}")]
    ran = snippets.run(
        *words, "--env", "TAKEN", "--env", f"GIVEN={HIDDEN}", "snippet.py", "--", TELL_ENV, env={"TAKEN": HIDDEN}
    )
    assert ran.code == 0, ran.stderr
    wanted = {**VALUES, "TAKEN": HIDDEN, "GIVEN": HIDDEN}
    seen = json.loads(ran.stdout)
    assert ({name: seen.get(name) for name in wanted}, "s3cr3t" in ran.stderr) == (wanted, False)


def test_no_process_has_the_value_of_a_variable_among_its_arguments(snippets: RealProject) -> None:
    secret = secrets.token_hex()
    code = "import os; print('ready', len(os.environ['SECRET']), flush=True); input()"
    running = snippets.start(
        "run", "--env", "SECRET", "snippet.py", "--", code, env={"SECRET": secret}, stdin=subprocess.PIPE
    )
    assert running.stdout is not None
    assert running.stdout.readline() == b"ready 64\n"
    seen = b"".join(arguments())
    _, stderr = running.communicate(b"\n")
    assert (running.returncode, b"SECRET" in seen, secret.encode() in seen, secret.encode() in stderr) == (
        0,
        True,
        False,
        False,
    )


def test_secrets_of_config_docker_and_script_are_not_told_and_those_of_variables_are_in_no_argument_list(
    make: MakeProject,
) -> None:
    of_config, of_docker, of_script = (secrets.token_hex() for _ in range(3))
    code = "import os, sys; print(os.environ['DB_PASSWORD'], os.environ['API_KEY'], sys.argv[2], flush=True); input()"
    project = make({"m.py": code, ".calibanconfig.json": json.dumps({"env": {"DB_PASSWORD": of_config}})})
    running = project.start(
        *("run", "m.py", "--", "--hf_token", of_script),
        env={"CALIBAN_DOCKER_RUN_ARGS": f"-e API_KEY={of_docker}"},
        stdin=subprocess.PIPE,
    )
    assert running.stdout is not None
    assert running.stdout.readline().decode().split() == [of_config, of_docker, of_script]
    seen = b"".join(arguments())
    _, stderr = running.communicate(b"\n")
    assert (running.returncode, [secret for secret in (of_config, of_docker) if secret.encode() in seen]) == (0, [])
    assert [secret for secret in (of_config, of_docker, of_script) if secret.encode() in stderr] == []


def test_a_variable_that_is_not_set_is_an_error_before_anything_is_started(snippets: RealProject) -> None:
    ran = snippets.run("--env", "CALIBAN_E2E_UNSET", "snippet.py", "--", "print(1)")
    assert (ran.code, ran.stdout) == (2, b"")


def test_nothing_of_the_host_is_seen_unasked(snippets: RealProject) -> None:
    asked = {"SSL_CERT_FILE": "", "REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": ""}  # naming a bundle is asking for it
    ran = snippets.run("snippet.py", "--", TELL_PLACE, env={"CALIBAN_E2E": "x", **asked})
    files, variable, mounts = json.loads(ran.stdout)
    assert (sorted(files), variable, mounts) == (["shell.sh", "snippet.py"], None, [])


def test_the_users_arguments_of_docker_run_win(snippets: RealProject) -> None:
    code = (
        "import os; shm = os.statvfs('/dev/shm');"
        "print(os.getuid(), os.environ['X'], os.environ['USER'], shm.f_blocks * shm.f_bsize >> 20)"
    )
    arguments = "--user 1234:99 --shm-size=7m -e 'X=a b' -e USER=eve --rm"
    ran = snippets.run("--docker_run_args", arguments, "--docker_run_args", "--init", "snippet.py", "--", code)
    assert (ran.code, ran.stdout) == (0, b"1234 a b eve 7\n"), ran.stderr


def test_an_argument_of_docker_run_with_a_quoted_path_is_one(snippets: RealProject, tmp_path: Path) -> None:
    write(tmp_path, {"my data/x": "seen"})
    ran = snippets.run("--docker_run_args", f"-v '{tmp_path}/my data:/in put:ro'", "shell.sh", "--", "cat '/in put/x'")
    assert (ran.code, ran.stdout) == (0, b"seen")


@pytest.mark.parametrize("argument", ["'unbalanced", "-d", "--name x", "--cidfile x"])
def test_arguments_of_docker_run_that_would_break_the_run_are_refused(argument: str, snippets: RealProject) -> None:
    assert snippets.run("--docker_run_args", argument, "snippet.py", "--", "pass").code == 2
