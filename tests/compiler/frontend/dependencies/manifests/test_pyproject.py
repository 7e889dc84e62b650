"""pyproject.toml: which package it declares, and what of it can be told without a build."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from projects import project, told

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies.manifests.poetry import specifier_of
from caliban.compiler.frontend.dependencies.manifests.pyproject import read_pyproject
from caliban.compiler.input.project import Package, PythonFact, Requirement

FILE = "pyproject.toml"
NAMED = '[project]\nname = "me"\nversion = "1"\n'
BUILD = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
POETRY = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'


def read(folder: Path, text: str, **others: str) -> Package | None:
    return read_pyproject(project(folder, {FILE: text, **others}))


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(Rejected) as caught:
        read(folder, text)
    return told(caught.value)


def requirement(name: str, text: str, line: int | None) -> Requirement:
    return Requirement(name=name, text=text, place=Place(source=FILE, line=line))


def test_a_standard_project_tells_everything(tmp_path: Path) -> None:
    text = (
        NAMED + 'requires-python = ">=3.9, <3.13"\n'
        'dependencies = ["torch>=2", "x @ git+https://x.org/y"]\n'
        "[project.optional-dependencies]\n"
        'gpu = ["Flash_Attn"]\n'
        'Dev_Tools = ["pytest"]\n'
        'all = ["me[gpu,dev-tools]", "ruff"]\n' + BUILD
    )
    flash, pytest_, ruff = (
        requirement("flash-attn", "Flash_Attn", 7),
        requirement("pytest", "pytest", 8),
        requirement("ruff", "ruff", 9),
    )
    assert read(tmp_path, text) == Package(
        path=".",
        manifest=FILE,
        extras=("gpu", "dev-tools", "all"),
        requirements=(
            requirement("torch", "torch>=2", 5),
            requirement("x", "x @ git+https://x.org/y", 5),
        ),
        optional=(("gpu", (flash,)), ("dev-tools", (pytest_,)), ("all", (ruff, pytest_, flash))),
        python=PythonFact(specifier=">=3.9,<3.13", place=Place(source=FILE, line=4)),
        static=True,
        git=Place(source=FILE, line=5),
    )


BARE = Package(path=".", manifest=FILE, extras=(), requirements=(), static=True)


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        (NAMED + BUILD, {}),
        (NAMED + 'readme = "README.md"\n' + BUILD, {}),
        ('[project]\nname = "me"\ndynamic = ["version", "readme"]\n' + BUILD, {}),
        ('[project]\nname = "me"\n' + BUILD, {"static": False}),
        (NAMED + 'dynamic = ["dependencies"]\n' + BUILD, {"static": False, "requirements": None}),
        (NAMED + 'dynamic = ["optional-dependencies"]\n' + BUILD, {"static": False, "extras": None}),
        (NAMED, {"installable": False}),
        (NAMED + BUILD + "[tool.uv]\npackage = false\n", {"installable": False}),
        (NAMED + POETRY + "[tool.poetry]\npackage-mode = false\n", {"installable": False}),
        ("[project]\ndependencies = []\n[tool.poetry]\npackage-mode = false", {"installable": False, "static": False}),
        (NAMED + '[build-system]\nrequires = ["setuptools", "setuptools_scm[toml]>=8"]\n', {"git_version": True}),
        (NAMED + '[build-system]\nrequires = ["hatchling", "Hatch-VCS"]\n', {"git_version": True}),
    ],
)
def test_what_can_be_told_of_a_project(tmp_path: Path, text: str, changes: dict[str, Any]) -> None:
    assert read(tmp_path, text) == replace(BARE, **changes)


@pytest.mark.parametrize(("name", "text"), [("setup.py", ""), ("setup.cfg", "[metadata]\nname = me\n")])
def test_files_of_setuptools_make_a_project_installable_without_a_build_system(
    tmp_path: Path, name: str, text: str
) -> None:
    assert read(tmp_path, NAMED, **{name: text}) == BARE


@pytest.mark.parametrize(
    "text",
    ["", "[tool.black]\n", BUILD, BUILD + "[tool.isort]\n", '[build-system]\nrequires = ["setuptools"]\n'],
)
def test_a_file_that_only_configures_tools_is_no_package(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text, **{"setup.cfg": "[flake8]\n"}) is None


def test_a_backend_with_tables_of_its_own_is_left_to_the_build(tmp_path: Path) -> None:
    text = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n[tool.flit.metadata]\n'
    assert read(tmp_path, text) == Package(path=".", manifest=FILE, extras=None)


def test_poetry_dependencies_become_requirements_that_any_installer_reads(tmp_path: Path) -> None:
    text = (
        '[tool.poetry]\nname = "me"\n[tool.poetry.dependencies]\npython = "^3.10"\n'
        'torch = "^2.1"\n'
        'numpy = {version = "~1.26", extras = ["x"], python = "<3.12"}\n'
        'jax = [{version = "0.4.*", markers = "a or b"}, {version = "*", platform = "linux"}]\n'
        'det = {git = "https://x.org/det.git", tag = "v1"}\n'
        'wandb = {version = ">= 0.1", optional = true}\n'
        '[tool.poetry.extras]\nlog = ["wandb"]\n' + POETRY
    )
    wandb = requirement("wandb", "wandb>=0.1", 9)
    assert read(tmp_path, text) == Package(
        path=".",
        manifest=FILE,
        extras=("log",),
        requirements=(
            requirement("torch", "torch>=2.1,<3", 5),
            requirement("numpy", "numpy[x]>=1.26,<1.27; python_version < '3.12'", 6),
            requirement("jax", "jax==0.4.*; (a or b)", 7),
            requirement("jax", "jax; sys_platform == 'linux'", 7),
            requirement("det", "det @ git+https://x.org/det.git@v1", 8),
        ),
        optional=(("log", (wandb,)),),
        python=PythonFact(specifier=">=3.10,<4", place=Place(source=FILE, line=4)),
        git=Place(source=FILE, line=8),
    )


@pytest.mark.parametrize(
    ("constraint", "specifier"),
    [
        ("^1.2.3", ">=1.2.3,<2"),
        ("^1", ">=1,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1", ">=1,<2"),
        ("1.2", "==1.2"),
        ("=1.2", "==1.2"),
        ("*", ""),
        (">= 1.2, <2", ">=1.2,<2"),
        (">=1.2 <2 !=1.5", ">=1.2,<2,!=1.5"),
        ("~=1.4", "~=1.4"),
        ("^1 || ^3", None),
        ("nonsense", None),
    ],
)
def test_poetry_constraints_are_written_as_specifiers(constraint: str, specifier: str | None) -> None:
    assert specifier_of(constraint) == specifier


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[project]\nname = me\n", "error[bad-toml]: not valid TOML: invalid value\n  --> pyproject.toml:2\n"),
        (
            "[project\n",
            "error[bad-toml]: not valid TOML: expected ']' at the end of a table declaration\n  --> pyproject",
        ),
        ("a = " + "[" * 9999, "error[bad-toml]: not valid TOML: it is nested too deeply\n  --> pyproject.toml\n"),
        ("a = " + "1" * 9999, "error[bad-toml]: not valid TOML: exceeds the limit (4300 digits)"),
        ("project = 1", "error[bad-manifest]: project must be a table\n  --> pyproject.toml:1"),
        (BUILD + "[project]\n", "error[bad-manifest]: [project] has no name\n  --> pyproject.toml:4\n"),
        (
            NAMED + '[project.dependencies]\ntorch = "2"\n',
            "error[bad-manifest]: project.dependencies must be a list of strings\n  --> pyproject.toml:4\n"
            '  hint: write dependencies = ["torch>=2", "numpy"] below [project]',
        ),
        (
            NAMED + 'dependencies = [\n  "six",\n  "numpy=1.0",\n]\n',
            "error[bad-requirement]: 'numpy=1.0' in project.dependencies is no requirement\n  --> pyproject.toml:6\n"
            "  hint: a single = is conda's spelling: write numpy==1.0",
        ),
        (
            NAMED + 'requires-python = "3.9+"\n',
            "error[bad-python]: '3.9+' does not say which Python versions are meant\n  --> pyproject.toml:4\n",
        ),
    ],
)
def test_a_manifest_that_cannot_be_understood_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert refusal(tmp_path, text)[: len(said)] == said


def test_sources_that_git_fetches_need_git(tmp_path: Path) -> None:
    text = NAMED + 'dependencies = ["lib"]\n[tool.uv.sources]\nlib = [{ git = "https://x.org/lib" }]\n' + BUILD
    found = requirement("lib", "lib", 4)
    unread = Place(source="pyproject.toml", line=5)  # what it comes to, a lock of ours cannot tell
    assert read(tmp_path, text) == replace(BARE, requirements=(found,), git=found.place, unread=unread)


VALUES: st.SearchStrategy[str] = st.recursive(
    st.sampled_from(['""', '"x"', '"a[b]>=1"', "1", "true", "1979-05-27", '"^1"', '"a @ file:x"']),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(st.sampled_from(["version", "path", "git", "python", "x", "extras"]), inner, max_size=3).map(
            lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"
        )
    ),
    max_leaves=4,
)
KEYS = st.sampled_from(
    [
        *("project", "project.name", "project.dependencies", "project.dynamic", "project.requires-python"),
        *("project.optional-dependencies", "project.optional-dependencies.x", "tool", "tool.uv", "tool.uv.sources.x"),
        *("tool.poetry", "tool.poetry.dependencies", "tool.poetry.dependencies.x", "tool.poetry.extras.x"),
        *("tool.poetry.dependencies.python", "build-system", "build-system.requires", "build-system.build-backend"),
        *("tool.pdm", "tool.pdm.version"),
    ]
)
MANIFESTS = st.dictionaries(KEYS, VALUES).map(lambda lines: "\n".join(f"{key} = {lines[key]}" for key in lines))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8")) | MANIFESTS)
def test_any_text_is_read_or_rejected(tmp_path: Path, text: str) -> None:
    try:
        found = read(tmp_path, text)
    except Rejected as rejected:
        assert rejected.diagnostics
    else:
        assert found is None or found.manifest == FILE
