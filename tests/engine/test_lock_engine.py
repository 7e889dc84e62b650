"""`caliban lock`, and builds of what it wrote: real packages of PyPI, and wheels of the project's own."""

import hashlib
import json
import os
import subprocess
import tarfile
from pathlib import Path

from conftest import MakeProject
from support import Ran, RealProject, docker, from_mirror, in_folder, wheel, write

LIST = """
from importlib.metadata import distributions
print(*sorted(f"{d.name}=={d.version}" for d in distributions() if "/opt/venv" in str(d.locate_file(""))))
"""
OLD = wheel("caldemo", "1.0", {"caldemo.py": "x = 1\n"}, ("caldep>=1",))
NEW = wheel("caldep", "2.0", {"caldep.py": ""})
NEWER = wheel("caldep", "3.0", {"caldep.py": ""})
LOCAL = {
    "list.py": LIST,
    "requirements.txt": "--no-index\n--find-links wheels\ncaldemo\n",
    **in_folder("wheels", {**OLD, **NEW}),
}


def locked(project: RealProject, *words: str) -> Ran:
    ran = project.caliban("lock", *words, "list.py")
    assert ran.code == 0, ran.stderr
    return ran


def listed(project: RealProject, *words: str) -> list[str]:
    ran = project.run(*words, "list.py")
    assert ran.code == 0, ran.stderr
    return ran.stdout.decode().split()


def requirements_of(project: RealProject) -> list[str]:
    told = json.loads((project.folder / "caliban.lock").read_text(encoding="utf-8"))
    return list(told["modes"]["cpu"]["packages"]["pins"])


def test_packages_of_pypi_stay_as_they_were_when_they_were_locked(make: MakeProject) -> None:
    project = make({"list.py": LIST, "requirements.txt": "six<1.17\nclick==8.1.7\n"})
    locked(project)
    assert requirements_of(project) == ["click==8.1.7", "six==1.16.0"]
    write(project.folder, {"requirements.txt": "# order and comments say nothing\nclick==8.1.7\nsix<1.17\n"})
    assert listed(project, "--locked") == ["click==8.1.7", "six==1.16.0"]


def test_no_address_of_this_machine_stands_in_a_lock(make: MakeProject) -> None:
    project = make({"list.py": LIST, "requirements.txt": "six\n"})
    locked(project)
    text = (project.folder / "caliban.lock").read_text(encoding="utf-8")
    assert ("://" in text, str(project.folder) in text) == (False, False)


def test_a_newer_wheel_of_the_project_does_not_come_into_a_locked_image(make: MakeProject) -> None:
    project = make(LOCAL)
    locked(project)
    write(project.folder, in_folder("wheels", NEWER))
    assert listed(project, "--locked") == ["caldemo==1.0", "caldep==2.0"]
    (project.folder / "caliban.lock").unlink()
    assert listed(project) == ["caldemo==1.0", "caldep==3.0"]


def test_a_wheel_that_is_not_the_one_that_was_locked_is_refused(make: MakeProject) -> None:
    project = make(LOCAL)
    locked(project)
    write(project.folder, in_folder("wheels", wheel("caldep", "2.0", {"caldep.py": "other = True\n"})))
    ran = project.run("--locked", "list.py")
    assert (ran.code, "Hash mismatch" in ran.stderr) == (125, True), ran.stderr


def test_what_changed_is_resolved_anew_and_told_or_refused(make: MakeProject) -> None:
    project = make({"list.py": LIST, "requirements.txt": "six==1.16.0\n"})
    locked(project)
    write(project.folder, {"requirements.txt": "six==1.17.0\n"})
    refused = project.run("--locked", "list.py")
    assert (refused.code, refused.builds) == (2, 0)
    assert "requirements: six==1.17.0 added and six==1.16.0 gone" in refused.stderr
    assert listed(project) == ["six==1.17.0"]


