"""Each way to declare dependencies, built and run against the real PyPI with tiny packages (SPEC §3)."""

import pytest
from conftest import MakeProject
from support import Files

LIST = """
from importlib.metadata import distributions
print(*sorted(f"{d.name}=={d.version}" for d in distributions() if d.name not in ("pip", "setuptools", "wheel")))
"""
CODE = {"m/__init__.py": "", "m/x.py": LIST}
SETUP = "from setuptools import setup\n"
SETUP_PY = SETUP + "setup(name='m', version='1', packages=['m'], install_requires=['six==1.16.0'])\n"
SETUP_CFG = """
[metadata]
name = m
version = 1
[options]
packages = m
install_requires =
    six==1.16.0
[options.extras_require]
cpu = toml==0.10.2
"""
BUILD = '[build-system]\nrequires = ["setuptools>=64"]\nbuild-backend = "setuptools.build_meta"\n'
POETRY = """
[tool.poetry]
name = "m"
version = "1"
description = ""
authors = []
[tool.poetry.dependencies]
python = ">=3.9"
six = "~1.16"
[tool.poetry.group.cpu.dependencies]
toml = "0.10.2"
[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
"""
PROJECT = '[project]\nname = "m"\nversion = "1"\n'
GROUPS = """
[dependency-groups]
cpu = ["toml==0.10.2", { include-group = "more" }]
more = ["iniconfig==2.0.0"]
gpu = ["no-such-distribution-of-gpus"]
"""
WORKSPACE = """
[tool.uv.sources]
lib = { workspace = true }
[tool.uv.workspace]
members = ["libs/*"]
"""
LIB = """
[project]
name = "lib"
version = "2"
dependencies = ["toml==0.10.2", "sub"]
[tool.uv.sources]
sub = { path = "../sub" }
"""
DYNAMIC = """
dynamic = ["dependencies"]
[tool.setuptools]
packages = ["m"]
[tool.setuptools.dynamic]
dependencies = { file = ["requirements/core.txt"] }
"""


@pytest.mark.parametrize(
    ("files", "installed"),
    [
        pytest.param(
            {
                "environment.yml": "dependencies: [python=3.11, mkl, msgpack-python=1.0.8, {pip: [six==1.16.0, -e .]}]",
                "setup.py": SETUP_PY.replace("six==1.16.0", "six>=1.15"),
            },
            "m==1 msgpack==1.0.8 six==1.16.0",
            id="environment.yml",
        ),
        pytest.param({"setup.py": SETUP_PY}, "m==1 six==1.16.0", id="setup.py"),
        pytest.param(
            {"setup.cfg": SETUP_CFG, "pyproject.toml": BUILD}, "m==1 six==1.16.0 toml==0.10.2", id="setup.cfg"
        ),
        pytest.param(
            {"pyproject.toml": PROJECT + 'dependencies = ["six==1.16.0"]\n' + BUILD},
            "m==1 six==1.16.0",
            id="pyproject.toml",
        ),
        pytest.param({"pyproject.toml": POETRY}, "m==1 six==1.16.0 toml==0.10.2", id="poetry"),
        pytest.param(
            {"pyproject.toml": PROJECT + 'dependencies = ["six==1.16.0"]\n' + GROUPS},
            "iniconfig==2.0.0 six==1.16.0 toml==0.10.2",
            id="dependency groups",
        ),
        pytest.param(
            {"pyproject.toml": PROJECT + DYNAMIC + BUILD, "requirements/core.txt": "six==1.16.0\n"},
            "m==1 six==1.16.0",
            id="dynamic dependencies",
        ),
        pytest.param(
            {
                "pyproject.toml": PROJECT + 'dependencies = ["six==1.16.0", "lib"]\n' + WORKSPACE,
                "libs/lib/pyproject.toml": LIB + BUILD,
                "libs/lib/lib.py": "",
                "libs/sub/setup.py": SETUP + "setup(name='sub', version='3', py_modules=['sub'])\n",
                "libs/sub/sub.py": "",
            },
            "lib==2 six==1.16.0 sub==3 toml==0.10.2",
            id="folders of a workspace",
        ),
        pytest.param({"m/requirements.txt": "six==1.16.0\n"}, "six==1.16.0", id="requirements below the root"),
        pytest.param(
            {"requirements.txt": "six==1.16.0\n", "requirements-cpu.txt": "toml==0.10.2\n"},
            "six==1.16.0 toml==0.10.2",
            id="requirements of the mode",
        ),
    ],
)
def test_what_is_declared_is_installed(make: MakeProject, files: Files, installed: str) -> None:
    ran = make({**CODE, **files}).run("m.x")
    assert (ran.code, ran.stdout.decode().strip()) == (0, installed), ran.stderr
