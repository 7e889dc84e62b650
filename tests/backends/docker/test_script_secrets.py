"""The script of a dry run, read by a real shell, with a stand-in for docker that notes its arguments."""

import os
import subprocess
import sys
from pathlib import Path

CALIBAN = str(Path(sys.executable).with_name("caliban"))
NOTE = """#!/bin/sh
[ "$1" = run ] || { cat >/dev/null; exit 0; }
{ printf '%s\\0' "$@"; echo "$DB_PASSWORD"; } >"$NOTED"
"""


def test_the_script_of_a_dry_run_gives_docker_the_very_arguments_once_the_secrets_are_set(tmp_path: Path) -> None:
    project, programs = tmp_path / "project", tmp_path / "bin"
    project.mkdir()
    programs.mkdir()
    (project / "m.py").write_text("", encoding="utf-8")
    (project / ".calibanconfig.json").write_text('{"env": {"DB_PASSWORD": "hunter2"}}', encoding="utf-8")
    docker = programs / "docker"
    docker.write_text(NOTE, encoding="utf-8")
    docker.chmod(0o755)
    arguments = ("--password", "hunter2 $(id)", "--api_key=hunter2", "--lr", "0.1")
    words = (CALIBAN, "run", "--nogpu", "--no_credentials", "--dry_run", "m.py", "--", *arguments)
    script = subprocess.run(words, cwd=project, capture_output=True, text=True, check=True).stdout

    environment = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "NOTED": str(tmp_path / "noted")}
    shell = ["sh", "-s"]
    refused = subprocess.run(
        shell, input=script, env=environment, cwd=project, capture_output=True, text=True, check=False
    )
    values = {"DB_PASSWORD": "hunter2", "CALIBAN_SECRET_1": "hunter2 $(id)", "CALIBAN_SECRET_2": "hunter2"}
    subprocess.run(shell, input=script, env={**environment, **values}, cwd=project, text=True, check=True)

    *given, last = (tmp_path / "noted").read_text(encoding="utf-8").split("\0")
    assert ("hunter2" in script, "DB_PASSWORD" in refused.stderr, refused.returncode > 0) == (False, True, True)
    assert (given[-len(arguments) :], given.count("DB_PASSWORD"), last) == ([*arguments], 1, "hunter2\n")
