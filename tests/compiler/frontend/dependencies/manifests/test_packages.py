"""Packages: what a folder of the project is as a distribution, its extras, and the Python it wants."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from projects import project, told

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies.manifests.packages import (
    check_listed,
    read_package,
    select_extras,
    takes_version_from_git,
)
from caliban.compiler.frontend.dependencies.pythons import read_pythons
from caliban.compiler.input.invocation import Mode
from caliban.compiler.input.project import Package, PythonFact, Requirement

BUILD = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
CLASSIFIER = "Programming Language :: Python :: 3"
STANDARD = f'[project]\nname = "me"\nversion = "1"\n{BUILD}'


def requirement(text: str, source: str, line: int) -> Requirement:
    return Requirement(name=text.partition(" ")[0], text=text, place=Place(source=source, line=line))


CUPY = requirement("cupy", "setup.py", 1)
TORCH = requirement("torch @ git+https://x.org/torch", "setup.py", 2)
PACKAGE = Package(
    path=".",
    manifest="setup.py",
    extras=("gpu", "dev", "vision"),
    requirements=(),
    optional=(("gpu", (CUPY,)), ("dev", ()), ("vision", (TORCH,))),
)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, None),
        ({"pyproject.toml": "[tool.ruff]\n", "setup.cfg": "[flake8]\n"}, None),
        (
            {"pyproject.toml": STANDARD, "setup.py": "from setuptools import setup\nsetup()\n"},
            Package(path=".", manifest="pyproject.toml", extras=(), requirements=(), static=True),
        ),
        (
            {"setup.py": "setup(install_requires=open('requirements.txt').read().splitlines())"},
            Package(path=".", manifest="setup.py", extras=(), requirements=None),
        ),
        ({"setup.py": "print 'Python 2'"}, Package(path=".", manifest="setup.py", extras=None, requirements=None)),
        (
            {"setup.py": "setup()", "setup.cfg": "[options]\ninstall_requires = six\n", "pyproject.toml": BUILD},
            Package(path=".", manifest="setup.py", extras=(), requirements=(requirement("six", "setup.cfg", 2),)),
        ),
        (
            {"setup.cfg": "[options]\ninstall_requires = six\n", "pyproject.toml": BUILD},
            Package(path=".", manifest="setup.cfg", extras=(), requirements=(requirement("six", "setup.cfg", 2),)),
        ),
        (
            {"setup.cfg": "[options]\ninstall_requires = six\n"},
            Package(
                path=".",
                manifest="setup.cfg",
                extras=(),
                requirements=(requirement("six", "setup.cfg", 2),),
                installable=False,
            ),
        ),
        (
            {"setup.py": "setup(use_scm_version=True, install_requires=['x @ git+https://x.org/x'])"},
            Package(
                path=".",
                manifest="setup.py",
                extras=(),
                requirements=(requirement("x @ git+https://x.org/x", "setup.py", 1),),
                git_version=True,
                git=Place(source="setup.py", line=1),
            ),
        ),
    ],
)
def test_a_folder_is_the_package_that_its_manifests_declare(
    tmp_path: Path, files: dict[str, str], expected: Package | None
) -> None:
    assert read_package(project(tmp_path, files), ".") == expected


def test_a_folder_below_the_project_is_a_package_of_its_own(tmp_path: Path) -> None:
    disk = project(tmp_path, {"setup.py": "setup(python_requires='>=3')", "libs/foo/pyproject.toml": STANDARD})
    assert read_package(disk, "libs/foo") == Package(
        path="libs/foo", manifest="libs/foo/pyproject.toml", extras=(), requirements=(), static=True
    )


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        ({}, False),
        ({"pyproject.toml": STANDARD}, False),
        ({"pyproject.toml": "[broken"}, False),
        ({"pyproject.toml": "[build-system]\nrequires = 3\n"}, False),
        ({"pyproject.toml": '[build-system]\nrequires = ["poetry-dynamic-versioning>=1"]\n'}, True),
        ({"pyproject.toml": '[tool.pdm.version]\nsource = "scm"\n'}, True),
        ({"setup.py": "import versioneer\n"}, True),
        ({"setup.py": "setup(\n    use_scm_version={'x': 1})\n"}, True),
        ({"setup.py": "# import versioneer\nsetup(use_scm_version=False)\n"}, False),
    ],
)
def test_tools_that_ask_git_for_the_version_are_known(tmp_path: Path, files: dict[str, str], answer: bool) -> None:
    assert takes_version_from_git(project(tmp_path, files), ".") == answer


@pytest.mark.parametrize(
    ("requested", "mode", "expected"),
    [
        ((), "gpu", replace(PACKAGE, selected=("gpu",), requirements=(CUPY,))),
        ((), "cpu", PACKAGE),
        (
            ("Vision", "vision", "gpu"),
            "gpu",
            replace(PACKAGE, selected=("vision", "gpu"), requirements=(CUPY, TORCH), git=TORCH.place),
        ),
    ],
)
def test_extras_bring_what_they_add(requested: tuple[str, ...], mode: Mode, expected: Package) -> None:
    assert select_extras(PACKAGE, requested, mode) == expected


def test_extras_that_only_a_build_can_tell_are_taken_as_asked_for() -> None:
    unknown = Package(path=".", manifest="setup.py", extras=None)
    assert select_extras(unknown, ("My_Extra",), "gpu") == replace(unknown, selected=("my-extra",))


@pytest.mark.parametrize(
    ("requested", "said"),
    [
        (
            ("visoin",),
            "error[unknown-extra]: there is no extra 'visoin'\n  --> --extras\n"
            "  hint: did you mean 'vision'? setup.py declares gpu, dev, vision",
        ),
        (
            ("a b", ""),
            "error[bad-extra]: 'a b' cannot be the name of an extra\n  --> --extras\n"
            "  hint: use letters, digits, '_', '-' and '.', a letter or digit first and last\n"
            "error[bad-extra]: '' cannot be the name of an extra\n  --> --extras\n"
            "  hint: use letters, digits, '_', '-' and '.', a letter or digit first and last",
        ),
    ],
)
def test_extras_that_are_none_are_refused(requested: tuple[str, ...], said: str) -> None:
    with pytest.raises(Rejected) as caught:
        select_extras(PACKAGE, requested, "cpu")
    assert told(caught.value) == said


SETUP_CFG = "[metadata]\nname = me\n[options]\ninstall_requires =\n    six\n    git+https://x.org/y\n"
DYNAMIC = '[project]\nname = "me"\nversion = "1"\ndynamic = ["dependencies"]\n'
UNPACKAGED = '[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\nsix = "^1 || ^3"\n'
GROUP = '[tool.poetry]\nname = "me"\n[tool.poetry.group.cpu.dependencies]\nsix = "^1 || ^3"\n[build-system]\n'


@pytest.mark.parametrize(
    ("manifest", "text", "said"),
    [
        (
            "setup.cfg",
            SETUP_CFG,
            "error[bad-manifest]: a line of install_requires is known only after a build, "
            "and this folder is not built\n"
            "  --> setup.cfg\n"
            "  hint: write the requirements as NAME, NAME==VERSION or NAME @ URL, one per line, or add a setup.py that "
            "calls setup()",
        ),
        (
            "pyproject.toml",
            DYNAMIC,
            "error[bad-manifest]: what is dynamic here is known only after a build, and this folder is not built\n"
            "  --> pyproject.toml\n"
            "  hint: write them into dependencies, or add a [build-system] table",
        ),
        *(
            (
                "pyproject.toml",
                text,
                "error[bad-requirement]: '^1 || ^3' is a constraint that poetry alone understands\n"
                "  --> pyproject.toml:4\n"
                "  hint: write a range without alternatives, such as >=1.2,<3, or make a lock: poetry lock",
            )
            for text in (UNPACKAGED, GROUP)
        ),
    ],
)
def test_requirements_that_caliban_cannot_tell_are_not_left_out(
    tmp_path: Path, manifest: str, text: str, said: str
) -> None:
    package = read_package(project(tmp_path, {manifest: text}), ".")
    assert package is not None
    package = select_extras(package, (), "cpu")
    with pytest.raises(Rejected) as caught:
        check_listed(package)
    assert told(caught.value) == said
    assert check_listed(replace(package, locked_by="poetry.lock")) == ()


@pytest.mark.parametrize(("manifest", "text"), [("setup.cfg", SETUP_CFG), ("pyproject.toml", DYNAMIC)])
def test_beside_other_declarations_what_cannot_be_told_is_a_warning(tmp_path: Path, manifest: str, text: str) -> None:
    package = read_package(project(tmp_path, {manifest: text}), ".")
    assert package is not None
    assert [(each.severity, str(each.place)) for each in check_listed(package, others=True)] == [("warning", manifest)]


def test_what_a_build_will_tell_need_not_be_known(tmp_path: Path) -> None:
    package = read_package(project(tmp_path, {"pyproject.toml": DYNAMIC + BUILD}), ".")
    assert package is not None and package.requirements is None
    assert check_listed(package) == ()


def test_the_version_file_is_stronger_than_the_manifest_and_that_than_the_runtime_file(tmp_path: Path) -> None:
    files = {
        ".python-version": "# ours\n3.11.4\n3.12\n",
        "setup.py": "setup(python_requires='>=3.8')",
        "runtime.txt": "python-3.9.1\n",
    }
    disk = project(tmp_path, files)
    assert read_pythons(disk, read_package(disk, ".")) == (
        PythonFact(specifier="==3.11.*", place=Place(source=".python-version", line=2)),
        PythonFact(specifier=">=3.8", place=Place(source="setup.py", line=1)),
        PythonFact(specifier="==3.9.*", place=Place(source="runtime.txt", line=1)),
    )


@pytest.mark.parametrize(
    ("text", "specifiers"),
    [
        ("3.11", ["==3.11.*"]),
        ("3.12.0rc1\n", ["==3.12.*"]),
        ("3.13-dev", ["==3.13.*"]),
        ("3.13t", ["==3.13.*"]),
        ("3", ["==3.*"]),
        ("2.7.18", ["==2.7.*"]),
        ("cpython@3.12", ["==3.12.*"]),
        ("cpython-3.12.1-linux-x86_64-gnu", ["==3.12.*"]),
        ("pypy3.9-7.3.9\n3.10 3.11\r\n", ["==3.10.*"]),
        ("miniconda3-4.7.12", []),
        ("system\n", []),
        ("", []),
    ],
)
def test_the_first_cpython_of_a_version_file_counts_by_its_minor(
    tmp_path: Path, text: str, specifiers: list[str]
) -> None:
    assert [fact.specifier for fact in read_pythons(project(tmp_path, {".python-version": text}), None)] == specifiers


def test_a_version_file_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        read_pythons(project(tmp_path, {".python-version": "# mine\nmy-environment\n"}), None)
    assert told(caught.value) == (
        "error[bad-python]: 'my-environment' is no Python version\n  --> .python-version:2\n"
        "  hint: write a version, such as 3.11, or say it on the command line: --python 3.11"
    )


def test_a_runtime_file_of_another_program_says_nothing(tmp_path: Path) -> None:
    assert read_pythons(project(tmp_path, {"runtime.txt": "took 3.9 s\n"}), None) == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8")))
def test_any_version_file_is_read_or_rejected(tmp_path: Path, text: str) -> None:
    try:
        facts = read_pythons(project(tmp_path, {".python-version": text, "runtime.txt": text}), None)
    except Rejected as rejected:
        assert [diagnostic.code for diagnostic in rejected.diagnostics] == ["bad-python"]
    else:
        assert all(fact.specifier.startswith("==") for fact in facts)


@pytest.mark.parametrize(
    "files",
    [
        {"setup.py": f"setup(\n  classifiers={[f'{CLASSIFIER}.9', CLASSIFIER, f'{CLASSIFIER}.11']})"},
        {"setup.cfg": f"[metadata]\nclassifiers =\n    {CLASSIFIER}.9\n    {CLASSIFIER}.11\n"},
        {"pyproject.toml": f'[project]\nclassifiers = ["{CLASSIFIER}.9", "{CLASSIFIER}.11"]\nname = "x"\n'},
        {"pyproject.toml": f'[tool.poetry]\nclassifiers = ["{CLASSIFIER}.11", "{CLASSIFIER}.9"]\nname = "x"\n'},
    ],
    ids=["setup.py", "setup.cfg", "project", "poetry"],
)
def test_classifiers_advise(tmp_path: Path, files: dict[str, str]) -> None:
    disk, (name,) = project(tmp_path, files), files
    advice = PythonFact(specifier=">=3.9,<3.12", place=Place(source=name, line=2), advice=True)
    assert read_pythons(disk, read_package(disk, ".")) == (advice,)
