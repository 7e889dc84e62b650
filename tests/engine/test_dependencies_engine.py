"""What is declared is what is installed, from tiny wheels of our own; a code edit installs nothing again (SPEC §3)."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import MakeProject
from support import UV, Files, docker, in_folder, tree, wheel, write

WHEELS = {
    **wheel("alpha", "1.0", {"alpha.py": "name = 'alpha 1.0'\n"}),
    **wheel("alpha", "2.0", {"alpha.py": "name = 'alpha 2.0'\n"}),
    **wheel("beta", "1.0", {"beta.py": "import alpha\nname = 'beta on ' + alpha.name\n"}, requires=("alpha<2",)),
    **wheel("gamma", "1.0", {"gamma.py": "name = 'gamma'\n"}),
}
INDEX = "--no-index\n--find-links ./wheels\n"
LIST = """
from importlib.metadata import distributions
print(*sorted(f"{d.name}=={d.version}" for d in distributions() if d.name not in ("pip", "setuptools", "wheel")))
"""
# A dependency list that only the build can tell; six is on PyPI, since the wheels here are not asked for it.
SETUP = """
from setuptools import setup
setup(
    name="widget",
    version=open("VERSION").read().strip(),
    long_description=open("README.md").read(),
    packages=["widget"],
    install_requires=open("requirements/core.txt").read().split(),
)
"""
DYNAMIC = {
    "setup.py": SETUP,
    "README.md": "what a widget is",
    "VERSION": "3.0\n",
    "requirements/core.txt": "six==1.16.0\n",
    "widget/__init__.py": "import six\nname = 'widget on six ' + six.__version__\n",
    "examples/go.py": "import widget; print(widget.name)",
}
PYPROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "static"
version = "1.2"
dependencies = ["six==1.16.0"]
[project.optional-dependencies]
fancy = ["iniconfig==2.0.0"]
cpu = ["toml==0.10.2"]
gpu = ["no-such-distribution-of-gpus"]
[tool.setuptools]
packages = ["static"]
"""


def with_wheels(files: Files) -> dict[str, str | bytes]:
    return {**in_folder("wheels", WHEELS), **files}


def layers(image: str) -> list[str]:
    return docker("image", "inspect", "--format", "{{range .RootFS.Layers}}{{.}} {{end}}", image).split()


def test_what_is_declared_is_installed_and_nothing_else(make: MakeProject) -> None:
    project = make(with_wheels({"m/x.py": LIST, "requirements.txt": INDEX + "beta  # and its alpha\n"}))
    ran = project.run("m/x.py")
    assert (ran.code, ran.stdout) == (0, b"alpha==1.0 beta==1.0\n"), ran.stderr


def test_what_the_installer_keeps_for_itself_is_in_no_layer(make: MakeProject) -> None:
    tell = "import os; print(os.listdir(os.environ['HOME']), os.path.exists('/root/.cache'))"
    project = make(with_wheels({"m/x.py": tell, "requirements.txt": INDEX + "alpha\n"}))
    ran = project.run("m/x.py")
    assert (ran.code, ran.stdout) == (0, b"[] False\n"), ran.stderr


def test_where_it_keeps_nothing_it_leaves_nothing_either(make: MakeProject) -> None:
    ((name, content),) = wheel("alpha", "1.0", {"alpha.py": ""}).items()
    digest = hashlib.sha256(content).hexdigest()
    root = '[[package]]\nname = "demo"\nsource = { virtual = "." }\ndependencies = [{ name = "alpha" }]\n'
    alpha = f'[[package]]\nname = "alpha"\nversion = "1.0"\nsource = {{ path = "wheels/{name}" }}\n'
    files: Files = {
        "m/x.py": "",
        "pyproject.toml": '[project]\nname = "demo"\nversion = "1"\ndependencies = ["alpha"]\n',
        "uv.lock": f'version = 1\n{root}{alpha}wheels = [{{ filename = "{name}", hash = "sha256:{digest}" }}]\n',
        f"wheels/{name}": content,
    }
    image = make(files).build("m/x.py")
    assert docker("run", "--rm", "--entrypoint", "find", image, "/root", "-path", "*/.cache*") == ""


def test_without_a_declared_dependency_python_is_bare(make: MakeProject) -> None:
    assert make({"m/x.py": LIST}).run("m/x.py").stdout == b"\n"


