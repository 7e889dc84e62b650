"""Bytecode of packages is in the image of a long sweep, and in no other."""

import json

import pytest
from conftest import MakeProject
from support import Files, in_folder, wheel

pytestmark = pytest.mark.engine

TELL = """
import importlib.util, os
print(os.path.exists(importlib.util.find_spec("compilable").cached))
import compilable
"""
FILES: Files = {
    **in_folder("wheels", wheel("compilable", "1.0", {"compilable.py": "answer = 42", "of_python_2.py": "print 42"})),
    "requirements.txt": "--no-index\n--find-links ./wheels\ncompilable\n",
    "m/x.py": TELL,
    "long.json": json.dumps({"n": [1, 2, 3, 4, 5]}),
    "short.json": json.dumps({"n": [1, 2]}),
}


def test_a_long_sweep_finds_its_packages_compiled(make: MakeProject) -> None:
    project = make(FILES)
    long, short = (project.run("--experiment_config", f"{name}.json", "m.x") for name in ("long", "short"))
    assert (long.stdout, short.stdout) == (b"True\n" * 5, b"False\n" * 2), long.stderr
