"""What a container may not do (SECURITY.md), and that ordinary work still goes on."""

import json

import pytest
from conftest import MakeProject
from support import BASE, RealProject

TELL_PRIVILEGES = """
import json
facts = dict(line.rstrip().split(":\\t") for line in open("/proc/self/status"))
print(json.dumps([int(facts["CapEff"], 16), int(facts["CapBnd"], 16), int(facts["NoNewPrivs"])]))
"""
# linux/capability.h: CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7
OF_ROOT = sum(1 << number for number in (0, 1, 3, 4, 5, 6, 7))
SETUID_BASE = f"FROM {BASE}\nRUN cp /usr/bin/id /usr/bin/id-of-root && chmod 4755 /usr/bin/id-of-root\n"
WORK = """
import ctypes, multiprocessing, os, socket, subprocess
from multiprocessing import shared_memory

memory = shared_memory.SharedMemory(create=True, size=200 << 20)  # more than the 64 MB that docker gives unasked
memory.buf[-1] = 1
memory.close()
memory.unlink()
with multiprocessing.Pool(4) as pool:
    squares = pool.map(abs, range(-3, 0))
socket.create_server(("", 80)).close()
child = subprocess.Popen(["sleep", "60"])
attached = ctypes.CDLL(None).ptrace(16, child.pid, 0, 0)  # as py-spy and gdb do
child.kill()
print(squares, attached)
"""
TEND_FILES_OF_OTHERS = """
import os, subprocess
os.mkdir("theirs", 0o700)
open("theirs/notes.txt", "w").write("private")
os.chown("theirs/notes.txt", 1000, 1000)
os.chown("theirs", 1000, 1000)
os.chmod("theirs/notes.txt", 0o600)
os.utime("theirs/notes.txt", (0, 0))
print(open("theirs/notes.txt").read())
child = subprocess.Popen(["sleep", "60"], user=1000, group=1000, extra_groups=[])
child.kill()
os.remove("theirs/notes.txt")
"""


def test_a_container_has_no_capabilities_but_those_that_roots_files_need(of_user: RealProject) -> None:
    ran = of_user.run("snippet.py", "--", TELL_PRIVILEGES)
    promised = OF_ROOT if of_user.folder.stat().st_uid == 0 else 0
    assert (ran.code, json.loads(ran.stdout)) == (0, [promised, promised, 1]), ran.stderr


def test_a_setuid_program_gains_nothing(make: MakeProject) -> None:
    project = make({"base.Dockerfile": SETUID_BASE, "who.sh": "id-of-root --user\n"})
    options = ("--base_image", "base.Dockerfile", "--docker_run_args", "--user 1234")
    ran = project.run(*options, "who.sh")
    switched_off = project.run(*options, "--docker_run_args", "--security-opt no-new-privileges=false", "who.sh")
    assert (ran.stdout, switched_off.stdout) == (b"1234\n", b"0\n"), ran.stderr + switched_off.stderr


def test_the_work_of_a_training_needs_no_capability(of_user: RealProject) -> None:
    ran = of_user.run("snippet.py", "--", WORK)
    assert (ran.code, ran.stdout) == (0, b"[3, 2, 1] 0\n"), ran.stderr


def test_root_tends_files_and_processes_of_others(snippets: RealProject) -> None:
    ran = snippets.run("--docker_run_args", "--user 0", "snippet.py", "--", TEND_FILES_OF_OTHERS)
    assert (ran.code, ran.stdout) == (0, b"private\n"), ran.stderr


@pytest.mark.parametrize(
    ("arguments", "effective"),
    [("--privileged", (1 << 20) - 1), ("--cap-drop CHOWN", OF_ROOT - 1), ("--cap-add NET_RAW", OF_ROOT + (1 << 13))],
)
def test_what_the_user_says_of_privileges_wins(arguments: str, effective: int, snippets: RealProject) -> None:
    ran = snippets.run("--docker_run_args", f"--user 0 {arguments}", "snippet.py", "--", TELL_PRIVILEGES)
    assert (ran.code, json.loads(ran.stdout)[0] & (1 << 20) - 1) == (0, effective), ran.stderr
