"""Projects as people really write them, each with the traps that a case of tests/corpus names (SPEC §2, §3).

Expected are exit code and output on a machine where the requirements, and the project by `pip install -e .`, were
installed. A case may name what git does not keep: links, empty folders and wheels.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import MakeProject
from support import wheel, write

CORPUS = Path(__file__).parent.parent / "corpus"
CASES = sorted(path.parent for path in CORPUS.glob("*/case.json"))


def files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def set_up(folder: Path, case: dict[str, Any]) -> None:
    """Makes what git does not keep."""
    for path, target in case.get("links", {}).items():
        (folder / path).symlink_to(target)
    for path in case.get("empty_folders", ()):
        (folder / path).mkdir()
    for path, wheels in case.get("wheels", {}).items():
        (folder / path).mkdir()
        for facts in wheels:
            write(folder / path, wheel(**facts))


def matched(patterns: list[str], text: str) -> list[str]:
    return [pattern for pattern in patterns if re.search(pattern, text, re.MULTILINE)]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_real_project_runs_as_its_authors_run_it(case: Path, make: MakeProject) -> None:
    facts = json.loads((case / "case.json").read_text(encoding="utf-8"))
    project = make(files(case / "project"))
    set_up(project.folder, facts)
    for expected in facts["runs"]:
        ran = project.run(*expected["words"], env={"USER": "ada"})
        said: dict[str, Any] = {
            **expected,
            "code": ran.code,
            "stdout": matched(expected["stdout"], ran.stdout.decode()),
            "stderr": matched(expected["stderr"], ran.stderr),
        }
        assert said == expected, ran.stderr