def test_included_files_and_constraints_count(make: MakeProject) -> None:
    files = {
        "requirements.txt": "-r reqs/base.txt\n-c reqs/limits.txt\ngamma ; python_version > '3'\n",
        "reqs/base.txt": INDEX.replace("./", "../") + "alpha\n",
        "reqs/limits.txt": "alpha < 2\n",
        "m/x.py": LIST,
    }
    # uv reads --find-links relative to where it runs, and pip to the file: both are the project's wheels
    project = make({**with_wheels(files), **in_folder("reqs/wheels", WHEELS)})
    ran = project.run("m/x.py")
    assert (ran.code, ran.stdout) == (0, b"alpha==1.0 gamma==1.0\n"), ran.stderr


def test_a_local_wheel_is_installed(make: MakeProject) -> None:
    files = {"m/x.py": LIST, "requirements.txt": "./wheels/gamma-1.0-py3-none-any.whl\n"}
    ran = make(with_wheels(files)).run("m/x.py")
    assert (ran.code, ran.stdout) == (0, b"gamma==1.0\n"), ran.stderr


def test_named_requirements_replace_those_that_are_found(make: MakeProject) -> None:
    files = {"m/x.py": LIST, "requirements.txt": INDEX + "beta\n", "other.txt": INDEX + "gamma\n"}
    ran = make(with_wheels(files)).run("--requirements", "other.txt", "m/x.py")
    assert (ran.code, ran.stdout) == (0, b"gamma==1.0\n"), ran.stderr


def test_a_changed_requirement_is_installed(make: MakeProject) -> None:
    project = make(with_wheels({"m/x.py": LIST, "requirements.txt": INDEX + "alpha==1.0\n"}))
    said = [project.run("m/x.py").stdout]
    write(project.folder, {"requirements.txt": INDEX + "alpha==2.0\n"})
    said.append(project.run("m/x.py").stdout)
    assert said == [b"alpha==1.0\n", b"alpha==2.0\n"]


@pytest.mark.parametrize("edited", ["alpha\ngamma\n", "# why\n\ngamma # because\nalpha\n", "gamma\r\nalpha\r\n"])
def test_comments_order_and_line_ends_of_requirements_rebuild_nothing(edited: str, make: MakeProject) -> None:
    project = make(with_wheels({"m/x.py": LIST, "requirements.txt": INDEX + "gamma\nalpha\n"}))
    before = layers(project.build("m/x.py"))
    write(project.folder, {"requirements.txt": INDEX + edited})
    assert layers(project.build("m/x.py")) == before


def test_a_code_edit_rebuilds_the_code_layer_only(make: MakeProject) -> None:
    project = make(with_wheels({"m/x.py": LIST, "requirements.txt": INDEX + "beta\n"}))
    before = layers(project.build("m/x.py"))
    write(project.folder, {"m/x.py": "print('edited')"})
    after = layers(project.build("m/x.py"))
    assert (before[:-1], before[-1] == after[-1]) == (after[:-1], False)


def test_a_requirement_that_does_not_exist_is_told_once_with_its_line(make: MakeProject) -> None:
    project = make(with_wheels({"m/x.py": "", "requirements.txt": INDEX + "gamma\nno-such-thing==1\n"}))
    ran = project.caliban("run", "m/x.py")
    error = ran.stderr[ran.stderr.index("error[") :]
    assert (ran.code, ran.stdout, project.images()) == (125, b"", set())
    assert ("requirements.txt:4" in error, ran.stderr.count("was not found in the provided package")) == (True, 1), (
        ran.stderr
    )


def test_requirements_that_contradict_each_other_are_told(make: MakeProject) -> None:
    project = make(with_wheels({"m/x.py": "", "requirements.txt": INDEX + "beta\nalpha==2.0\n"}))
    ran = project.run("m/x.py")
    lines = re.findall(r"(?m)^ +(requirements\.txt:\d+  .*)$", ran.stderr)
    assert (ran.code, project.images(), sorted(lines), "Traceback" in ran.stderr) == (
        125,
        set(),
        ["requirements.txt:3  beta", "requirements.txt:4  alpha==2.0"],
        False,
    ), ran.stderr


def test_a_project_that_reads_files_while_it_is_built_is_installed(make: MakeProject) -> None:
    project = make(DYNAMIC)
    before = tree(project.folder)
    ran = project.run("examples/go.py")
    assert (ran.code, ran.stdout) == (0, b"widget on six 1.16.0\n"), ran.stderr
    assert tree(project.folder) == before


