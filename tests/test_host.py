"""Versions from git, and keys: what the runtime observes, from the real programs."""

import json
import subprocess
from pathlib import Path

import pytest

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.host import Credentials
from caliban.runtime.credentials import find_credentials
from caliban.runtime.host import version_from_git


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


def make_key(path: Path) -> Path:
    """A service-account key as the cloud gives them, with a private key made here and now."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_text(
        json.dumps(
            {
                "type": "service_account",
                "project_id": "my-project",
                "private_key_id": "1",
                "private_key": private.decode(),
                "client_email": "me@my-project.example.com",
                "client_id": "1",
                "token_uri": "http://127.0.0.1:1/token",
            }
        )
    )
    return path


def test_a_good_key_gives_its_project(tmp_path: Path) -> None:
    path = make_key(tmp_path / "key.json")
    assert find_credentials(str(path), {}) == Credentials(path=str(path), project="my-project")


def test_the_flag_beats_the_environment(tmp_path: Path) -> None:
    path = make_key(tmp_path / "key.json")
    assert find_credentials(str(path), {"GOOGLE_APPLICATION_CREDENTIALS": "/gone"}) == Credentials(
        path=str(path), project="my-project"
    )


def test_nothing_given_is_nothing_found() -> None:
    assert find_credentials(None, {}) is None


@pytest.mark.parametrize("content", [None, "", "{", "{}", '{"type": "service_account"}', "x" * 600_000])
def test_what_is_no_key_is_rejected_without_quoting_it(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "key.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(Rejected) as caught:
        find_credentials(str(path), {})
    [problem] = caught.value.diagnostics
    assert (problem.code, str(problem.place)) == ("bad-key", f"--cloud_key: {path}")


def test_a_directory_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(Rejected):
        find_credentials(None, {"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path)})
