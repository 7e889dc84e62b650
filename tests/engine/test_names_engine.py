"""Files of odd names are read by the builder as what they are (FAULTS F-05)."""

import json

import pytest
from conftest import MakeProject
from support import in_folder, wheel

pytestmark = pytest.mark.engine

NAMES = (
    "a b",
    "req;touch x",
    "it's",
    'q"x',
    "$HOME",
    "$(id)",
    "`id`",
    "a,b",
    "#x",
    "-r",
    "<<EOF",
    "a&b|c>d",
    "~",
    "x=y]",
)
TELL = """
import importlib.metadata, json
names = (each.name for each in importlib.metadata.distributions())
print(json.dumps(sorted(name for name in names if name.startswith("e2e"))))
"""


def test_requirements_files_may_have_any_name_that_the_builder_can_be_told(make: MakeProject) -> None:
    files: dict[str, str | bytes] = {"m/x.py": TELL}
    options = []
    for number, name in enumerate(NAMES):
        [(file, content)] = wheel(f"e2e_{number:02}", "1.0", {}).items()
        files |= {f"{name}.txt": f"./wheels/{file}\n", **in_folder("wheels", {file: content})}
        options += [f"--requirements={name}.txt"]
    ran = make(files).run(*options, "m/x.py")
    assert ran.code == 0, ran.stderr
    assert json.loads(ran.stdout) == [f"e2e_{number:02}" for number in range(len(NAMES))]


def test_a_package_of_the_project_may_lie_in_a_folder_of_any_such_name(make: MakeProject) -> None:
    folder = "libs/my $tool's"
    setup = {"setup.py": "from setuptools import setup\nsetup(name='e2e-tool', py_modules=['tool'])", "tool.py": ""}
    project = make({"m/x.py": TELL, "requirements.txt": f"./{folder}\n", **in_folder(folder, setup)})
    ran = project.run("m/x.py")
    assert (ran.code, ran.stdout) == (0, b'["e2e-tool"]\n'), ran.stderr


@pytest.mark.parametrize("name", ["é.txt", "a*.txt", "[x].txt", "a\\b.txt", "!x.txt"])
def test_a_name_that_the_builder_cannot_be_told_is_an_error_before_anything_is_built(
    name: str, make: MakeProject
) -> None:
    ran = make({"m/x.py": "", name: "six\n"}).run(f"--requirements={name}", "m/x.py")
    assert (ran.code, ran.builds, "error[odd-name]" in ran.stderr) == (2, 0, True), ran.stderr
