"""`python -m caliban`, started in a project that nobody trusts."""

import os
import subprocess
import sys
from pathlib import Path

import caliban


def test_no_module_of_the_project_is_imported(tmp_path: Path) -> None:
    for name in ("json", "re", "dataclasses", "jsonschema", "packaging", "train"):
        (tmp_path / f"{name}.py").write_text("open('mark', 'w').close()\n")
    (tmp_path / ".calibanconfig.json").write_text("{}")
    (tmp_path / "requirements.txt").write_text("six\n")
    done = subprocess.run(
        [sys.executable, "-m", "caliban", "compile", "--nogpu", "train.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(caliban.__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, (tmp_path / "mark").exists()) == (0, False), done.stderr
