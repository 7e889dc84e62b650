"""A cloud key is where the script looks for it, and nowhere else (SPEC §6, FAULTS C)."""

import json
import os
import subprocess
from pathlib import Path

import cloud_keys
import pytest
from conftest import MakeProject
from support import RealProject, docker, in_folder, tree, until, write

TELL_KEY = """
import json, os
path = os.environ["GOOGLE_APPLICATION_CREDENTIALS"]
print(json.dumps([open(path).read(), os.environ.get("GOOGLE_CLOUD_PROJECT"), os.access(path, os.W_OK)]))
"""

WAIT = "import time; print('here', flush=True); time.sleep(600)"

LIST = """
import json, pathlib
root = pathlib.Path("/usr/app/data[1]")
print(json.dumps(sorted(str(path.relative_to(root)) for path in root.rglob("*"))))
"""


def key(mark: str) -> str:
    """What `gcloud auth application-default login` writes; google-auth takes it as it takes a service account's."""
    fields = {"client_id": "id", "client_secret": "hidden", "refresh_token": mark, "quota_project_id": "my-project"}
    return json.dumps({"type": "authorized_user", **fields})


def write_key(path: Path, mark: str) -> str:
    path.write_text(key(mark))
    path.chmod(0o600)
    return key(mark)


def test_the_key_is_there_for_the_script_and_for_who_runs_it(of_user: RealProject) -> None:
    path = of_user.folder.parent / "key, of mine.json"
    text = write_key(path, "mark")
    owner = of_user.folder.stat()
    os.chown(path, owner.st_uid, owner.st_gid)
    ran = of_user.run("--cloud_key", str(path), "snippet.py", "--", TELL_KEY)
    assert ran.code == 0, ran.stderr
    seen, _, _ = json.loads(ran.stdout)
    assert (seen, "mark" in ran.stderr, path.stat().st_mode & 0o777) == (text, False, 0o600)


@pytest.mark.parametrize("user", ["1234:1234", "1234", "nobody"])
def test_the_key_is_there_for_another_user_too_and_no_copy_of_it_stays(
    user: str, snippets: RealProject, tmp_path: Path
) -> None:
    text = write_key(tmp_path / "key.json", "mark")
    words = ("--docker_run_args", f"--user {user}", "--cloud_key", str(tmp_path / "key.json"))
    ran = snippets.run(*words, "snippet.py", "--", TELL_KEY)
    assert (ran.code, json.loads(ran.stdout)[::2]) == (0, [text, False]), ran.stderr
    assert list((snippets.home / "keys").iterdir()) == []


def test_the_copy_that_a_killed_caliban_left_is_gone_after_the_next_run(snippets: RealProject, tmp_path: Path) -> None:
    project = snippets.with_home(tmp_path / "home")
    write_key(tmp_path / "key.json", "mark")
    words = ("--docker_run_args", "--user 1234", "--cloud_key", str(tmp_path / "key.json"), "snippet.py", "--", WAIT)
    with project.start("run", *words) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"here\n"
        killed.kill()
    left = [path.read_text() for path in (project.home / "keys").rglob("*") if path.is_file()]
    docker("stop", "--time", "0", *project.containers())
    ran = project.run("snippet.py", "--", "pass")
    assert (left, ran.code) == ([key("mark")], 0), ran.stderr
    until(lambda: project.containers() == [])  # another caliban, of another test, may be removing it too
    assert list((project.home / "keys").iterdir()) == []


def test_no_image_holds_the_key_even_if_it_lies_in_the_project(make: MakeProject) -> None:
    project = make({"x.py": TELL_KEY, "kept.txt": "kept-mark"})
    write_key(project.folder / "credentials.json", "hidden-mark")
    ran = project.run("x.py", env={"GOOGLE_APPLICATION_CREDENTIALS": str(project.folder / "credentials.json")})
    saved = subprocess.run(["docker", "save", *project.images()], capture_output=True, check=True).stdout
    assert (ran.code, b"kept-mark" in saved, b"hidden-mark" in saved) == (0, True, False), ran.stderr
    assert ("and mounted for the run: credentials.json" in ran.stderr, "--include" in ran.stderr) == (True, False)


def test_a_folder_of_an_odd_name_comes_without_what_is_left_out_too(make: MakeProject) -> None:
    """COPY cannot spell the name, so the folder is a build context, and no ignore file of the project's reaches it."""
    files = {"a.txt": "kept-mark", ".env": "hidden-mark", "sub/x.pem": "hidden-mark", "sub/b.txt": "b"}
    project = make({"m/x.py": LIST, **in_folder("data[1]", files)})
    (project.folder / "data[1]/sub/key.json").write_text(json.dumps(cloud_keys.workforce("hidden-mark")))
    (project.folder / "data[1]" / "link").symlink_to("sub/b.txt")
    before = tree(project.folder)
    ran = project.run("-d", "data[1]", "m/x.py")
    saved = subprocess.run(["docker", "save", *project.images()], capture_output=True, check=True).stdout
    assert (ran.code, json.loads(ran.stdout)) == (0, ["a.txt", "link", "sub", "sub/b.txt"]), ran.stderr
    assert (b"kept-mark" in saved, b"hidden-mark" in saved, tree(project.folder) == before) == (True, False, True)


def test_another_key_builds_nothing(snippets: RealProject, tmp_path: Path) -> None:
    builds = []
    for mark in ("one", "two"):
        write_key(tmp_path / "key.json", mark)
        ran = snippets.run("--cloud_key", str(tmp_path / "key.json"), "snippet.py", "--", TELL_KEY)
        builds.append((ran.code, mark in ran.stdout.decode(), ran.builds))
    assert builds == [(0, True, 0), (0, True, 0)]


def test_a_file_that_is_no_key_is_an_error_before_anything_is_built(make: MakeProject, tmp_path: Path) -> None:
    project = make({"m/x.py": ""})
    write(tmp_path, {"text.json": "no key", "empty.json": ""})
    ends = [
        project.run("--cloud_key", str(tmp_path / name), "m/x.py")
        for name in ("text.json", "empty.json", "no.json", ".")
    ]
    assert [(ran.code, ran.builds, "Traceback" in ran.stderr) for ran in ends] == [(2, 0, False)] * 4