def test_an_edit_of_an_installed_project_installs_no_third_party_package_anew(make: MakeProject) -> None:
    project = make(DYNAMIC)
    before = layers(project.build("examples/go.py"))
    write(project.folder, {"widget/__init__.py": "name = 'edited'\n"})
    image = project.build("examples/go.py")
    third_party = before.index(
        next(layer for layer, other in zip(before, layers(image), strict=True) if layer != other)
    )
    with_six = docker("run", "--rm", image, "python", "-c", "import six, widget; print(widget.name)")
    assert (with_six, third_party) == ("edited\n", len(before) - 2)  # the project, and what its build generates


def test_a_static_project_brings_its_extras(make: MakeProject) -> None:
    project = make({"pyproject.toml": PYPROJECT, "static/__init__.py": "", "static/x.py": LIST})
    said = [project.run("static.x").stdout, project.run("--extras", "fancy", "static.x").stdout]
    assert said == [
        b"six==1.16.0 static==1.2 toml==0.10.2\n",
        b"iniconfig==2.0.0 six==1.16.0 static==1.2 toml==0.10.2\n",
    ]


def test_an_editable_project_in_requirements_is_always_current(make: MakeProject) -> None:
    project = make({**DYNAMIC, "requirements.txt": "-e .\n"})
    said = [project.run("examples/go.py").stdout]
    write(project.folder, {"widget/__init__.py": "name = 'edited'\n"})
    said.append(project.run("examples/go.py").stdout)
    assert said == [b"widget on six 1.16.0\n", b"edited\n"]


def test_the_indexes_of_requirements_serve_the_project_that_they_install(make: MakeProject) -> None:
    files = {
        **DYNAMIC,
        "requirements.txt": "--find-links ./wheels\n-e .\n",
        "requirements/core.txt": "caliban-e2e-only-here\n",
    }
    own = in_folder("wheels", wheel("caliban_e2e_only_here", "1.0", {"six.py": "__version__ = 'from our index'\n"}))
    ran = make({**files, **own}).run("examples/go.py")
    assert (ran.code, ran.stdout) == (0, b"widget on six from our index\n"), ran.stderr


def test_what_a_project_tells_only_while_it_is_built_may_not_contradict_its_requirements(make: MakeProject) -> None:
    ran = make({**DYNAMIC, "requirements.txt": "six==1.15.0\n"}).run("examples/go.py")
    assert (ran.code, ran.stdout, "six" in ran.stderr) == (125, b"", True)


def test_a_folder_that_cannot_be_packaged_still_runs(make: MakeProject) -> None:
    two_packages = '[project]\nname = "flat"\nversion = "1"\ndependencies = ["six==1.16.0"]\n'
    project = make({"pyproject.toml": two_packages, "one/x.py": "import six; print(six.__version__)", "two/y.py": ""})
    ran = project.run("one/x.py")
    assert (ran.code, ran.stdout) == (0, b"1.16.0\n"), ran.stderr


def test_a_project_whose_own_build_fails_is_told(make: MakeProject) -> None:
    project = make({**DYNAMIC, "setup.py": "raise SystemExit('setup.py gives up')\n"})
    ran = project.run("examples/go.py")
    assert (ran.code, ran.stdout, project.images(), "setup.py gives up" in ran.stderr) == (125, b"", set(), True)


def test_an_emitted_dockerfile_with_dependencies_builds_without_caliban(make: MakeProject, tmp_path: Path) -> None:
    project = make(with_wheels({"m/x.py": LIST, "requirements.txt": INDEX + "beta\n"}))
    dockerfile = project.caliban("compile", "m/x.py").stdout
    (tmp_path / "uv-alone").mkdir()
    shutil.copy2(UV, tmp_path / "uv-alone/uv")
    uv = re.search(rb"--mount=from=(\S+?),", dockerfile)  # its own image, which no registry gives us here
    assert uv is not None
    done = subprocess.run(
        [
            "docker",
            "buildx",
            "build",
            "--quiet",
            "--build-context",
            f"{uv[1].decode()}={tmp_path}/uv-alone",
            "-f",
            "-",
            ".",
        ],
        input=dockerfile,
        cwd=project.folder,
        stdout=subprocess.PIPE,
        check=True,
    )
    image = done.stdout.decode().strip()
    said = docker("run", "--rm", image, "python", "m/x.py")
    docker("image", "rm", image)
    assert said == "alpha==1.0 beta==1.0\n"
