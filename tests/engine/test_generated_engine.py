"""What the build of a project generates is importable beside its copied source, as after `pip install -e`."""

import pytest
from conftest import MakeProject
from support import Files, RealProject, docker, write

# The headers of Python are in python's own images; the stand-in of the tests is Debian's Python.
COMPILER = {".calibanconfig.json": '{"apt_packages": ["gcc", "libc6-dev", "python3-dev"]}'}
SYSTEM = '[build-system]\nrequires = [{requires}]\nbuild-backend = "{backend}"\n'
NAMED = '[project]\nname = "pkg"\nversion = "1.2"\n'
# As a module, as a script of the package, and as a script beside it.
ENTRIES = ("pkg.train", "{root}pkg/train.py", "examples/t.py")
TELL = "from pkg.made import answer\nprint(answer())\n"
MADE = 'def answer():\n    return "of the build"\n'
EXTENSION = r"""
#define PY_SSIZE_T_CLEAN
#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *args) { return PyUnicode_FromString("of the build"); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "made", NULL, -1, methods};
PyMODINIT_FUNC PyInit_made(void) { return PyModule_Create(&module); }
"""
BUILD_PY = f"""
import os
from setuptools import setup
from setuptools.command.build_py import build_py
class Build(build_py):
    def run(self):
        super().run()
        with open(os.path.join(self.build_lib, "pkg", "made.py"), "w") as file:
            file.write({MADE!r})
"""
SETUP = BUILD_PY + 'setup(name="pkg", version="1.2", packages=["pkg"], cmdclass={"build_py": Build})\n'
IN_SRC = SETUP.replace("packages=", 'package_dir={"": "src"}, packages=')
PROTOBUF = """
import os
from grpc_tools import protoc
from setuptools import setup
from setuptools.command.build_py import build_py
class Build(build_py):
    def run(self):
        super().run()
        assert protoc.main(["protoc", "-I.", f"--python_out={self.build_lib}", "pkg/note.proto"]) == 0
setup(name="pkg", version="1.2", packages=["pkg"], cmdclass={"build_py": Build}, install_requires=["protobuf"])
"""
HATCH_HOOK = f"""
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
class Hook(BuildHookInterface):
    def initialize(self, version, build_data):
        with open("made.py", "w") as file:
            file.write({MADE!r})
        build_data["force_include"]["made.py"] = "pkg/made.py"
"""
CMAKE = """
cmake_minimum_required(VERSION 3.18)
project(pkg LANGUAGES C)
find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)
python_add_library(made MODULE made.c WITH_SOABI)
install(TARGETS made DESTINATION pkg)
"""
MESON = """
project('pkg', 'c')
python = import('python').find_installation(pure: false)
python.install_sources(['pkg/__init__.py', 'pkg/train.py'], subdir: 'pkg')
python.extension_module('made', 'made.c', subdir: 'pkg', install: true)
"""


def manifest(backend: str, *requires: str, more: str = "") -> str:
    quoted = ", ".join(f'"{name}"' for name in requires)
    return SYSTEM.format(requires=quoted, backend=backend) + NAMED + more


def package(files: Files, root: str = "", train: str = TELL) -> Files:
    return {f"{root}pkg/__init__.py": "", f"{root}pkg/train.py": train, "examples/t.py": train, **files}


