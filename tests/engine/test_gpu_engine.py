"""What GPU mode builds, on the real engine without a GPU: packages of the right names, made here, say what happened.

The images of NVIDIA are stood in for by ours, under the names that a registry mirror gives them.
"""

import io
import secrets
import subprocess
import tarfile
from collections.abc import Iterator, Mapping

import pytest
from conftest import MakeProject
from servers import Server, bridge_address, index_server
from support import BASE, RealProject, docker, wheel

DEVEL = "nvidia/cuda:12.8.2-devel-ubuntu22.04"  # for torch 2.8.0
NVCC = "an nvcc of the toolkit"
MAKE_NVCC = f"printf '#!/bin/sh\\necho {NVCC}\\n' > /usr/local/bin/nvcc && chmod +x /usr/local/bin/nvcc"
# As flash-attn does: imports torch, calls nvcc, knows for which cards.
SETUP = """
import os, subprocess, torch
from setuptools import setup
said = subprocess.run(["nvcc"], check=True, capture_output=True, text=True).stdout.strip()
with open("{module}.py", "w") as file:
    print("built =", [said, torch.version, os.environ["TORCH_CUDA_ARCH_LIST"]], file=file)
setup(name="{name}", version="2.8.3", py_modules=["{module}"], install_requires=["{torch}"])
"""
OWN = "CUDA_HOME = '/usr/local/cuda'\n" + SETUP.format(name="ops", module="ops", torch="torch==2.8.0")
TELL = "import shutil, torch, {module}\nprint({module}.built, torch.version, shutil.which('nvcc'))\n"
DREAMING = {"requirements.txt": "tensorflow\ndreamer\n", "m/train.py": "import tensorflow\nprint(tensorflow.name)\n"}
BUILT = f"['{NVCC}', '2.8.0', '9.0'] 2.8.0 None\n"


@pytest.fixture
def index() -> Iterator[Server]:
    """An index beside PyPI, with what has the names of the real packages."""
    packages = sdist("flash_attn", SETUP.format(name="flash-attn", module="flash_attn", torch="torch"))
    for version in ("2.7.1", "2.8.0"):
        packages |= wheel("torch", version, {"torch.py": f"version = {version!r}\n"})
    packages |= wheel("tensorflow", "2.20.0", {"tensorflow.py": "name = 'tensorflow'\n"})
    packages |= wheel("tensorflow_cpu", "2.20.0", {"tensorflow.py": "name = 'tensorflow-cpu'\n"})
    packages |= wheel("dreamer", "1.0", {"dreamer.py": ""}, requires=("tensorflow>=2.2",))
    with index_server(packages, bridge_address(), user="ada", password=secrets.token_hex()) as server:
        yield server


@pytest.fixture
def mirror() -> Iterator[str]:
    """A mirror that is nowhere, but whose images are here: a slim Python, and the same with an nvcc."""
    name = f"mirror-{secrets.token_hex(4)}.invalid"
    docker("tag", BASE, f"{name}/library/{BASE}")
    words = ("docker", "buildx", "build", "--quiet", "--load", "--tag", f"{name}/{DEVEL}", "-")
    subprocess.run(words, input=f"FROM {BASE}\nRUN {MAKE_NVCC}\n".encode(), check=True, stdout=subprocess.DEVNULL)
    yield name
    docker("image", "rm", f"{name}/library/{BASE}", f"{name}/{DEVEL}")


def built(project: RealProject, index: Server, mirror: str) -> str:
    """The id of the image that GPU mode builds; only a run needs a GPU. The tools that compile come from PyPI."""
    environment = {
        "PIP_EXTRA_INDEX_URL": index.url("/simple"),
        "CALIBAN_REGISTRY_MIRROR": mirror,
        "CALIBAN_GPU_CAPABILITY": "9.0",
    }
    ran = project.caliban("build", "--gpu", "m/train.py", env=environment)
    assert ran.code == 0, ran.stderr
    return ran.stdout.decode().strip()


def run(image: str) -> str:
    return docker("run", "--rm", "--network", "none", "--entrypoint", "python", image, "m/train.py")


def test_what_calls_nvcc_is_compiled_where_it_is_with_torch_as_it_will_be(
    make: MakeProject, index: Server, mirror: str
) -> None:
    files = {"requirements.txt": "torch<2.9\nflash-attn\n", "m/train.py": TELL.format(module="flash_attn")}
    assert run(built(make(files), index, mirror)) == BUILT


def test_a_project_with_cuda_sources_is_built_where_nvcc_is(make: MakeProject, index: Server, mirror: str) -> None:
    project = make({"setup.py": OWN, "m/train.py": TELL.format(module="ops")})
    assert run(built(project, index, mirror)) == BUILT


def test_another_requirement_compiles_nothing_again(make: MakeProject, index: Server, mirror: str) -> None:
    project = make({"requirements.txt": "torch==2.8.0\nflash-attn\n", "m/train.py": ""})
    built(project, index, mirror)
    (project.folder / "requirements.txt").write_text("torch==2.8.0\nflash-attn\nsix\n")
    index.granted.clear()
    built(project, index, mirror)
    assert [path for path in index.granted if path.endswith(".tar.gz")] == []


def test_cpu_mode_gets_tensorflow_cpu_whoever_requires_tensorflow(make: MakeProject, index: Server) -> None:
    project = make(
        {"requirements.txt": "tensorflow\ndreamer\n", "m/train.py": "import tensorflow as t; print(t.name)\n"}
    )
    said = project.run("m/train.py", env={"PIP_INDEX_URL": index.url("/simple")})
    assert (said.code, said.stdout) == (0, b"tensorflow-cpu\n")


def test_without_rewrites_it_gets_what_is_declared(make: MakeProject, index: Server) -> None:
    project = make(
        {"requirements.txt": "tensorflow\ndreamer\n", "m/train.py": "import tensorflow as t; print(t.name)\n"}
    )
    said = project.run("--no_rewrites", "m/train.py", env={"PIP_INDEX_URL": index.url("/simple")})
    assert (said.code, said.stdout) == (0, b"tensorflow\n")


def sdist(name: str, setup: str) -> dict[str, bytes]:
    """A source distribution of version 2.8.3: its name and content."""
    top = f"{name}-2.8.3"
    files: Mapping[str, str] = {
        "setup.py": setup,
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.8.3\n",
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(f"{top}/{path}")
            member.size = len(content.encode())
            archive.addfile(member, io.BytesIO(content.encode()))
    return {f"{top}.tar.gz": packed.getvalue()}
