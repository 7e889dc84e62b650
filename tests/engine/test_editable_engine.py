"""A project that is installed in place is what its wheel would be, and an edit of its code installs nothing."""

import re
import secrets
from uuid import uuid4

import pytest
from conftest import MakeProject
from support import BASE, Files, docker, write

BACKENDS = {
    "setuptools": '"setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
    "hatchling": '"hatchling"]\nbuild-backend = "hatchling.build"\n',
    "flit": '"flit_core>=3.4"]\nbuild-backend = "flit_core.buildapi"\n',
    "uv": '"uv_build"]\nbuild-backend = "uv_build"\n',
}
MANIFEST = """
[project]
name = "widget-maker"
version = "{version}"
description = "makes widgets"
readme = "README.md"
dependencies = []
[project.scripts]
make-widget = "widget_maker.train:main"
[tool.setuptools.package-data]
widget_maker = ["*.txt"]
"""
TRAIN = """
import subprocess
from importlib.metadata import entry_points, version
from importlib.resources import files
import widget_maker
from widget_maker.parts import NAME
def main():
    print("made", NAME)
if __name__ == "__main__":
    (point,) = entry_points(group="console_scripts", name="make-widget")
    print(widget_maker.__file__, version("widget-maker"), point.load().__module__, flush=True)
    print((files("widget_maker") / "size.txt").read_text(), NAME, flush=True)
    subprocess.run(["make-widget"], check=True)
"""
# All that an installer leaves of the metadata, but for what says which files it wrote and how.
SHOW = """
from importlib.metadata import distribution
for file in sorted(distribution("widget-maker").files):
    if ".dist-info/" in str(file) and file.name not in ("RECORD", "WHEEL"):
        print(file, file.read_text())
"""


def widgets(backend: str, root: str = "") -> dict[str, str]:
    return {
        "pyproject.toml": f"[build-system]\nrequires = [{BACKENDS[backend]}" + MANIFEST.format(version="1.2"),
        "README.md": "# Widgets, of any size\n",
        "LICENSE": "as you like\n",
        f"{root}widget_maker/__init__.py": "",
        f"{root}widget_maker/parts.py": "NAME = 'bolt'\n",
        f"{root}widget_maker/train.py": TRAIN,
        f"{root}widget_maker/size.txt": "large",
        "scripts/show.py": SHOW,
    }


def layers(image: str) -> list[str]:
    return docker("image", "inspect", "--format", "{{range .RootFS.Layers}}{{.}} {{end}}", image).split()


@pytest.mark.parametrize(
    ("backend", "root"), [("setuptools", ""), ("setuptools", "src/"), ("hatchling", ""), ("flit", ""), ("uv", "src/")]
)
def test_an_edit_of_a_project_in_place_is_run_and_copies_the_code_alone(
    backend: str, root: str, make: MakeProject
) -> None:
    project = make(widgets(backend, root))
    ran = project.run("widget_maker.train")
    place = f"/usr/app/{root}widget_maker"
    assert ran.stdout.decode() == f"{place}/__init__.py 1.2 widget_maker.train\nlarge bolt\nmade bolt\n", ran.stderr
    unique = secrets.token_hex()  # else an earlier run of this test has cached the copy
    write(project.folder, {f"{root}widget_maker/parts.py": f"NAME = 'nut'  # {unique}\n"})
    built = project.caliban("build", "-v", "widget_maker.train").stderr
    steps = dict(re.findall(r"^#(\d+) \[.*?\d+/\d+\] (RUN|COPY|WORKDIR)", built, re.MULTILINE))
    # The builder also reports a step of another test's build that it found equal to a cached one, as canceled.
    not_run = [step for step in steps if re.search(rf"^#{step} (CACHED|ERROR: context canceled)$", built, re.MULTILINE)]
    assert [word for step, word in steps.items() if step not in not_run] == ["COPY"], built
    assert project.run("widget_maker.train").stdout.decode().endswith("large nut\nmade nut\n")


@pytest.mark.parametrize(("backend", "root"), [("setuptools", "src/"), ("hatchling", ""), ("flit", ""), ("uv", "src/")])
def test_its_metadata_are_those_of_its_wheel(backend: str, root: str, make: MakeProject) -> None:
    project = make({**widgets(backend, root), f"{root}widget_maker/show.py": SHOW})
    in_place = project.run("widget_maker.show")  # copies the modules
    from_wheel = project.run("scripts/show.py")  # copies scripts alone
    assert "uv build --wheel" in from_wheel.stderr
    assert "uv build --wheel" not in in_place.stderr
    assert (in_place.stdout.decode(), from_wheel.code) == (from_wheel.stdout.decode(), 0)
    assert b"Widgets, of any size" in in_place.stdout
    assert (b"as you like" in in_place.stdout) is (backend != "uv")  # which takes a license only if it is named


