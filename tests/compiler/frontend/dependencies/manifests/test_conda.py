"""Conda's environment files: what each entry is on PyPI, what is left out, and what is refused with its line."""

from pathlib import Path

import pytest
from golden_cases import CALLER
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from projects import project, told

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.facts.data_files import table
from caliban.compiler.frontend.config.resolve_settings import resolve_settings
from caliban.compiler.frontend.dependencies.manifests.conda import read_conda
from caliban.compiler.frontend.dependencies.manifests.conda_names import CondaOnly, LeftOut, Program, Wheel, elsewhere
from caliban.compiler.frontend.dependencies.manifests.conda_spec import CondaSpec, specifier_of, take_apart_spec
from caliban.compiler.frontend.dependencies.reading import LocalPackage, ReadRequirements
from caliban.compiler.input.config import Config
from caliban.compiler.input.invocation import BuildOptions, LaunchOptions, Run
from caliban.compiler.input.project import CudaFact, PythonFact

FILE = "environment.yml"
CONFIG = Config(apt_packages={"cpu": (), "gpu": ("ffmpeg",)})
RUN = Run(target="train.py", build=BuildOptions(mode="gpu"), launch=LaunchOptions())
GPU = resolve_settings(RUN, CONFIG, CALLER)


def read(folder: Path, text: str, **others: str) -> ReadRequirements:
    found = read_conda(project(folder, {FILE: text, **others}), FILE, Config(), GPU)
    assert found is not None
    return found


def environment(*entries: str) -> str:
    return "dependencies:\n" + "".join(f"  - {entry}\n" for entry in entries)


def at(line: int) -> Place:
    return Place(source=FILE, line=line)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("numpy", CondaSpec("numpy", "", "")),
        ("NumPy=1.19", CondaSpec("numpy", "=1.19", "")),
        ("pytorch::pytorch==1.11.0", CondaSpec("pytorch", "==1.11.0", "")),
        ("conda-forge/linux-64::six", CondaSpec("six", "", "")),
        ("pytorch=1.11.0=py3.8_cuda11.3_cudnn8.2.0_0", CondaSpec("pytorch", "=1.11.0", "py3.8_cuda11.3_cudnn8.2.0_0")),
        ("numpy >=1.2, <2", CondaSpec("numpy", ">=1.2,<2", "")),
        ("numpy>= 1.2", CondaSpec("numpy", ">=1.2", "")),
        ("numpy 1.19.* py38_0", CondaSpec("numpy", "1.19.*", "py38_0")),
        ('numpy[version=">=1.2,<2", build="py*"]', CondaSpec("numpy", ">=1.2,<2", "")),
        ("https://x.org/linux-64/foo-1.0-0.conda", None),
        ("", None),
        ("two words here", CondaSpec("two", "words", "here")),
    ],
)
def test_an_entry_is_taken_apart(text: str, parts: CondaSpec | None) -> None:
    assert take_apart_spec(text) == parts


@pytest.mark.parametrize(
    ("version", "numbers", "specifier"),
    [
        ("", 3, ""),
        ("*", 3, ""),
        ("=1.19", 3, "==1.19.*"),
        ("=1.19.2", 3, "==1.19.2"),
        ("=4.5.5", 4, "==4.5.5.*"),
        ("==4.5.5", 4, "==4.5.5.*"),
        ("==1.2", 3, "==1.2"),
        ("1.19.*", 3, "==1.19.*"),
        ("=1.19.2.*", 3, "==1.19.2.*"),
        (">=1.2,<2", 3, ">=1.2,<2"),
        (">=1.2.*", 3, ">=1.2"),
        ("!=1.2.*", 3, "!=1.2.*"),
        ("=2.0rc1", 3, "==2.0rc1"),
        ("=1.2|1.4", 3, None),
        ("=2022a", 3, None),
        ("=9e", 3, None),
        ("words", 3, None),
    ],
)
def test_versions_are_written_as_pypi_has_them(version: str, numbers: int, specifier: str | None) -> None:
    assert specifier_of(version, numbers=numbers) == specifier


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("numpy", Wheel(name="numpy", numbers=3)),
        ("pytorch", Wheel(name="torch", numbers=3)),
        ("opencv", Wheel(name="opencv-python-headless", numbers=4)),
        ("faiss-gpu", Wheel(name="faiss-gpu-cu12", numbers=3)),
        ("librosa", Wheel(name="librosa", numbers=3)),
        ("libstdcxx-ng", LeftOut()),
        ("_libgcc_mutex", LeftOut()),
        ("cudatoolkit", LeftOut()),
        ("ffmpeg", Program(debian="ffmpeg")),
        ("r-ggplot2", CondaOnly()),
    ],
)
def test_each_package_of_conda_is_something_elsewhere(name: str, meant: object) -> None:
    assert elsewhere(name, "gpu") == meant


