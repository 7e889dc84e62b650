"""What the project's own build printed before it failed, into one problem with its place and remedy."""

import pytest
from accounts import failure
from msgspec.structs import replace

from caliban.compiler.diagnostics import Diagnostic, Place
from caliban.compiler.input.config import Config, Settings
from caliban.compiler.input.project import Entry, FileFact, Folder, Package, Project
from caliban.runtime.building.failure import explain

SETTINGS = Settings(
    mode="cpu", base_image=None, base_source=None, python=None, python_source=None, platform=None, mirror=None,
    apt_packages=(), build_secrets=(), granted_secrets=(), rewrites=True, env=(), engine_args=(),
)  # fmt: skip
PACKAGE = Package(path=".", manifest="setup.py", extras=(), requirements=())
PROJECT = Project(
    name="example",
    entry=Entry(target="a.py", argv=("python", "a.py"), code=Folder(path=".", size=0, files=0)),
    config=Config(),
    settings=SETTINGS,
    packages=(PACKAGE,),
    ignore_text="*.md\n",
    ignore_patterns=("*.md", "**/.env*"),
)
LEGACY = "setuptools.build_meta:__legacy__.get_requires_for_build_wheel"
NAMED = "setuptools.build_meta.build_wheel"
WITHOUT_IT = "correct its build, or run its code without installing it: --no_install_project"


def facts(*paths: str) -> tuple[FileFact, ...]:
    return tuple(FileFact(path, 0o100644, 1, 1, 1, 1) for path in paths)


def told(
    raised: str,
    *frames: str,
    call: str = LEGACY,
    package: Package = PACKAGE,
    files: tuple[str, ...] = ("setup.py",),
    folder: str = ".",
) -> Diagnostic:
    """The problem of a build that raised this at the end of these frames, the first of which is uv's own."""
    lines = [
        f"[wheel 1/1] RUN --mount=type=bind,source={folder},target=/tmp/project uv build --wheel /tmp/build",
        "0.213 Building wheel...",
        "0.755 Traceback (most recent call last):",
        '0.755   File "<string>", line 14, in <module>',
        *(f"0.757   File {frame}" for frame in frames),
        f"0.757 {raised}",
        "0.760 error: Failed to build `/tmp/build`",
        f"0.760   cause: Call to `{call}` failed (exit status: 1)",
        "0.760 hint: what uv would do",
        "0.760 or this",
        'ERROR: process "/bin/sh -c uv build" did not complete successfully: exit code: 1',
    ]
    words = "".join(f"#10 {line}\n" for line in lines)
    (problem,) = explain(failure(words), replace(PROJECT, packages=(package,), files=facts(*files)), lambda: None)
    return problem


SETUP = '"<string>", line 3, in <module>'


def test_what_the_projects_own_build_raised_is_the_cause() -> None:
    problem = told("KeyError: 'MY_VAR'", SETUP, '"<frozen os>", line 679, in __getitem__')
    assert problem == Diagnostic(
        code="build-failed",
        message="the project cannot be built: KeyError: 'MY_VAR'",
        place=Place(source="setup.py", line=3),
        quotes=("uv: error: Failed to build `/tmp/build`", f"uv: cause: Call to `{LEGACY}` failed (exit status: 1)"),
        hint="if it is a variable of your environment, lend it to the build: --build_secret MY_VAR",
    )


@pytest.mark.parametrize(
    ("frames", "place"),
    [
        ((SETUP,), Place(source="setup.py", line=3)),
        ((SETUP, '"/tmp/build/pkg/__init__.py", line 7, in <module>'), Place(source="pkg/__init__.py", line=7)),
        ((SETUP, '"/usr/lib/python3.11/json/decoder.py", line 5, in decode'), Place(source="setup.py", line=3)),
        (('"/tmp/build/hatch_build.py", line 2, in initialize',), Place(source="hatch_build.py", line=2)),
        (('"/tmp/build/made/by/the/build.py", line 2, in f',), None),
        ((), None),
    ],
)
def test_the_place_is_the_last_line_of_the_projects_own_code(frames: tuple[str, ...], place: Place | None) -> None:
    files = ("hatch_build.py", "pkg/__init__.py", "setup.py")
    assert told("ValueError: no", *frames, files=files).place == place


