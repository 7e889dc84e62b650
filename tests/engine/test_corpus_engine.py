"""Projects as people really write them, each with the traps that a case of tests/corpus names (SPEC §2, §3)."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeProject

pytestmark = pytest.mark.engine

CORPUS = Path(__file__).parent.parent / "corpus"
CASES = sorted(path.parent for path in CORPUS.glob("*/case.json"))


def files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def matched(patterns: list[str], text: str) -> list[str]:
    return [pattern for pattern in patterns if re.search(pattern, text, re.MULTILINE)]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_real_project_runs_as_its_authors_run_it(case: Path, make: MakeProject) -> None:
    project = make(files(case / "project"))
    for expected in json.loads((case / "case.json").read_text(encoding="utf-8"))["runs"]:
        ran = project.run(*expected["words"], env={"USER": "ada"})
        said: dict[str, Any] = {
            **expected,
            "code": ran.code,
            "stdout": matched(expected["stdout"], ran.stdout.decode()),
            "stderr": matched(expected["stderr"], ran.stderr),
        }
        assert said == expected, ran.stderr