def test_no_name_stands_in_two_parts_of_the_table() -> None:
    known = table("conda")
    exact = [
        *known["wheels"],
        *known["debian"],
        *(name for name in (*known["left"], *known["only"]) if "*" not in name),
    ]
    assert sorted(exact) == sorted(set(exact))


def test_an_environment_is_read_in_order_with_its_lines(tmp_path: Path) -> None:
    text = environment("python=3.8.5", "cudatoolkit=11.3", "pytorch=1.11.0", "pip:\n    - six==1.16  # old\n    - -e .")
    found = read(tmp_path, text, **{"setup.py": ""})
    assert (
        found.file.lines,
        [(each.name, each.place) for each in found.file.requirements],
        found.local_packages,
        found.python,
        found.file.cuda,
    ) == (
        ("six==1.16", "torch==1.11.0"),
        [("torch", at(4)), ("six", at(6))],
        (LocalPackage(path=".", place=at(7)),),
        PythonFact(specifier="==3.8.*", place=at(2)),
        CudaFact(version="11.3", place=at(3)),
    )


def test_requirements_on_one_line_are_told_apart(tmp_path: Path) -> None:
    found = read(tmp_path, "dependencies: [{pip: [-e ., six]}]", **{"setup.py": ""})
    assert (found.file.lines, found.file.edits) == (("six",), ())


def test_files_that_the_pip_section_names_come_along(tmp_path: Path) -> None:
    text = environment(
        "pip:\n    - -r reqs/more.txt\n    - -c limits.txt\n    - --extra-index-url https://x.org/simple"
    )
    found = read(tmp_path, text, **{"reqs/more.txt": "six\n", "limits.txt": "six<2\n"}).file
    assert (found.lines, found.includes, found.indexes, [each.text for each in found.constraints]) == (
        (
            "-c ${PROJECT_ROOT}/limits.txt",
            "--extra-index-url https://x.org/simple",
            "six",
        ),
        ("limits.txt",),
        ("--extra-index-url https://x.org/simple",),
        ["six<2"],
    )


@pytest.mark.parametrize(
    ("entries", "version"),
    [
        (("pytorch=1.11.0=py3.8_cuda11.3_cudnn8.2.0_0", "cudatoolkit=11.1"), "11.3"),
        (("pytorch", "pytorch-cuda=12.1"), "12.1"),
        (("pytorch", "cpuonly"), "cpu"),
        (("pytorch",), None),
        (("numpy", "cudatoolkit=11.3"), None),
    ],
)
def test_the_cuda_of_pytorch_is_what_conda_would_take(
    tmp_path: Path, entries: tuple[str, ...], version: str | None
) -> None:
    cuda = read(tmp_path, environment(*entries)).file.cuda
    assert (cuda.version if cuda else None) == version


@pytest.mark.parametrize("text", ["", "lr: 0.1\n", "- a\n- b\n", "services:\n  web: {image: x}\n"])
def test_a_file_of_another_program_says_nothing(tmp_path: Path, text: str) -> None:
    assert read_conda(project(tmp_path, {FILE: text}), FILE, Config(), GPU) is None


def test_an_environment_without_packages_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path, "dependencies:\n").file.requirements == ()


def test_what_only_conda_has_is_taken_to_be_in_the_users_base(tmp_path: Path) -> None:
    disk = project(tmp_path, {FILE: environment("gdal", "numpy")})
    found = read_conda(disk, FILE, Config(), replace(GPU, base_image="Dockerfile"))
    assert found is not None and found.file.lines == ("numpy",)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("dependencies:\n\t- numpy\n", "bad-yaml", 2),
        ("dependencies:\n- a\nb: [\n", "bad-yaml", 4),
        ("dependencies: [\x07]", "bad-yaml", 1),
        ("dependencies: numpy\n", "bad-environment", 1),
        ("dependencies: [{pip: six}]\n", "bad-environment", 1),
        ("dependencies:\n- pip:\n  - [six]\n", "bad-environment", 3),
        ("dependencies:\n- !!python/name:os.system\n", "bad-yaml", 2),
        ("dependencies:\n- pip:\n  - six=1\n", "bad-requirement", 3),
        ("dependencies:\n- python=3.8|3.9\n", "bad-environment", 2),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path, text: str, code: str, line: int) -> None:
    with pytest.raises(Rejected) as caught:
        read(tmp_path, text)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.place and problem.place.line) == (code, line)


def test_deep_nesting_is_an_error_and_no_crash(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        read(tmp_path, "dependencies: " + "[" * 100_000)
    assert told(caught.value).startswith("error[bad-yaml]: not valid YAML: it is nested too deeply")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=5))
def test_any_environment_is_read_or_rejected(tmp_path: Path, entries: list[str]) -> None:
    disk = project(tmp_path, {FILE: environment(*entries)})
    try:
        found = read_conda(disk, FILE, Config(), GPU)
    except Rejected as rejected:
        assert all(problem.place is not None for problem in rejected.diagnostics)
    else:
        assert found is None or found.file.path == FILE