def test_locking_twice_writes_the_same_and_keeps_the_other_mode(make: MakeProject) -> None:
    project = make(LOCAL)
    locked(project)
    first = (project.folder / "caliban.lock").read_bytes()
    locked(project, "--gpu")
    both = json.loads((project.folder / "caliban.lock").read_bytes())
    assert both["modes"]["cpu"] == json.loads(first)["modes"]["cpu"] and set(both["modes"]) == {"cpu", "gpu"}
    (project.folder / "caliban.lock").write_bytes(first)
    locked(project)
    assert (project.folder / "caliban.lock").read_bytes() == first


def test_one_more_package_comes_in_a_layer_on_top(make: MakeProject) -> None:
    project = make({"list.py": LIST, "requirements.txt": "click==8.1.7\nidna==3.10\n"})
    locked(project)
    project.build("list.py")
    write(project.folder, {"requirements.txt": "click==8.1.7\nidna==3.10\nsix==1.17.0\n"})
    locked(project)
    dockerfile = project.caliban("compile", "--locked", "list.py").stdout.decode()
    assert "caliban.lock, what is different since the layers above were built: 1 package" in dockerfile
    assert listed(project, "--locked") == ["click==8.1.7", "idna==3.10", "six==1.17.0"]


def test_what_uv_cannot_resolve_is_said_in_its_words_and_nothing_is_written(make: MakeProject) -> None:
    project = make({**LOCAL, "requirements.txt": "--no-index\n--find-links wheels\ncaldemo==7\n"})
    ran = project.caliban("lock", "list.py")
    assert (ran.code, (project.folder / "caliban.lock").exists()) == (2, False)
    assert "error[not-resolved]" in ran.stderr and "caldemo==7" in ran.stderr


def test_no_code_of_a_package_runs_on_this_machine(make: MakeProject) -> None:
    project = make({"list.py": LIST, "requirements.txt": "docopt==0.6.2\n"})
    ran = project.caliban("lock", "list.py")
    assert (ran.code, "take a version that has a wheel" in ran.stderr) == (2, True), ran.stderr


def test_a_project_that_cannot_be_written_is_told(make: MakeProject) -> None:
    project = make(LOCAL)
    (project.folder / "caliban.lock").mkdir()
    ran = project.caliban("lock", "list.py")
    assert (ran.code, "Traceback" in ran.stderr) == (2, False), ran.stderr
    assert sorted(os.listdir(project.folder)) == ["caliban.lock", "list.py", "requirements.txt", "wheels"]


def test_without_a_network_uvs_words_say_so(make: MakeProject, tmp_path: Path) -> None:
    project = make({"list.py": LIST, "requirements.txt": "six\n"})
    without_folders = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
    offline = {"UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path / "empty")}
    ran = project.caliban("lock", "list.py", env={**without_folders, **offline})
    assert (ran.code, "error[not-resolved]" in ran.stderr, "network" in ran.stderr) == (2, True, True)


def test_two_copies_of_a_locked_project_give_the_same_files(make: MakeProject, mirror: str, tmp_path: Path) -> None:
    """Other times, another place, another state folder, nothing cached: equal names, modes, owners and contents."""
    files = {**LOCAL, **from_mirror(mirror, apt_packages=["tree"])}
    one, other = make(files), make(files)
    locked(one)
    write(other.folder, {"caliban.lock": (one.folder / "caliban.lock").read_bytes()})
    for path in other.folder.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    other = other.with_home(tmp_path / "another-home")
    images = [project.build("--locked", "--no_cache", "list.py") for project in (one, other)]
    first, second = (_files(image) for image in images)
    assert first == second


def _files(image: str) -> dict[str, tuple[int, int, int, str]]:
    """Every file of the image: its mode, owner, group and content, by path."""
    container = docker("create", image).strip()
    found = {}
    try:
        with (
            subprocess.Popen(["docker", "export", container], stdout=subprocess.PIPE) as exporting,
            tarfile.open(fileobj=exporting.stdout, mode="r|") as archive,
        ):
            for member in archive:
                file = archive.extractfile(member) if member.isreg() else None
                content = hashlib.sha256(file.read()).hexdigest() if file else member.linkname
                found[member.name] = (member.mode, member.uid, member.gid, content)
    finally:
        docker("rm", container)
    assert exporting.returncode == 0, "docker export failed"
    assert any("caldemo.py" in path for path in found), "the packages are there"
    return found
