"""Whatever a run printed, reading it for a hint gives one or none."""

from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from projects import project

from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.project.survey import survey
from caliban.compiler.input.caller import Caller
from caliban.compiler.input.invocation import Run
from caliban.compiler.input.project import Project
from caliban.compiler.ir.plan import Plan
from caliban.compiler.lowering.observed import Observed
from caliban.compiler.pipeline import compile_plan
from caliban.runtime.running.hints import Ending, hint_after, last_lines

WORDS = st.sampled_from(
    ("ModuleNotFoundError: No module named '", "python3: No module named ", "'", "a", "a.b", "..", "/", "data/x", "\\",
     "No such file or directory", ": ", "not found", "lib.so: cannot open shared object file", "Read-only file system",
     "error: argument --x: expected one argument", "\udcff", "\0", "\n", "\r", " ")
)  # fmt: skip
FILES = {
    "trainer/t.py": "",
    "data/x": "",
    "common/x.py": "",
    "requirements.txt": "six\nopencv-python-headless\n",
    ".gitmodules": '[submodule "lib"]\n\tpath = trainer/lib\n',
}


class Reader(NamedTuple):
    """A project that was compiled, of which runs fail."""

    root: str
    facts: Project
    plan: Plan

    def hint(self, stderr: str, stdout: str = "", code: int = 1) -> str | None:
        ending = Ending(code, last_lines(stdout, stderr), ("--x", "-1e-05"))
        found = hint_after(ending, self.plan, self.facts, self.root)
        return found.hint if found is not None else None


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    root = str(tmp_path_factory.mktemp("project"))
    project(Path(root), FILES)
    (Path(root) / "trainer/lib").mkdir()
    (Path(root) / "trainer/shared").symlink_to("/srv/shared")
    caller = Caller(root=root, python="3.11", platform="linux/amd64")
    run = parse(["run", "--nogpu", "--mount", "data:lent", "trainer/t.py", "--", "--x", "-1e-05"])
    assert isinstance(run, Run)
    facts = survey(run, caller)
    return Reader(root, facts, compile_plan(run, facts, caller, Observed()))


@given(st.lists(WORDS, max_size=12).map("".join), st.integers(1, 255))
def test_words_of_any_kind_are_read(reader: Reader, words: str, code: int) -> None:
    reader.hint(words, code=code)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("ModuleNotFoundError: No module named 'common.net'; 'common' is not a package", "-d common"),
        ("/opt/venv/bin/python: No module named common", "-d common"),
        ("ModuleNotFoundError: No module named 'yaml'\n\nwandb: synced\n", "add a line to requirements.txt: pyyaml"),
        ("ModuleNotFoundError: No module named 'cv2'", None),  # declared: something else is wrong with it
        ("ModuleNotFoundError: No module named 'six'", None),
        ("ModuleNotFoundError: No module named '_tkinter'", None),
        ("cat: data/x: No such file or directory", "-d data"),
        ("cat: data: No such file or directory", "-d data"),
        ("ModuleNotFoundError: No module named 'lib'", "fetch it: git submodule update --init trainer/lib"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'trainer/shared/x.csv'",
         "make it lead to something, or remove it"),
        ("Primary config directory not found.\nCheck that the config directory '/usr/app/data' exists and readable\n\n"
         "Set the environment variable HYDRA_FULL_ERROR=1 for a complete stack trace.", "-d data"),
        ("ModuleNotFoundError: No module named 'yaml'\n\n"
         "Set the environment variable HYDRA_FULL_ERROR=1 for a complete stack trace.",
         "add a line to requirements.txt: pyyaml"),
        ("RuntimeError: model file data/x does not exist", "-d data"),
        ("RuntimeError: data not found", None),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'trainer/t.py'", None),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'ROOT/trainer/t.py'",
         "name it relative to the project: trainer/t.py"),
        ("touch: cannot touch 'lent/y': Read-only file system", "let it write to /outputs, and keep that: -o results"),
        ("OSError: [Errno 30] Read-only file system: '/usr/app/data/y'", None),
        ("libGL.so.1: cannot open shared object file: No such file or directory",
         'in .calibanconfig.json: {"apt_packages": ["libgl1"]}'),
        ("libcuda.so.1: cannot open shared object file: No such file or directory", None),
        ("x" * 1_000_000, None),
    ],
)  # fmt: skip
def test_the_last_words_decide(reader: Reader, said: str, wanted: str | None) -> None:
    words = said.replace("ROOT", reader.root)
    assert reader.hint(words) == wanted
    assert reader.hint("", words) == wanted  # a terminal has both streams as one
    assert reader.hint(f"{words}\nValueError: another one") is None


def test_only_argparse_ends_with_its_code(reader: Reader) -> None:
    said = "t.py: error: argument -x/--x: expected one argument"
    hints = (reader.hint(said, code=2), reader.hint(said, code=1))
    assert hints == ("write both as one argument: --x=-1e-05", None)
