"""The remedies for what a run would not find bring it."""

import re
import shlex

import pytest
from conftest import MakeProject

SHOW = "import os\nprint(sorted(os.listdir('trainer/link')))\n"


@pytest.mark.parametrize("target", ["{above}/shared data", "../../shared data", "../data"])
def test_a_link_that_leads_nowhere_is_led_somewhere_by_its_remedy(target: str, make: MakeProject) -> None:
    beside = make({"x.csv": ""}, name="shared data")
    project = make({"trainer/t.py": SHOW, "data/x.csv": ""})
    (project.folder / "trainer/link").symlink_to(target.format(above=beside.folder.parent))
    failed = project.run("trainer/t.py")
    remedy = re.search("hint: .*?: (-.*)", failed.stderr)
    assert (failed.code, remedy is not None) == (1, True), failed.stderr
    ran = project.run(*shlex.split(remedy[1] if remedy else ""), "trainer/t.py")
    assert (ran.code, ran.stdout, "warning" in ran.stderr) == (0, b"['x.csv']\n", False), ran.stderr
