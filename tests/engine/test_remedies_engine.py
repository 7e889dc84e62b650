"""Command lines that caliban prints are given to a shell as they stand, and do what they were printed for."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from conftest import MakeProject
from support import CALIBAN, PATIENCE, RealProject

from caliban.runtime.observing.gpu import has_gpu

TELL = "import sys; print(sys.argv[1:])"


def shell(project: RealProject, line: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """What a person gets who pastes the line, with this caliban on PATH."""
    path = f"{Path(CALIBAN).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["sh", "-c", line],
        cwd=project.folder,
        env=project.environment({"PATH": path, **variables}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE,
        check=False,
    )


def hint(stderr: str, pattern: str) -> str:
    """The part of a hint that is a command line."""
    found = re.search(pattern, stderr, re.MULTILINE)
    assert found is not None, stderr
    return found[1]


@pytest.mark.skipif(has_gpu(os.environ), reason="the line is printed where there is no GPU")
def test_the_line_for_a_machine_without_a_gpu_runs_the_same_script(make: MakeProject) -> None:
    project = make({"it's a script.py": TELL, "my data/x": ""})
    words = ("--gpu", "--env", "A", "-d", "my data", "it's a script.py", "--", "a b", "$(id)", "'", "--max_tokens", "5")
    ran = project.run(*words, env={"A": "1"})
    pasted = shell(project, hint(ran.stderr, "hint: (caliban run .*)"), A="1")
    assert (ran.code, pasted.returncode, pasted.stdout) == (2, 0, f"{['a b', '$(id)', chr(39), '--max_tokens', '5']}\n")


def test_a_lock_that_is_broken_is_made_anew_by_the_line(make: MakeProject) -> None:
    project = make({"m.py": TELL, "caliban.lock": "{"})
    refused = project.run("m.py")
    pasted = shell(project, hint(refused.stderr, "once for each mode: (rm .*)"))
    assert (refused.code, pasted.returncode, project.run("m.py").stdout) == (2, 0, b"[]\n"), pasted.stderr


def test_a_variable_that_the_projects_build_lacks_is_lent_by_the_option(make: MakeProject) -> None:
    needs = "[] if os.environ['MY_NOTE'] else []"  # only the build can tell
    setup = f"import os\nfrom setuptools import setup\nsetup(name='p', py_modules=[], install_requires={needs})\n"
    project = make({"m.py": TELL, "setup.py": setup})
    environment = {"MY_NOTE": "of mine"}
    refused = project.run("m.py", env=environment)
    option = hint(refused.stderr, "lend it to the build: (.*)")
    assert (refused.code, "--> setup.py:3" in refused.stderr) == (125, True), refused.stderr
    assert project.run(*option.split(), "m.py", env=environment).stdout == b"[]\n"


def test_the_script_of_a_dry_run_does_the_job_once_its_secrets_are_set(make: MakeProject) -> None:
    config = '{"env": {"DB_PASSWORD": "of the config"}}'
    project = make({"m.py": f"import os; {TELL}; print(os.environ['DB_PASSWORD'])", ".calibanconfig.json": config})
    script = project.run("--dry_run", "m.py", "--", "--password", "hunter2 $HOME").stdout.decode()
    secrets = {"DB_PASSWORD": "of the config", "CALIBAN_SECRET_1": "hunter2 $HOME"}
    pasted = shell(project, script, **secrets)
    assert ("hunter2" in script, "of the config" in script) == (False, False)
    assert pasted.stdout.splitlines()[-2:] == ["['--password', 'hunter2 $HOME']", "of the config"], pasted.stderr
