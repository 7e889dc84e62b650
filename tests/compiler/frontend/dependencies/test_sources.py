"""Which files of requirements count."""

from pathlib import Path

import pytest
from golden_cases import CALLER
from projects import project, told

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.config.resolve_settings import resolve_settings
from caliban.compiler.frontend.dependencies.sources import (
    RequirementSources,
    found_sources,
    named_sources,
    nearest_sources,
)
from caliban.compiler.input.config import Config
from caliban.compiler.input.invocation import BuildOptions, LaunchOptions, Run

CPU = resolve_settings(Run(target="x.py", build=BuildOptions(mode="cpu"), launch=LaunchOptions()), Config(), CALLER)
ENVIRONMENT = "dependencies: [six]\n"


def paths(sources: RequirementSources) -> list[str]:
    return [each.file.path for each in sources.read]


def named(folder: Path, *names: str, **files: str) -> RequirementSources:
    return named_sources(project(folder, files), BuildOptions(requirements=names), Config(), CPU)


def test_conda_comes_first_and_the_files_of_the_mode_last(tmp_path: Path) -> None:
    files = dict.fromkeys(("requirements_cpu.txt", "requirements.txt", "requirements-gpu.txt"), "six\n")
    disk = project(tmp_path, {**files, "conda.yml": ENVIRONMENT, "environment.yaml": ENVIRONMENT})
    assert paths(found_sources(disk, Config(), CPU)) == ["environment.yaml", "requirements.txt", "requirements_cpu.txt"]


def test_a_yaml_file_of_another_program_does_not_hide_an_environment(tmp_path: Path) -> None:
    disk = project(tmp_path, {"environment.yml": "stage: prod\n", "conda.yaml": ENVIRONMENT})
    assert paths(found_sources(disk, Config(), CPU)) == ["conda.yaml"]


def test_of_several_environments_the_first_counts_and_the_others_are_told(tmp_path: Path) -> None:
    files = ("environment.yml", "environment.yaml", "conda.yaml")
    found = found_sources(project(tmp_path, dict.fromkeys(files, ENVIRONMENT)), Config(), CPU)
    assert (paths(found), [warning.message for warning in found.warnings]) == (
        ["environment.yml"],
        ["environment.yml is installed, and not environment.yaml and conda.yaml"],
    )


def test_a_file_is_read_by_its_name(tmp_path: Path) -> None:
    found = named(tmp_path, "envs/a.yml", "b.txt", **{"envs/a.yml": ENVIRONMENT, "b.txt": "toml\n"})
    assert [each.file.requirements[0].name for each in found.read] == ["six", "toml"]


@pytest.mark.parametrize(("manifest", "folder"), [("pyproject.toml", "."), ("libs/x/setup.py", "libs/x")])
def test_a_manifest_means_its_folder(tmp_path: Path, manifest: str, folder: str) -> None:
    found = named(tmp_path, manifest, **{manifest: ""})
    assert (found.read, [package.path for package in found.packages]) == ((), [folder])


def test_a_name_that_is_not_there_is_refused_with_a_guess(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        named(tmp_path, "enviroment.yml", **{"environment.yml": ENVIRONMENT})
    assert "did you mean 'environment.yml'?" in told(caught.value)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [("a/b/x.py", ["a/b/requirements.txt"]), ("a/c/x.py", ["a/requirements.txt"]), ("x.py", []), ("d/x.py", [])],
)
def test_the_nearest_to_the_entry_counts(tmp_path: Path, entry: str, expected: list[str]) -> None:
    disk = project(tmp_path, {"a/b/requirements.txt": "six\n", "a/requirements.txt": "six\n"})
    assert paths(nearest_sources(disk, entry, Config(), CPU)) == expected


@pytest.mark.parametrize(
    ("name", "text", "is_project"),
    [
        ("pyproject.toml", '[project]\nname = "x"\n', True),
        ("pyproject.toml", '[tool.poetry]\nname = "x"\n', True),
        ("setup.py", "from setuptools import setup\nsetup()\n", True),
        ("pyproject.toml", "[tool.ruff]\nline-length = 99\n", False),
    ],
)
def test_a_project_below_a_root_that_declares_nothing_is_named(
    name: str, text: str, is_project: bool, tmp_path: Path
) -> None:
    warnings = nearest_sources(project(tmp_path, {f"a/{name}": text}), "a/b/x.py", Config(), CPU).warnings
    assert [(str(each.place), each.hint) for each in warnings] == [
        (
            f"a/{name}",
            "start caliban there: cd a\nor install it from here: a requirements.txt with the line ./a",
        )
    ] * is_project