GENERATING = {
    "a build_py of setuptools": ("", package({"setup.py": SETUP})),
    "a build_py of setuptools, in src": ("src/", package({"setup.py": IN_SRC}, "src/")),
    "an extension of setuptools": (
        "",
        package(
            {
                **COMPILER,
                "setup.py": "from setuptools import Extension, setup\n"
                "setup(name='pkg', version='1.2', packages=['pkg'], ext_modules=[Extension('pkg.made', ['made.c'])])\n",
                "made.c": EXTENSION,
            }
        ),
    ),
    "protobuf modules": (
        "",
        package(
            {
                "pyproject.toml": '[build-system]\nrequires = ["setuptools", "grpcio-tools"]\n',
                "setup.py": PROTOBUF,
                "pkg/note.proto": 'syntax = "proto3";\nmessage Note { string text = 1; }\n',
            },
            train="from pkg.note_pb2 import Note\nprint(Note(text='of the build').text)\n",
        ),
    ),
    "setuptools-scm": (
        "",
        package(
            {
                "pyproject.toml": SYSTEM.format(
                    requires='"setuptools", "setuptools-scm"', backend="setuptools.build_meta"
                )
                + '[project]\nname = "pkg"\ndynamic = ["version"]\n[tool.setuptools]\npackages = ["pkg"]\n'
                + '[tool.setuptools_scm]\nversion_file = "pkg/made.py"\nfallback_version = "1.2"\n'
            },
            train="from pkg.made import version\nprint({'1.2': 'of the build'}[version])\n",
        ),
    ),
    "hatch-vcs": (
        "src/",
        package(
            {
                "pyproject.toml": SYSTEM.format(requires='"hatchling", "hatch-vcs"', backend="hatchling.build")
                + '[project]\nname = "pkg"\ndynamic = ["version"]\n'
                + '[tool.hatch.version]\nsource = "vcs"\nfallback-version = "1.2"\n'
                + '[tool.hatch.build.hooks.vcs]\nversion-file = "src/pkg/made.py"\n'
            },
            "src/",
            train="from pkg.made import version\nprint({'1.2': 'of the build'}[version])\n",
        ),
    ),
    "a hook of hatch": (
        "",
        package(
            {
                "pyproject.toml": manifest("hatchling.build", "hatchling", more="[tool.hatch.build.hooks.custom]\n"),
                "hatch_build.py": HATCH_HOOK,
            }
        ),
    ),
    "package data of hatch from elsewhere": (
        "",
        package(
            {
                "pyproject.toml": manifest(
                    "hatchling.build",
                    "hatchling",
                    more='[tool.hatch.build.targets.wheel.force-include]\n"assets/note" = "pkg/data/note"\n',
                ),
                "assets/note": "of the build",
            },
            train="from importlib.resources import files\nprint((files('pkg') / 'data/note').read_text())\n",
        ),
    ),
    "scikit-build-core": (
        "src/",
        package(
            {
                **COMPILER,
                "pyproject.toml": manifest("scikit_build_core.build", "scikit-build-core", "cmake", "ninja"),
                "CMakeLists.txt": CMAKE,
                "made.c": EXTENSION,
            },
            "src/",
        ),
    ),
    "maturin": (
        "",
        package(
            {
                ".calibanconfig.json": '{"apt_packages": ["cargo", "gcc", "libc6-dev"]}',
                "pyproject.toml": manifest(
                    "maturin",
                    "maturin",
                    "cffi",
                    more='dependencies = ["cffi"]\n[tool.maturin]\nbindings = "cffi"\nmodule-name = "pkg.made"\n',
                ),
                "Cargo.toml": '[package]\nname = "made"\nversion = "1.2.0"\nedition = "2021"\n'
                '[lib]\nname = "made"\ncrate-type = ["cdylib"]\n',
                "src/lib.rs": '#[no_mangle]\npub extern "C" fn answer() -> u32 { 42 }\n',
            },
            train="from pkg.made import lib\nprint({42: 'of the build'}[lib.answer()])\n",
        ),
    ),
    "meson-python": (
        "",
        package(
            {
                **COMPILER,
                "pyproject.toml": manifest("mesonpy", "meson-python", "ninja"),
                "meson.build": MESON,
                "made.c": EXTENSION,
            }
        ),
    ),
}


def layers(image: str) -> list[str]:
    return docker("image", "inspect", "--format", "{{range .RootFS.Layers}}{{.}} {{end}}", image).split()


def answers(project: RealProject, root: str) -> list[str]:
    """What each entry prints, or why it prints nothing."""
    ran = [project.run(entry.format(root=root)) for entry in ENTRIES]
    return [each.stdout.decode() if each.code == 0 else each.stderr[-1500:] for each in ran]


@pytest.mark.parametrize("kind", GENERATING)
def test_what_a_build_generates_is_importable_by_every_entry(kind: str, make: MakeProject) -> None:
    root, files = GENERATING[kind]
    assert answers(make(files), root) == ["of the build\n"] * 3


