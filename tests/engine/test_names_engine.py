"""Files and folders of odd names are read by the builder as what they are (FAULTS E-03, F-05), or refused by name."""

import json

import pytest
from conftest import MakeProject
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import BUILD, in_folder, wheel, write

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


# What a reader of names on the way to the engine reads otherwise: shells, JSON, CSV, patterns, here-documents, flags.
PIECES = ("a", "é", "日", " ", "!", "#", "$", "$HOME", "${x}", "`id`", '"', "'", "\\", "<<EOF", "<<-", "1<<", "*", "?",
          "[x]", "[", "]", "-", "--from=x", ".", "..", "~", ",", "=", ":", ";", "&", "|", "(", "{}", "%41", "\t", "\n",
          "\u00a0", "\u200b", "@", "+", "^")  # fmt: skip
NAMED = (
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join).filter(lambda name: name not in (".", ".."))
)
SHOW = """
import json, os
found = [os.path.relpath(os.path.join(folder, name)) for folder, _, names in os.walk(".") for name in names]
print(json.dumps({name: open(name).read() for name in found if name.endswith("f.txt")}))
"""
BATCH = settings(
    max_examples=6, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def by_itself(ran_code: int, stderr: str) -> bool:
    """Whether it was refused before the build, in words of ours and by name."""
    return ran_code == 2 and BUILD not in stderr and "error[" in stderr and "-->" in stderr


@BATCH
@given(names=st.lists(NAMED, min_size=6, max_size=12, unique=True))
def test_an_extra_directory_of_any_name_arrives_or_is_refused(names: list[str], make: MakeProject) -> None:
    project = make({"m/x.py": SHOW})
    told = [name for name in names if name.isprintable()]
    for name in names:
        write(project.folder, {f"{name}/f.txt": f"in {name}", f"{name}/deep/f.txt": "", f"{name}/.env": "X"})
    ran = project.run(*(f"--dir={name}" for name in told), "m/x.py")
    expected = {
        path: text for name in told for path, text in ((f"{name}/f.txt", f"in {name}"), (f"{name}/deep/f.txt", ""))
    }
    assert (ran.code, json.loads(ran.stdout or "{}")) == (0, expected), (names, ran.stderr)
    for name in set(names) - set(told):
        refused = project.run(f"--dir={name}", "m/x.py")
        assert by_itself(refused.code, refused.stderr), (name, refused.stderr)


@BATCH
@given(name=NAMED)
def test_a_script_of_any_name_or_in_a_folder_of_any_name_runs_or_is_refused(name: str, make: MakeProject) -> None:
    scripts = (f"{name}/t.py", f"{name}.py")
    project = make(dict.fromkeys(scripts, "import sys; print(ascii(sys.argv[0]))\n"))
    for script in scripts:
        ran = project.run(f"./{script}")
        if name.isprintable():
            typed = f"./{script}" if script.startswith("-") else script
            assert (ran.code, ran.stdout.decode().strip()) == (0, ascii(typed)), (name, ran.stderr)
        else:
            assert by_itself(ran.code, ran.stderr), (name, ran.stderr)