def test_another_version_or_readme_is_other_metadata(make: MakeProject) -> None:
    files: Files = {**widgets("hatchling"), "widget_maker/show.py": SHOW}
    project = make(files)
    project.run("widget_maker.show")
    manifest = f"[build-system]\nrequires = [{BACKENDS['hatchling']}" + MANIFEST.format(version="2.0")
    said = []
    for changed in ({"README.md": "smaller widgets\n"}, {"pyproject.toml": manifest}):
        write(project.folder, changed)
        text = project.run("widget_maker.show").stdout.decode()
        said.append(("smaller" in text, "Version: 2.0" in text))
    assert said == [(True, False), (True, True)]


@pytest.mark.parametrize(
    ("backend", "table"),
    [
        ("setuptools", '[tool.setuptools.dynamic]\nversion = { attr = "widget_maker.about.VERSION" }\n'),
        ("hatchling", '[tool.hatch.version]\npath = "widget_maker/about.py"\n'),
    ],
)
def test_a_version_that_a_module_holds_is_that_of_the_metadata(backend: str, table: str, make: MakeProject) -> None:
    files = widgets(backend)
    manifest = files["pyproject.toml"].replace('version = "1.2"', 'dynamic = ["version"]') + table
    about = "widget_maker/about.py"
    project = make({**files, "pyproject.toml": manifest, about: "VERSION = '3.4'\n"})
    ran = project.run("widget_maker.train")
    write(project.folder, {about: "VERSION = '3.5'\n"})
    edited = project.run("widget_maker.train")
    versions = [each.stdout.decode().split()[1:2] for each in (ran, edited)]
    assert (versions, "uv build --wheel" in ran.stderr) == ([["3.4"], ["3.5"]], False), ran.stderr


def test_modules_that_no_copy_brings_come_from_the_wheel(make: MakeProject) -> None:
    manifest = widgets("hatchling")["pyproject.toml"]
    project = make(
        {
            "pyproject.toml": manifest + '[tool.hatch.build.targets.wheel]\npackages = ["widget_maker", "parts"]\n',
            "README.md": "",
            "LICENSE": "",
            "widget_maker/__init__.py": "",
            "widget_maker/train.py": "import parts; print(parts.__file__, parts.NAME)\ndef main(): ...\n",
            "parts/__init__.py": "NAME = 'bolt'\n",
        }
    )
    said = [project.run("widget_maker.train").stdout.decode().split()[-1]]
    write(project.folder, {"parts/__init__.py": "NAME = 'nut'\n"})
    path, name = project.run("widget_maker.train").stdout.decode().split()
    assert (said, name, path.endswith("site-packages/parts/__init__.py")) == (["bolt"], "nut", True)


def test_a_project_in_place_leaves_nothing_where_the_code_goes(make: MakeProject) -> None:
    project = make({**widgets("setuptools"), "widget_maker/ls.py": "import os; print(sorted(os.listdir()))"})
    assert project.run("widget_maker.ls").stdout == b"['widget_maker']\n"


def test_a_project_in_place_uses_the_python_of_a_named_base(make: MakeProject) -> None:
    project = make(widgets("hatchling"))
    ran = project.run("--base_image", BASE, "widget_maker.train")
    assert (ran.code, ran.stdout.decode().splitlines()[-1]) == (0, "made bolt"), ran.stderr


def test_a_project_that_its_backend_refuses_is_an_error_and_runs_without_being_installed(make: MakeProject) -> None:
    files = widgets("hatchling")
    unbuilt = files["pyproject.toml"].replace("makes widgets", str(uuid4()))  # what is cached says nothing again
    wrong = unbuilt.replace('version = "1.2"', 'version = "1.2"\nclassifiers = ["No :: Such Thing"]')
    project = make({**files, "pyproject.toml": wrong, "widget_maker/x.py": "print('runs')"})
    refused = project.run("widget_maker.x")
    assert (refused.code, refused.stdout, "No :: Such Thing" in refused.stderr) == (125, b"", True), refused.stderr
    assert project.run("--no_install_project", "widget_maker.x").stdout == b"runs\n"