def test_the_copied_source_is_what_runs_and_what_is_generated_belongs_to_the_same_user(make: MakeProject) -> None:
    tell = "import os, pkg, pkg.made\nprint(pkg.__file__, {os.stat(m.__file__).st_uid for m in (pkg, pkg.made)})\n"
    project = make(package({"setup.py": IN_SRC}, "src/", train=tell))
    ran = project.run("pkg.train")
    of_us = docker("run", "--rm", project.build("pkg.train"), "id", "-u")  # the image itself is root's
    assert of_us == "0\n"
    assert ran.stdout.decode().startswith("/usr/app/src/pkg/__init__.py {"), ran.stderr
    assert ran.stdout.decode().count(",") == 0


def test_an_edit_is_run_and_installs_nothing_but_the_project(make: MakeProject) -> None:
    files = package({"setup.py": SETUP.replace("version=", "install_requires=['six==1.16.0'], version=")})
    project = make(files)
    before = layers(project.build("pkg.train"))
    write(project.folder, {"pkg/train.py": TELL.replace("answer()", "'edited', answer()")})
    ran = project.run("pkg.train")
    after = layers(project.build("pkg.train"))
    assert ran.stdout == b"edited of the build\n", ran.stderr
    assert [old == new for old, new in zip(before, after, strict=True)].index(False) == len(
        before
    ) - 3  # from the code on


def test_a_file_that_the_edit_removes_does_not_live_on(make: MakeProject) -> None:
    tell = "import importlib.util as u\nprint(*(u.find_spec(f'pkg.{n}') is not None for n in ('made', 'old')))\n"
    project = make(package({"setup.py": SETUP, "pkg/old.py": ""}, train=tell))
    said = [project.run(entry.format(root="")).stdout for entry in ENTRIES]
    (project.folder / "pkg/old.py").unlink()
    said += [project.run(entry.format(root="")).stdout for entry in ENTRIES]
    assert said == [b"True True\n"] * 3 + [b"True False\n"] * 3


def test_what_is_generated_no_more_is_gone(make: MakeProject) -> None:
    tell = "import importlib.util as u\nprint(u.find_spec('pkg.made') is not None)\n"
    project = make(package({"setup.py": SETUP}, train=tell))
    said = [project.run("pkg.train").stdout]
    write(project.folder, {"setup.py": SETUP.replace(', cmdclass={"build_py": Build}', "")})
    said.append(project.run("pkg.train").stdout)
    assert said == [b"True\n", b"False\n"]


def test_what_an_earlier_build_left_in_the_source_gives_way(make: MakeProject) -> None:
    project = make(package({"setup.py": SETUP, "pkg/made.py": 'def answer():\n    return "stale"\n'}))
    assert answers(project, "") == ["of the build\n"] * 3


def test_a_folder_of_the_same_name_that_is_no_source_of_the_package_is_left_as_it_is(make: MakeProject) -> None:
    files = package({"setup.py": IN_SRC}, "src/")
    own = {"examples/pkg/__init__.py": "", "examples/pkg/train.py": "kind = 'an example'\n"}
    tell = "from pkg.train import kind\nimport os\nprint(kind, sorted(os.listdir('examples/pkg')))\n"
    ran = make({**files, **own, "examples/t.py": tell}).run("examples/t.py")
    assert ran.stdout.decode().startswith("an example ['__init__.py', "), ran.stderr
    assert "made.py" not in ran.stdout.decode()


@pytest.mark.parametrize("name", ["setup.py", "pyproject.toml"])
def test_a_package_in_src_finds_the_manifest_above_itself(name: str, make: MakeProject) -> None:
    above = f"from pathlib import Path\nROOT = next(f for f in Path(__file__).parents if (f / {name!r}).exists())\n"
    files = {
        "setup.py": {"setup.py": IN_SRC},
        "pyproject.toml": {"pyproject.toml": manifest("hatchling.build", "hatchling")},  # is installed in place
    }[name]
    project = make({**package(files, "src/", train="import pkg\nprint(pkg.ROOT)\n"), "src/pkg/__init__.py": above})
    ran = project.run("pkg.train")
    assert (ran.code, ran.stdout) == (0, b"/usr/app\n"), ran.stderr
