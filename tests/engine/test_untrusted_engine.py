"""A project from the internet cannot take what the user did not give (SECURITY.md)."""

import secrets
import subprocess
from pathlib import Path

import pytest
from conftest import MakeProject
from support import BASE, write

# As a thief would: the build of the project tells what it sees.
SETUP = """
import os
from setuptools import setup
token = os.environ.get("E2E_TOKEN", "")
setup(name="greedy", version="1", py_modules=["greedy"], description=f"{len(token)} characters")
"""
ASKING = {
    "setup.py": SETUP,
    "pkg/tell.py": "from importlib.metadata import metadata\nprint(metadata('greedy')['Summary'])\n",
    ".calibanconfig.json": '{"build_secrets": ["E2E_TOKEN"]}',
}


def asking() -> dict[str, str]:
    """A project that no builder has seen before: a secret is no part of its cache."""
    return {**ASKING, "greedy.py": f"# {secrets.token_hex()}\n"}


def test_a_variable_that_a_project_asks_for_stops_the_build_until_it_is_granted(make: MakeProject) -> None:
    project, token = make(asking()), secrets.token_hex()
    refused = project.run("pkg/tell.py", env={"E2E_TOKEN": token})
    granted = project.run("--build_secret", "E2E_TOKEN", "pkg/tell.py", env={"E2E_TOKEN": token})
    assert (refused.code, refused.builds, "--build_secret E2E_TOKEN" in refused.stderr) == (2, 0, True)
    assert (granted.code, granted.stdout, token in granted.stderr) == (0, b"64 characters\n", False), granted.stderr


def test_a_variable_that_is_not_set_is_no_reason_to_stop(make: MakeProject) -> None:
    ran = make(asking()).run("pkg/tell.py")
    assert (ran.code, ran.stdout) == (0, b"0 characters\n"), ran.stderr


def test_passwords_that_a_build_may_use_are_told_and_can_be_kept(make: MakeProject, tmp_path: Path) -> None:
    write(tmp_path / "home", {".netrc": f"machine pypi.example login me password {secrets.token_hex()}\n"})
    lending, keeping = (
        make(asking()).run("pkg/tell.py", env={"HOME": str(tmp_path / "home"), **more})
        for more in ({}, {"NETRC": "/dev/null"})
    )
    assert (lending.code, f"the passwords in {tmp_path}/home/.netrc" in lending.stderr) == (0, True), lending.stderr
    assert (keeping.code, "passwords in" in keeping.stderr) == (0, False), keeping.stderr


@pytest.mark.parametrize("flag", ["--network=host", "--security=insecure"])
def test_a_dockerfile_of_the_project_gets_no_privilege_for_its_build(flag: str, make: MakeProject) -> None:
    dockerfile = f"FROM {BASE}\nRUN {flag} touch /{secrets.token_hex()}\n"
    config = '{"base_image": {"dockerfile": "Dockerfile"}}'
    project = make({"pkg/x.py": "", "Dockerfile": dockerfile, ".calibanconfig.json": config})
    ran = project.run("pkg/x.py")
    assert (ran.code, ran.stdout, project.images(), "Traceback" in ran.stderr) == (125, b"", set(), False), ran.stderr


# A partial clone that fetches what it lacks by a command.
LAZY = """
[protocol "ext"]
    allow = always
[remote "origin"]
    url = ext::touch {mark}
    promisor = true
    partialclonefilter = blob:none
[extensions]
    partialClone = origin
"""


def test_no_build_starts_what_a_repository_configures(make: MakeProject, tmp_path: Path) -> None:
    """buildx asks git about a project, unless it is told not to; a commit that is missing shows who does."""
    project = make({"m/x.py": f"print('{secrets.token_hex()}')\n"})

    def git(*words: str) -> str:
        identity = ("-c", "user.name=me", "-c", "user.email=me@example.com")
        argv = ("git", "-C", str(project.folder), *identity, *words)
        return subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout.decode().strip()

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "x")
    commit = git("rev-parse", "HEAD")
    (project.folder / ".git/objects" / commit[:2] / commit[2:]).unlink()
    with (project.folder / ".git/config").open("a") as config:
        config.write(LAZY.format(mark=tmp_path / "mark"))
    project.build("m.x")
    assert not (tmp_path / "mark").exists()
    subprocess.run(("git", "-C", str(project.folder), "show", "HEAD"), capture_output=True, check=False)
    assert (tmp_path / "mark").exists(), "the trap does not work"
