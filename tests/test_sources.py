"""Which files of requirements count."""

from pathlib import Path

import pytest
from golden_cases import HOST
from projects import project, told

from caliban.compiler.config import Config
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.dependencies.sources import Sources, found_sources, named_sources, nearest_sources
from caliban.compiler.frontend.settle import settle
from caliban.compiler.invocation import BuildOptions, LaunchOptions, Run

CPU = settle(Run(target="x.py", build=BuildOptions(mode="cpu"), launch=LaunchOptions()), Config(), HOST)
ENVIRONMENT = "dependencies: [six]\n"


def paths(sources: Sources) -> list[str]:
    return [each.file.path for each in sources.read]


def named(folder: Path, *names: str, **files: str) -> Sources:
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
    assert paths(nearest_sources(disk, entry)) == expected


def test_what_looks_like_a_declaration_is_told(tmp_path: Path) -> None:
    disk = project(tmp_path, {"dev-requirements.txt": "", "requirements/a b.txt": "", "cog.yaml": "", "notes.txt": ""})
    (warning,) = nearest_sources(disk, "x.py").warnings
    assert (warning.hint, "cog.yaml, dev-requirements.txt, requirements/a b.txt" in warning.message) == (
        "say which file counts: --requirements dev-requirements.txt",
        True,
    )
