"""What the project's code compiles when it runs, and what its build compiles."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace
from projects import project

from caliban.compiler.diagnostics import Place
from caliban.compiler.frontend.project.compiling import compiling_calls
from caliban.compiler.frontend.project.cuda_sources import cuda_sources, with_cuda_sources
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import CompilingCall, FileFact, Package, Requirement, RequirementsFile

TORCH = Requirement(name="torch", text="torch==2.8.0", place=Place(source="requirements.txt", line=1))
OWN = Package(path=".", manifest="setup.py", extras=(), requirements=())


def facts(disk: Disk, names: Mapping[str, str]) -> list[FileFact]:
    found = (disk.fact(name) for name in sorted(names))
    return [fact for fact in found if fact is not None]


def calls(folder: Path, text: str, *requirements: Requirement) -> tuple[tuple[CompilingCall, Place], ...]:
    files = {"train.py": text}
    disk = project(folder, files)
    declared = RequirementsFile(path="requirements.txt", requirements=requirements)
    return compiling_calls(disk, facts(disk, files), (declared,), ())


@pytest.mark.parametrize(
    ("text", "call", "line"),
    [
        ("import torch\nmodel = torch.compile(model)\n", "torch.compile", 2),
        ("@torch.compile\ndef f(): ...\n", "torch.compile", 1),
        ("\n@triton.jit\ndef f(): ...\n", "triton", 2),
        ("import triton.language as tl\n", "triton", 1),
        ("    from triton import jit\n", "triton", 1),
        ("from torch.utils.cpp_extension import load\n", "cpp_extension.load", 1),
        ("x = torch.utils.cpp_extension.load_inline('x', '')\n", "cpp_extension.load", 1),
    ],
)
def test_a_call_of_a_compiler_is_found_with_its_line(tmp_path: Path, text: str, call: CompilingCall, line: int) -> None:
    assert calls(tmp_path, text, TORCH) == ((call, Place(source="train.py", line=line)),)


@pytest.mark.parametrize(
    "text",
    [
        "# torch.compile(model) is slower\n",
        "torch.compiler.disable()\n",
        "model.compile(loss=torch.nn.MSELoss)\n",
        "import tritonclient\n",
        "from torch.utils.cpp_extension import CUDAExtension\n",
    ],
)
def test_what_only_looks_like_one_is_none(tmp_path: Path, text: str) -> None:
    assert calls(tmp_path, text, TORCH) == ()


def test_without_a_torch_no_source_is_read(tmp_path: Path) -> None:
    six = Requirement(name="six", text="six", place=Place(source="requirements.txt", line=1))
    assert calls(tmp_path, "torch.compile(model)\n", six) == ()


def test_what_only_a_build_can_tell_may_be_torch(tmp_path: Path) -> None:
    files = {"train.py": "torch.compile(model)\n"}
    disk = project(tmp_path, files)
    unknown = Package(path=".", manifest="setup.py", extras=None)
    found = compiling_calls(disk, facts(disk, files), (), (unknown,))
    assert found == (("torch.compile", Place(source="train.py", line=1)),)


def test_of_many_files_the_first_place_is_told(tmp_path: Path) -> None:
    files = {"a.py": "", "b.py": "torch.compile(x)\n", "c.py": "torch.compile(y)\n", "d.txt": "import triton\n"}
    disk = project(tmp_path, files)
    declared = RequirementsFile(path="requirements.txt", requirements=(TORCH,))
    found = compiling_calls(disk, facts(disk, files), (declared,), ())
    assert found == (("torch.compile", Place(source="b.py", line=1)),)


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"setup.py": "from x import y\nCUDAExtension('a', ['a.cu'])\n"}, Place(source="setup.py", line=2)),
        ({"setup.py": "if os.environ.get('CUDA_HOME'):\n"}, Place(source="setup.py", line=1)),
        ({"setup.py": "setup(ext_modules=x)\n", "csrc/a.cu": ""}, Place(source="csrc/a.cu")),
        ({"pyproject.toml": "", "CMakeLists.txt": "", "src/b.cu": ""}, Place(source="src/b.cu")),
        ({"setup.py": "setup()\n", "csrc/a.cu": ""}, None),
        ({"setup.py": "# CUDAExtension is for later\nsetup()\n"}, None),
        ({"setup.py": "setup(ext_modules=[CppExtension('a', ['a.cpp'])])\n", "a.cpp": ""}, None),
    ],
)
def test_a_build_that_compiles_cuda_is_found_in_its_manifest_or_its_sources(
    tmp_path: Path, files: dict[str, str], place: Place | None
) -> None:
    disk = project(tmp_path, files)
    assert cuda_sources(disk, OWN, facts(disk, files)) == place


def test_a_build_that_compiles_cuda_tells_what_it_imports(tmp_path: Path) -> None:
    manifest = '[build-system]\nrequires = ["pybind11", "torch"]\n'
    files = {"pyproject.toml": manifest, "CMakeLists.txt": "", "a.cu": ""}
    disk = project(tmp_path, files)
    expected = replace(OWN, cuda=Place(source="a.cu"), build_requires=("pybind11", "torch"))
    assert with_cuda_sources(disk, OWN, facts(disk, files)) == expected


def test_the_sources_of_another_folder_are_not_its_own(tmp_path: Path) -> None:
    files = {"libs/a/setup.py": "setup(ext_modules=x)\n", "libs/b/k.cu": "", "libs/a/k.cu": ""}
    disk = project(tmp_path, files)
    package = Package(path="libs/a", manifest="libs/a/setup.py", extras=(), requirements=())
    assert cuda_sources(disk, package, facts(disk, files)) == Place(source="libs/a/k.cu")
