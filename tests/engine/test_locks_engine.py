"""What a lock holds is what is installed, of every format: real locks, real packages from PyPI (SPEC §3)."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import MakeProject
from support import BASE, UV, RealProject, docker, from_mirror, write

GOLDEN = Path(__file__).parent.parent.parent / "golden"
LIST = """
from importlib.metadata import distributions
names = {d.name.lower(): d.version for d in distributions()}
print(*sorted(f"{name}=={version}" for name, version in names.items() if name not in ("pip", "setuptools", "wheel")))
"""
PYPROJECT = """
[project]
name = "demo"
version = "1"
requires-python = ">=3.11"
dependencies = ["click==8.1.7"]
[project.optional-dependencies]
other = ["six==1.16.0"]
"""


def locked_project(make: MakeProject, case: str, *, script: str = "train.py") -> RealProject:
    """The project of a golden case, with a script that prints what is installed."""
    folder = GOLDEN / case / "project"
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return make({**files, script: LIST})


@pytest.mark.parametrize(
    ("case", "script", "installed"),
    [
        ("a_uv_lock_is_installed_exactly", "train.py", b"click==8.5.1 six==1.17.0\n"),
        ("a_pylock_is_installed_exactly", "train.py", b"click==8.5.1 six==1.17.0\n"),
        ("a_poetry_lock_is_installed_exactly", "main.py", b"click==8.5.1 iniconfig==2.3.1 markupsafe==3.0.4\n"),
        ("a_lock_of_an_old_poetry_is_installed_exactly", "main.py", b"click==8.5.1 iniconfig==2.3.1\n"),
        ("a_pipfile_lock_is_installed_exactly", "train.py", b"click==8.5.1 six==1.17.0\n"),
        (
            "a_pdm_lock_is_installed_exactly",
            "train.py",
            b"certifi==2026.10.19.post1 charset-normalizer==3.5.3 click==8.5.1 idna==3.20 pysocks==1.7.1 "
            b"requests==2.34.2 six==1.17.0 urllib3==2.8.0\n",
        ),
        ("a_locked_wheel_in_the_project_is_mounted", "train.py", b"tiny==0.1.0\n"),
    ],
)
def test_what_is_locked_is_installed_and_nothing_else(
    make: MakeProject, case: str, script: str, installed: bytes
) -> None:
    ran = locked_project(make, case, script=script).run(script)
    assert (ran.code, ran.stdout) == (0, installed), ran.stderr


def layers(image: str) -> list[str]:
    return docker("image", "inspect", "--format", "{{range .RootFS.Layers}}{{.}} {{end}}", image).split()


def lock(project: RealProject) -> None:
    """Locks with the uv that caliban depends on."""
    subprocess.run([UV, "lock", "--quiet"], cwd=project.folder, check=True)


def test_a_lock_edit_that_does_not_concern_the_image_rebuilds_nothing_of_its_packages(make: MakeProject) -> None:
    project = make({"m/x.py": LIST, "pyproject.toml": PYPROJECT})
    lock(project)
    before = layers(project.build("m/x.py"))
    write(project.folder, {"pyproject.toml": PYPROJECT.replace("1.16.0", "1.17.0")})
    lock(project)
    assert layers(project.build("m/x.py")) == before
    ran = project.run("--extras", "other", "m/x.py")
    assert (ran.code, ran.stdout) == (0, b"click==8.1.7 six==1.17.0\n"), ran.stderr


def test_a_file_with_another_hash_is_refused_with_the_line_of_the_lock(make: MakeProject) -> None:
    project = make({"m/x.py": LIST, "pyproject.toml": PYPROJECT})
    lock(project)
    text = (project.folder / "uv.lock").read_text()
    wheel = re.search(r"click-8.1.7-py3-none-any.whl\", hash = \"sha256:(\w+)", text)
    assert wheel is not None
    write(project.folder, {"uv.lock": text.replace(wheel[1], wheel[1][::-1])})
    ran = project.run("m/x.py")
    told = ran.stderr[ran.stderr.index("error[") :]
    line = text[: text.index('name = "click"')].count("\n") + 1
    assert (ran.code, ran.stdout, project.images(), f"uv.lock:{line}" in told) == (125, b"", set(), True), told


def test_requirements_beside_a_lock_may_add_to_it_and_not_contradict_it(make: MakeProject) -> None:
    project = make({"m/x.py": LIST, "pyproject.toml": PYPROJECT, "requirements.txt": "six==1.16.0\nclick\n"})
    lock(project)
    said = project.run("m/x.py").stdout
    write(project.folder, {"requirements.txt": "click<8\n"})
    ran = project.run("m/x.py")
    assert (said, ran.code, "requirements.txt:1" in ran.stderr) == (b"click==8.1.7 six==1.16.0\n", 125, True)


def test_members_of_a_workspace_are_installed(make: MakeProject) -> None:
    case = "a_member_of_a_locked_workspace_is_installed"
    ran = locked_project(make, case).run("train.py")
    assert (ran.code, ran.stdout) == (0, b"core==0.1.0 six==1.17.0\n"), ran.stderr


def test_a_lock_on_a_base_with_a_python_of_its_own_installs_for_that(make: MakeProject) -> None:
    project = make({"m/x.py": LIST, "pyproject.toml": PYPROJECT})
    lock(project)
    ran = project.run("--base_image", BASE, "m/x.py")
    assert (ran.code, ran.stdout) == (0, b"click==8.1.7\n"), ran.stderr


@pytest.mark.parametrize("with_folder", [False, True], ids=["indexes", "a-wheel-folder"])
def test_a_changed_lock_is_installed_exactly_in_a_layer_on_top(
    with_folder: bool, make: MakeProject, mirror: str, tmp_path: Path
) -> None:
    """What was locked before stays in the layers above; what runs has the packages that are locked now."""
    manifest = '[project]\nname = "p"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = [{}]\n'
    project = make({"m/x.py": LIST, **from_mirror(mirror)})
    environment = {}
    if with_folder:  # then each build is lent other wheels
        fetch = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(tmp_path))
        for release in ("pyyaml==6.0.2", "six==1.17.0", "toml==0.10.2"):
            subprocess.run([*fetch, release], check=True)
        environment = {"PIP_FIND_LINKS": str(tmp_path)}
    said, layers = [], []
    for dependencies in ('"pyyaml==6.0.2", "six==1.16.0", "toml==0.10.2"', '"pyyaml==6.0.2", "six==1.17.0"'):
        write(project.folder, {"pyproject.toml": manifest.format(dependencies)})
        subprocess.run([UV, "lock", "--quiet"], cwd=project.folder, check=True)
        image = project.build("m.x", env=environment)
        layers.append(docker("image", "inspect", "--format", "{{.RootFS.Layers}}", image).split())
        said.append(project.run("m.x", env=environment).stdout)
    assert said == [b"pyyaml==6.0.2 six==1.16.0 toml==0.10.2\n", b"pyyaml==6.0.2 six==1.17.0\n"]
    assert layers[1][:-2] == layers[0][:-1]
    clean = project.build("--no_cache", "m.x", env=environment)
    assert docker("run", "--rm", "--workdir", "/usr/app", clean, "python", "-m", "m.x").encode() == said[1]
    assert len(docker("image", "inspect", "--format", "{{.RootFS.Layers}}", clean).split()) == len(layers[0])
