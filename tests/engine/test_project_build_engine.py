"""A project is installed, or it is not and that is said, or the run does not start (SPEC §3)."""

import re

import pytest
from conftest import MakeProject
from support import Files, RealProject, fresh_name, write

TELL = """
from importlib.metadata import PackageNotFoundError, version
def told(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None
print("p", told("p"), "six", told("six"))
"""
SETUP = "from setuptools import setup\n"
CALL = "setup(name='p', version='1', packages=['pkg'], install_requires=['six==1.16.0'])\n"
DISCOVERED = CALL.replace("packages=['pkg'], ", "")
LISTED = CALL.replace("['six==1.16.0']", "open('needs.txt').read().split()")
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
NAMED = '[project]\nname = "p"\nversion = "1"\ndependencies = ["six==1.16.0"]\n'
IN_PLACE = HATCHLING + NAMED + '[tool.hatch.build.targets.wheel]\npackages = ["pkg"]\n'
INSTALLED = b"p 1 six 1.16.0\n"
DEPENDENCIES = b"p None six 1.16.0\n"


def package(files: Files) -> Files:
    return {"pkg/__init__.py": "", "pkg/tell.py": TELL, **files}


def refused(project: RealProject, *words: str) -> str:
    """What is said where nothing may run: the problem alone."""
    ran = project.run(*words, "pkg.tell")
    assert (ran.code, ran.stdout, project.images()) == (125, b"", set()), ran.stderr
    return ran.stderr[ran.stderr.index("error[") :]


@pytest.mark.parametrize(
    "files",
    [{"setup.py": SETUP + CALL}, {"setup.py": SETUP + DISCOVERED}, {"pyproject.toml": IN_PLACE}],
    ids=["built", "discovered", "in place"],
)
def test_a_failure_that_passes_is_an_error_and_remembered_nowhere(files: Files, make: MakeProject) -> None:
    project = make(package(files))
    nobody = {"PIP_INDEX_URL": f"http://127.0.0.1:1/{fresh_name()}/simple"}
    ran = project.run("pkg.tell", env=nobody)
    assert (ran.code, ran.stdout, project.images()) == (125, b"", set()), ran.stderr
    assert "nothing listens there" in ran.stderr
    assert project.run("pkg.tell").stdout == INSTALLED


def test_a_module_that_no_build_requirement_brings_is_named_with_the_lines_to_write(make: MakeProject) -> None:
    project = make(package({"setup.py": f"import iniconfig\n{SETUP}{CALL}"}))
    said = refused(project)
    assert said.startswith(
        "error[build-failed]: the project cannot be built: it imports 'iniconfig', which no build requirement brings\n"
        "  --> setup.py:1\n"
    )
    lines = re.search(r"write into pyproject\.toml:\n((?: {8}.*\n)+)", said)
    assert lines is not None, said
    write(project.folder, {"pyproject.toml": lines[1].replace(" " * 8, "")})
    ran = project.run("pkg.tell")
    assert ran.stdout == INSTALLED, ran.stderr


def test_a_module_of_the_project_is_found_with_the_backend_that_is_named(make: MakeProject) -> None:
    project = make(package({"setup.py": f"import about\n{SETUP}{CALL}", "about.py": "", "pyproject.toml": SETUPTOOLS}))
    said = refused(project)
    line = re.search(r"of pyproject\.toml, write: (build-backend = .*)", said)
    assert (line is not None, "--> setup.py:1" in said) == (True, True), said
    assert line is not None
    write(project.folder, {"pyproject.toml": SETUPTOOLS.replace(SETUPTOOLS.splitlines()[2], line[1])})
    assert project.run("pkg.tell").stdout == INSTALLED


def test_a_readme_that_dockerignore_keeps_from_setup_py_is_named_with_both_lines(make: MakeProject) -> None:
    setup = f"{SETUP}text = open('README.md').read()\n{CALL}"
    project = make(package({"setup.py": setup, "README.md": "", ".dockerignore": "*.md\n"}))
    said = refused(project)
    assert "setup.py:2 reads 'README.md', which this line leaves out\n  --> .dockerignore:1\n" in said, said
    exception = re.search(r"add a line below it: (.*)", said)
    assert exception is not None
    write(project.folder, {".dockerignore": f"*.md\n{exception[1]}\n"})
    assert project.run("pkg.tell").stdout == INSTALLED


def test_a_file_that_setup_py_reads_and_nobody_wrote_is_named_with_its_line(make: MakeProject) -> None:
    said = refused(make(package({"setup.py": f"{SETUP}text = open('README.md').read()\n{CALL}"})))
    assert ("--> setup.py:2" in said, "'README.md' is not in the project" in said) == (True, True), said


def test_a_backend_that_does_not_exist_is_named(make: MakeProject) -> None:
    system = SETUPTOOLS.replace("setuptools.build_meta", "no_such.backend")
    said = refused(make(package({"pyproject.toml": system + NAMED})))
    assert "its build requirements bring no backend 'no_such.backend'\n  --> pyproject.toml\n" in said, said


def test_a_compiler_that_is_missing_comes_by_the_config(make: MakeProject) -> None:
    extension = "from setuptools import Extension, setup\n" + CALL.replace(
        "packages", "ext_modules=[Extension('pkg.fast', ['fast.c'])], packages"
    )
    said = refused(make(package({"setup.py": extension, "fast.c": "broken"})))
    assert 'a compiler is missing; in .calibanconfig.json: "apt_packages": ["build-essential"]' in said, said


@pytest.mark.parametrize(
    "files",
    [{"pyproject.toml": SETUPTOOLS + NAMED}, {"setup.py": SETUP + DISCOVERED}],
    ids=["pyproject.toml", "setup.py"],
)
def test_of_a_flat_layout_that_setuptools_refuses_the_dependencies_are_installed(
    files: Files, make: MakeProject
) -> None:
    ran = make(package({**files, "other/__init__.py": ""})).run("pkg.tell")
    assert (ran.code, ran.stdout) == (0, DEPENDENCIES), ran.stderr
    assert ran.stderr.count("setuptools finds several packages (other, pkg), and takes none") == 1


def test_what_declares_no_build_is_not_installed_and_that_is_said_once(make: MakeProject) -> None:
    project = make(package({"pyproject.toml": NAMED}))
    ran = project.run("pkg.tell")
    assert (ran.code, ran.stdout) == (0, DEPENDENCIES), ran.stderr
    assert ran.stderr.count("pyproject.toml declares nothing to build") == 1
    assert "declares nothing to build" not in project.run("pkg.tell").stderr  # nothing was built


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": IN_PLACE},
        {"setup.py": SETUP + CALL},
        {"setup.py": SETUP + LISTED, "needs.txt": "six==1.16.0"},
    ],
    ids=["in place", "built", "its build lists what it needs"],
)
def test_a_project_may_be_left_uninstalled(files: Files, make: MakeProject) -> None:
    project = make(package(files))
    assert project.run("--no_install_project", "pkg.tell").stdout == DEPENDENCIES
    assert project.run("pkg.tell").stdout == INSTALLED
    write(project.folder, {".calibanconfig.json": '{"install_project": false}'})
    assert project.run("pkg.tell").stdout == DEPENDENCIES


def test_a_project_that_cannot_be_built_runs_without_being_installed(make: MakeProject) -> None:
    project = make(package({"setup.py": f"import no_such_module\n{SETUP}{CALL}"}))
    assert project.run("--no_install_project", "pkg.tell").stdout == DEPENDENCIES
