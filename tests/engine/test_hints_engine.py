"""A run that fails says why where that can be known; one that fails otherwise says nothing more than its own words."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import pytest
from conftest import MakeProject

NONE: Mapping[str, str] = MappingProxyType({})


class Failure(NamedTuple):
    """A run that fails, and the hint after it."""

    hint: str
    code: str  # of the script
    files: Mapping[str, str] = NONE
    line: str = "trainer/t.py"


def failing(words: str, code: int = 1) -> str:
    """A script that ends with these words, as the library of which they are does."""
    return f"import sys\nprint({words!r}, file=sys.stderr)\nsys.exit({code})\n"


DRIVER = (
    "RuntimeError: The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver"
)
SHM = (
    "ERROR: Unexpected bus error encountered in worker. This might be caused by insufficient shared memory (shm).\n"
    "Traceback (most recent call last):\nRuntimeError: DataLoader worker (pid(s) 42) exited unexpectedly"
)
ARGPARSE = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--offset', '-o')\np.parse_args()\n"
LATE = "__import__('importlib').import_module"  # which nobody sees before the build
PROJECT = '[project]\nname = "p"\nversion = "1"\n[project.optional-dependencies]\nplots = ["matplotlib"]\n'

FAILURES = [
    Failure("write a file requirements.txt with this line: opencv-python", f"{LATE}('cv2')"),
    Failure("add a line to requirements.txt: mystery  (if that is its name on PyPI)", f"{LATE}('mystery')",
            {"requirements.txt": "# none\n"}),
    Failure("--extras plots", f"{LATE}('matplotlib.pyplot')", {"pyproject.toml": PROJECT}),
    Failure("-d common", f"{LATE}('common.net')", {"common/net.py": ""}),
    Failure("--include trainer/wandb", f"{LATE}('wandb.t')", {"trainer/wandb/t.py": ""}, "trainer/t.py"),
    Failure("add a line below it: !trainer/secret.py", f"{LATE}('trainer.secret')",
            {"trainer/secret.py": "", ".dockerignore": "**/secret.py\n"}, "trainer.t"),
    Failure("-d data", "open('data/x.csv')", {"data/x.csv": ""}),
    Failure("-d logged", "print(('x' * 99 + '\\n') * 3000)\nopen('logged/x.csv')", {"logged/x.csv": ""}),
    Failure("-d data", "open('/usr/app/data/x.csv')", {"data/x.csv": ""}),
    Failure("-d data", "import subprocess, sys\nsys.exit(subprocess.run(['cat', 'data/x.csv']).returncode)",
            {"data/x.csv": ""}),
    Failure('in .calibanconfig.json: {"apt_packages": ["libgl1"]}', "import ctypes; ctypes.CDLL('libGL.so.1')"),
    Failure("give it more: --docker_run_args '--shm-size 32g'", failing(SHM)),
    Failure("let it write to /outputs, and keep that: -o results", "open('data/new', 'w')", {"data/x": ""},
            "--mount data trainer/t.py"),
    Failure("pin a release of the framework that is built for an older CUDA, or update the driver;", failing(DRIVER)),
    Failure("write both as one argument: --offset=-1e-05", ARGPARSE, {}, "trainer/t.py -- --offset -1e-05"),
]  # fmt: skip


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.hint)
def test_a_run_that_fails_for_a_known_reason_is_followed_by_one_hint(failure: Failure, make: MakeProject) -> None:
    project = make({"trainer/t.py": failure.code, **failure.files})
    ran = project.run("--no_credentials", *failure.line.split())
    assert (ran.code not in (0, 125), ran.stderr.count("  hint: ")) == (True, 1), ran.stderr
    assert f"  hint: {failure.hint}\n" in ran.stderr, ran.stderr


def test_shared_memory_that_is_full_is_known_by_its_path(make: MakeProject) -> None:
    fill = "import os\nfile = os.open('/dev/shm/x', os.O_CREAT | os.O_WRONLY)\n"
    tell = f"{fill}try:\n    os.write(file, bytes(9 << 20)) and os.write(file, b'x')\n"
    code = f"{tell}except OSError as error:\n    raise OSError(error.errno, error.strerror, '/dev/shm/x') from None\n"
    ran = make({"t.py": code}).run("--docker_run_args", "--shm-size 1m", "t.py")
    assert (ran.code, "warning[shared-memory]" in ran.stderr) == (1, True), ran.stderr


def test_a_run_that_is_out_of_memory_is_told_how_to_get_more(make: MakeProject) -> None:
    ran = make({"t.py": "x = bytearray(512 << 20)\nprint(x[::4096].count(0))\n"}).run(
        "--docker_run_args", "--memory 64m --memory-swap 64m", "t.py"
    )
    assert (ran.code, "out of memory (limit 64m); give it more (--docker_run_args" in ran.stderr) == (137, True)


OTHERS = [
    "raise SystemExit(3)",
    "raise ModuleNotFoundError('of our own')",
    "import json.nothing",
    f"try:\n    {LATE}('cv2')\nexcept ImportError as error:\n    print(type(error), error)\nraise SystemExit('x')",
    f"import sys\ntry: {LATE}('cv2')\nexcept ImportError as e:\n    sys.excepthook(type(e), e, None)\nsys.exit('x')",
    "import trainer.nothing",
    "open('nowhere/x.csv')",
    "open('trainer/nothing.csv')",
    "open('/data')",
    "raise OSError(30, 'Read-only file system', '/somewhere')",
    "open('/proc/nothing')",
    "import ctypes; ctypes.CDLL('libmystery.so.1')",
    "import argparse\np = argparse.ArgumentParser()\np.add_argument('--x', type=int)\np.parse_args(['--x', 'y'])",
    "import argparse\np = argparse.ArgumentParser()\np.add_argument('--x')\np.parse_args(['--x'])",
    "raise ValueError('the data is not found: is it there?')",
]


def test_a_run_that_fails_for_another_reason_is_followed_by_none(make: MakeProject) -> None:
    files = {f"trainer/t{number}.py": code for number, code in enumerate(OTHERS)}
    project = make({**files, "trainer/__init__.py": "", "data/x.csv": "", "x": ""})
    ran = [project.run("--no_credentials", f"trainer/t{number}.py") for number in range(len(OTHERS))]
    assert [
        (each.code == 0, "hint:" in each.stderr, each.stderr)
        for each in ran
        if each.code == 0 or "hint:" in each.stderr
    ] == []


@pytest.mark.parametrize(
    "code",
    [
        "import sys\nfor _ in range(3000): sys.stderr.write('x' * 10000)\nsys.exit(4)",  # no line end, 30 MB
        "import os, sys\nos.write(2, bytes(range(128, 256)) * 1000)\nsys.exit(4)",
        "import sys\nsys.stderr.write('\\n' * 100000)\nsys.exit(4)",
        "import sys\nsys.exit(4)",
    ],
)
def test_output_of_any_form_is_passed_on_and_ends_without_a_hint(code: str, make: MakeProject) -> None:
    ran = make({"t.py": code}).run("t.py")
    assert (ran.code, "hint:" in ran.stderr) == (4, False)


def test_a_sweep_says_once_why_its_runs_failed(make: MakeProject) -> None:
    project = make({"t.py": f"{LATE}('cv2')", "sweep.json": '{"lr": [1, 2, 3]}'})
    ran = project.run("--experiment_config", "sweep.json", "t.py")
    assert (ran.code, ran.stderr.count("warning[no-module]")) == (1, 1), ran.stderr


def test_the_hint_comes_where_the_run_has_a_log_that_cannot_be_read_too(make: MakeProject) -> None:
    ran = make({"t.py": f"{LATE}('cv2')"}).run("--docker_run_args", "--log-driver none", "t.py")
    assert (ran.code, "No module named 'cv2'" in ran.stderr, "hint:" in ran.stderr) == (1, True, False), ran.stderr