def test_what_looks_like_a_declaration_is_told(tmp_path: Path) -> None:
    disk = project(tmp_path, {"dev-requirements.txt": "", "requirements/a b.txt": "", "cog.yaml": "", "notes.txt": ""})
    (warning,) = nearest_sources(disk, "x.py", Config(), CPU).warnings
    assert (warning.hint, "cog.yaml, dev-requirements.txt, requirements/a b.txt" in warning.message) == (
        "say which file counts: --requirements dev-requirements.txt",
        True,
    )


READ = ("requirements.txt", "requirements-cpu.txt", "requirements_cpu.txt", "environment.yml", "conda.yaml", "Pipfile")


@pytest.mark.parametrize("name", READ)
def test_a_folder_with_the_name_of_a_declaration_is_no_empty_declaration(name: str, tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        found_sources(project(tmp_path, {f"{name}/x": ""}), Config(), CPU)
    assert told(caught.value).splitlines()[:2] == [
        "error[unreadable]: cannot be read: it is a directory",
        f"  --> {name}",
    ]


@pytest.mark.parametrize("name", READ)
def test_a_link_to_nothing_is_no_empty_declaration(name: str, tmp_path: Path) -> None:
    (tmp_path / name).symlink_to("reqs/all.txt")
    with pytest.raises(Rejected) as caught:
        found_sources(project(tmp_path, {}), Config(), CPU)
    assert told(caught.value) == (
        "error[no-requirements]: is a link to 'reqs/all.txt', which does not exist\n"
        f"  --> {name}\n"
        "  hint: put the file there, or remove the link"
    )


def test_a_folder_nearest_to_the_entry_is_no_empty_declaration_either(tmp_path: Path) -> None:
    disk = project(tmp_path, {"a/b/requirements.txt/x": "", "a/requirements.txt": "six\n"})
    with pytest.raises(Rejected) as caught:
        nearest_sources(disk, "a/b/x.py", Config(), CPU)
    assert "--> a/b/requirements.txt" in told(caught.value)


def test_of_a_folder_that_is_named_the_file_is_offered_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        named(tmp_path, "reqs", **{"reqs/a.txt": "", "reqs/requirements.txt": "", "reqs/x.py": ""})
    assert told(caught.value) == (
        "error[no-requirements]: 'reqs' is a directory\n"
        "  --> --requirements\n"
        "  hint: name a file in it: reqs/requirements.txt"
    )


CONDA_LIST = (
    "# platform: linux-64\n_libgcc_mutex=0.1=main\nnumpy=1.26.4=py311_0\npython=3.11.5=h955ad1f_0\n"
    "pytorch=2.1.0=py3.11_cuda11.8_cudnn8.7.0_0\nRich_x=13.7.1=pypi_0\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_what_conda_list_exports_is_read_as_its_environment(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes(CONDA_LIST.encode(encoding))
    (read,) = found_sources(project(tmp_path, {}), Config(), CPU).read
    assert read.python is not None and read.file.cuda is not None
    assert (read.file.lines, str(read.python.place), read.python.specifier, read.file.cuda.version) == (
        ("numpy==1.26.4", "Rich_x==13.7.1", "torch==2.1.0"),
        "requirements.txt:4",
        "==3.11.*",
        "11.8",
    )


def test_what_only_conda_has_of_its_list_is_named_once(tmp_path: Path) -> None:
    disk = project(tmp_path, {"requirements.txt": "rdkit-postgresql=1.0=h1\nhg19=1.0=h2\nffmpeg=4.3=hf484d3e_0\n"})
    with pytest.raises(Rejected) as caught:
        found_sources(disk, Config(), CPU)
    assert [(each.code, each.place.line) for each in caught.value.diagnostics if each.place] == [("conda-only", 3)]


def test_condas_list_and_requirements_may_be_named_together(tmp_path: Path) -> None:
    files = {"conda.txt": "numpy=1.26.4=py311_0\n", "requirements.txt": "six==1.16.0\n"}
    found = named(tmp_path, "conda.txt", "requirements.txt", **files)
    assert [each.file.lines for each in found.read] == [("numpy==1.26.4",), ("six==1.16.0",)]