@pytest.mark.parametrize(
    ("raised", "call", "files", "hint"),
    [
        (
            "ModuleNotFoundError: No module named 'numpy.core'",
            LEGACY,
            ("setup.py",),
            'write into pyproject.toml:\n[build-system]\nrequires = ["setuptools", "numpy"]',
        ),
        (
            "ModuleNotFoundError: No module named 'cv2'",
            NAMED,
            ("setup.py",),
            'in [build-system] of pyproject.toml, add to requires: "opencv-python-headless"',
        ),
        (
            "ModuleNotFoundError: No module named 'about'",
            NAMED,
            ("about.py", "setup.py"),
            'in [build-system] of pyproject.toml, write: build-backend = "setuptools.build_meta:__legacy__"',
        ),
        (
            "ModuleNotFoundError: No module named 'nosuch'",
            "nosuch.build.build_wheel",
            ("setup.py",),
            "check 'build-backend' in [build-system], and name the package that has it in 'requires'; "
            'of setuptools it is "setuptools.build_meta"',
        ),
        ("ModuleNotFoundError: No module named 'torch'", NAMED, ("setup.py",), WITHOUT_IT),
        (
            "FileNotFoundError: [Errno 2] No such file or directory: 'README.md'",
            LEGACY,
            ("setup.py",),
            "add a line below it: !README.md",
        ),
        (
            "FileNotFoundError: [Errno 2] No such file or directory: '/tmp/build/.env'",
            LEGACY,
            ("setup.py",),
            "bring it back: --include .env",
        ),
        (
            "FileNotFoundError: [Errno 2] No such file or directory: 'VERSION'",
            LEGACY,
            ("setup.py",),
            "'VERSION' is not in the project: write it, or correct this line",
        ),
        ("ValueError: no", LEGACY, ("setup.py",), WITHOUT_IT),
    ],
)
def test_each_cause_has_its_remedy(raised: str, call: str, files: tuple[str, ...], hint: str) -> None:
    assert told(raised, SETUP, call=call, files=files).hint == hint


def test_a_file_that_is_left_out_is_placed_at_the_line_that_leaves_it_out() -> None:
    problem = told("FileNotFoundError: [Errno 2] No such file or directory: 'README.md'", SETUP)
    assert (problem.place, problem.message) == (
        Place(source=".dockerignore", line=1, text="*.md"),
        "the project cannot be built: setup.py:3 reads 'README.md', which this line leaves out",
    )


def test_a_program_that_is_missing_is_no_file_of_the_project() -> None:
    raised = "FileNotFoundError: [Errno 2] No such file or directory: 'swig'"
    problem = told(raised, SETUP, '"/usr/lib/python3.11/subprocess.py", line 1955, in _execute_child')
    assert problem.hint == 'add the Debian package that has it to .calibanconfig.json: "apt_packages": ["swig"]'


def test_a_distribution_in_a_folder_is_named_with_its_own_files() -> None:
    package = replace(PACKAGE, path="libs/foo", manifest="libs/foo/setup.py")
    raised = "ModuleNotFoundError: No module named 'numpy'"
    problem = told(raised, SETUP, package=package, files=("libs/foo/setup.py", "setup.py"), folder="libs/foo")
    assert (problem.place, (problem.hint or "").splitlines()[0]) == (
        Place(source="libs/foo/setup.py", line=3),
        "write into libs/foo/pyproject.toml:",
    )


def test_what_only_its_build_can_list_cannot_be_left_out() -> None:
    assert told("ValueError: no", SETUP, package=replace(PACKAGE, requirements=None)).hint is None


def test_what_a_compiler_says_is_quoted() -> None:
    words = (
        "#10 [wheel 1/1] RUN uv build --wheel /tmp/build\n"
        "#10 0.7 fast.c:3:10: fatal error: zlib.h: No such file or directory\n"
        "#10 0.8 error: command '/usr/bin/gcc' failed with exit code 1\n"
        "#10 ERROR: process did not complete successfully: exit code: 1\n"
    )
    (problem,) = explain(failure(words), PROJECT, lambda: None)
    assert problem.quotes[0] == "uv: fast.c:3:10: fatal error: zlib.h: No such file or directory"
    assert problem.hint is None
