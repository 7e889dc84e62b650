"""A repository from the internet configures nothing that runs here."""

import subprocess
from pathlib import Path

import pytest

from caliban.runtime.interrupts import Interrupts
from caliban.runtime.observing.git import ask_git
from caliban.runtime.observing.history import observe_history
from caliban.runtime.observing.version import version_from_git
from caliban.runtime.session import Session

# Each of these starts a program for some question that git is asked.
TRAPS = """
[core]
    repositoryformatversion = 1
    fsmonitor = touch MARK
    pager = touch MARK
    sshCommand = touch MARK
    alternateRefsCommand = touch MARK
[pager]
    log = touch MARK
    describe = touch MARK
[log]
    showSignature = true
[gpg]
    program = SIGNER
[diff]
    external = touch MARK
[protocol]
    allow = always
[protocol "ext"]
    allow = always
[remote "origin"]
    url = ext::touch MARK
    promisor = true
    partialclonefilter = blob:none
[extensions]
    partialClone = origin
"""


def git(folder: Path, *words: str) -> bytes:
    identity = ("-c", "user.name=me", "-c", "user.email=me@example.com")
    return subprocess.run(("git", "-C", str(folder), *identity, *words), check=True, capture_output=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A signed commit whose tree is missing, as a partial clone leaves it, and a configuration full of traps."""
    folder, mark, signer = tmp_path / "repository", tmp_path / "mark", tmp_path / "signer"
    script = f"touch {mark}; cat >/dev/null; echo '[GNUPG:] SIG_CREATED ' >&2; echo '-----BEGIN PGP SIGNATURE-----'"
    signer.write_text(f"#!/bin/sh\n{script}\n")
    signer.chmod(0o755)
    folder.mkdir()
    git(folder, "init")
    (folder / "data").mkdir()
    (folder / "data/x").write_text("x")
    git(folder, "add", ".")
    git(folder, "-c", f"gpg.program={signer}", "commit", "--gpg-sign", "--message", "x")
    tree = git(folder, "rev-parse", "HEAD^{tree}").decode().strip()
    (folder / ".git/objects" / tree[:2] / tree[2:]).unlink()
    with (folder / ".git/config").open("a") as config:
        config.write(TRAPS.replace("MARK", str(mark)).replace("SIGNER", str(signer)))
    mark.unlink()
    return folder


@pytest.mark.parametrize("words", [("log", "--max-count=1"), ("log", "--name-only"), ("status",)])
def test_the_traps_of_a_repository_work_on_who_is_careless(words: tuple[str, ...], repository: Path) -> None:
    subprocess.run(("git", "-C", str(repository), *words), capture_output=True, check=False)
    assert (repository.parent / "mark").exists()


def test_no_question_about_a_repository_starts_what_it_configures(repository: Path) -> None:
    observe_history(Session(str(repository), {}, Interrupts()))
    version_from_git(str(repository))
    assert ask_git(str(repository), ("log", "--max-count=1")) is not None
    assert ask_git(str(repository), ("log", "--name-only")) is None
    assert not (repository.parent / "mark").exists()


@pytest.mark.parametrize("tag", ["v1$(id)", "1;id", "release-1", "v1'"])
def test_a_tag_that_is_no_version_is_not_taken_for_one(tag: str, tmp_path: Path) -> None:
    git(tmp_path, "init")
    git(tmp_path, "commit", "--allow-empty", "--message", "x")
    git(tmp_path, "tag", tag)
    assert (version_from_git(str(tmp_path)) or "").startswith("0.1.dev1+g")


def test_without_git_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ask_git(str(tmp_path), ("status",)) is None
