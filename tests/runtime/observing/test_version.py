"""Versions from git: what the runtime observes, from the real program."""

import subprocess
from pathlib import Path

from caliban.runtime.observing.version import version_from_git


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=me", "-c", "user.email=me@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(("git", "-C", str(folder), *identity, *words), check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "commit", "--allow-empty", "-m", "x")


def test_a_tagged_commit_has_the_version_of_its_tag(tmp_path: Path) -> None:
    git(tmp_path, "init")
    commit(tmp_path)
    git(tmp_path, "tag", "v1.2.3")
    assert version_from_git(str(tmp_path)) == "1.2.3"


def test_a_later_commit_is_a_development_version_of_the_next_one(tmp_path: Path) -> None:
    git(tmp_path, "init")
    commit(tmp_path)
    git(tmp_path, "tag", "v1.2.3")
    commit(tmp_path)
    version = version_from_git(str(tmp_path))
    assert version is not None
    assert version.startswith("1.2.4.dev1+g")


def test_without_a_tag_the_commits_are_counted(tmp_path: Path) -> None:
    git(tmp_path, "init")
    commit(tmp_path)
    version = version_from_git(str(tmp_path))
    assert version is not None
    assert version.startswith("0.1.dev1+g")


def test_a_folder_without_history_has_no_version(tmp_path: Path) -> None:
    assert version_from_git(str(tmp_path)) is None
