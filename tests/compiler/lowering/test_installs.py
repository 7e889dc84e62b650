"""Every line that a file of requirements has is given to the installer, or the user is told of it by file and line."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from projects import project

from caliban.backends.docker.dockerfile import render_dockerfile
from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.project.survey import survey
from caliban.compiler.input.caller import Caller
from caliban.compiler.input.invocation import Compile
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.lowering.observed import Observed
from caliban.compiler.pipeline import compile_plan

CALLER = Caller(root="", python="3.11", platform="linux/amd64")
HASH = f"--hash=sha256:{'0' * 64}"


class Kind(NamedTuple):
    """A kind of line; `N` is another number in each line."""

    text: str
    given: str = ""  # what the Dockerfile has because of it, where that is not the text itself
    told: Literal["refused", "warned"] | None = None


# https://pip.pypa.io/en/stable/reference/requirements-file-format/ and what uv says of the same format.
KINDS = (
    Kind("pN"),
    Kind("pN == 1.0"),
    Kind("pN[a,b] >=1, <2 ; python_version > '3.8'"),
    Kind("pN == 1.0  # why", given="pN == 1.0"),
    Kind("pN @ https://h.example/pN.zip"),
    Kind("aN @ git+https://h.example/aN@main#subdirectory=b"),
    Kind("git+https://h.example/gN"),
    Kind("git+ssh://git@h.example/gN.git"),
    Kind("-e git+https://h.example/gN", given="git+https://h.example/gN"),
    Kind("https://h.example/xN.tar.gz"),
    Kind("https://h.example/wN-1-py3-none-any.whl ; sys_platform == 'linux'"),
    Kind("./wheels/wN-1-py3-none-any.whl"),
    Kind("wN @ file:wheels/wN-1-py3-none-any.whl"),
    Kind("-e ./libs/lN", given="libs/lN"),
    Kind("./libs/lN", given="libs/lN"),
    Kind("-r subN.txt", given="sN==1"),
    Kind("--requirement=subN.txt", given="sN==1"),
    Kind("-r https://h.example/rN.txt"),
    Kind("-c conN.txt", given="conN.txt"),
    Kind("-c https://h.example/cN.txt"),
    Kind("-i https://h.example/iN"),
    Kind("--index-url=https://h.example/iN"),
    Kind("--extra-index-url https://h.example/iN"),
    Kind("-f https://h.example/fN"),
    Kind("--find-links wheelsN", given="wheelsN"),
    Kind("--no-binary pN"),
    Kind("--only-binary pN"),
    Kind("--pre", given="--prerelease=allow"),
    Kind("--trusted-host hN.example", given="--allow-insecure-host=hN.example"),
    Kind("--pre --extra-index-url https://h.example/iN", given="\n--extra-index-url https://h.example/iN\n"),
    Kind("--no-index --find-links wheelsN", given="wheelsN"),
    Kind("python == 3.10", given="Python 3.10"),
    Kind("--prefer-binary", told="warned"),
    Kind("--use-feature=fast-deps", told="warned"),
    Kind("pN --no-binary :all:", told="refused"),
    Kind('pN --config-settings "a=N"', told="refused"),
    Kind("pN --global-option=N", told="refused"),
    Kind("pN -i https://h.example/iN", told="refused"),
    Kind("pN=1.0", told="refused"),
    Kind("pN 1.0", told="refused"),
    Kind("pN qN", told="refused"),
    Kind("--optionN", told="refused"),
    Kind("--no-binary pN,qN", told="refused"),
    Kind("-i", told="refused"),
    Kind("-i 'https://h.example/iN' --pre", told="refused"),
    Kind("-r missingN.txt", told="refused"),
    Kind("./missing/lN", told="refused"),
    Kind("git@h.example:me/gN", told="refused"),
    Kind("hg+https://h.example/hN", told="refused"),
)
MANY_LINES = (Kind("pN \\\n  == 1.0", given="pN"), Kind(f"pN==1 \\\n    {HASH}", given="pN==1"), Kind(f"pN==1 {HASH}"))
BEFORE_PIP = 5  # lines of the environment file


class Case(NamedTuple):
    """A file with these lines."""

    lines: list[tuple[Kind, int]]
    form: Literal["requirements.txt", "--requirements", "environment.yml"]
    encoding: str
    end: str

    def at(self, index: int) -> int:
        """The line at which one of them starts."""
        before = sum(kind.text.count("\n") + 1 for kind, _ in self.lines[:index])
        return before + (BEFORE_PIP if self.form == "environment.yml" else 1)


def numbered(kinds: list[Kind]) -> list[tuple[Kind, int]]:
    return [(kind, 100 + index) for index, kind in enumerate(kinds)]


PLAIN = st.lists(st.sampled_from(KINDS), min_size=1, max_size=6).map(numbered)
ANY = st.lists(st.sampled_from(KINDS + MANY_LINES), min_size=1, max_size=6).map(numbered)
FILES = st.builds(
    Case, ANY, st.sampled_from(["requirements.txt", "--requirements"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]), st.sampled_from(["\n", "\r\n"]),
)  # fmt: skip
ENVIRONMENTS = st.builds(Case, PLAIN, st.just("environment.yml"), st.sampled_from(["utf-8", "utf-16"]), st.just("\n"))


def with_number(text: str, number: int) -> str:
    return re.sub(r"N(?=\b|[.=])", str(number), text)


def write(folder: Path, case: Case) -> list[str]:
    """The project; returns the words that name its file."""
    others = {"m.py": ""}
    for _, number in case.lines:
        others |= {
            f"sub{number}.txt": f"s{number}==1\n",
            f"con{number}.txt": f"p{number}<9\n",
            f"wheels/w{number}-1-py3-none-any.whl": "",
            f"wheels{number}/x": "",
            f"libs/l{number}/pyproject.toml": f'[project]\nname = "l{number}"\nversion = "1"\n[build-system]\n'
            'requires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
        }
    project(folder, others)
    texts = [with_number(kind.text, number) for kind, number in case.lines]
    if case.form == "environment.yml":
        text = "dependencies:\n- pip\n\n- pip:\n" + "".join(f"  - {json.dumps(each)}\n" for each in texts)
    else:
        text = "".join(f"{each}\n" for each in texts).replace("\n", case.end)
    name = "reqs.txt" if case.form == "--requirements" else case.form
    (folder / name).write_bytes(text.encode(case.encoding))
    return ["--requirements", name] if case.form == "--requirements" else []


class Outcome(NamedTuple):
    """What comes of a project."""

    given: str | None  # the Dockerfile and the files of requirements that its installer reads; None where refused
    told: list[Diagnostic]


def outcome(case: Case) -> Outcome:
    folder = Path(tempfile.mkdtemp())
    try:
        invocation = parse(["compile", "--nogpu", *write(folder, case), "m.py"])
        assert isinstance(invocation, Compile)
        found = survey(invocation, replace(CALLER, root=str(folder)))
        plan = compile_plan(invocation, found, CALLER, Observed())
        assert isinstance(plan.image, Recipe)
        dockerfile = render_dockerfile(plan.image)
        unquoted = dockerfile.replace("'", "").replace('"', "").replace(" \\\n      ", "\n")
        return Outcome("\n".join((unquoted, *files_read(dockerfile, folder, case.encoding), "")), list(found.warnings))
    except Rejected as rejected:
        return Outcome(None, list(rejected.diagnostics))
    finally:
        shutil.rmtree(folder)


def files_read(dockerfile: str, folder: Path, encoding: str) -> Iterator[str]:
    """The files that uv reads, after the commands that edit them; of a line with several options it reads the first."""
    for path in re.findall(r"source=([\w/]+\.txt),", dockerfile):
        edits = re.findall(rf"(?m)^ *(.*/tmp/as-written/{path}.*) && \\$", dockerfile)
        if edits:
            command = re.sub(
                rf"(?<= )/tmp/{path}", f"{folder}/edited", edits[0].replace("/tmp/as-written", str(folder))
            )
            path_to_python = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
            subprocess.run(["sh", "-c", command], check=True, env=path_to_python)
            lines = (folder / "edited").read_text(encoding="utf-8-sig").splitlines()
        else:
            own = path in ("requirements.txt", "reqs.txt")
            lines = (folder / path).read_bytes().decode(encoding if own else "utf-8").splitlines()
        yield "\n".join(re.sub(r"^(--?\S+.*?)\s--?[a-z].*", r"\1", line).replace("'", "") for line in lines)


def check(case: Case) -> None:
    given, told = outcome(case)
    places = {each.place.line for each in told if each.place is not None}
    refused = [case.at(index) for index, (kind, _) in enumerate(case.lines) if kind.told == "refused"]
    warned = [case.at(index) for index, (kind, _) in enumerate(case.lines) if kind.told == "warned"]
    if refused:
        assert (given, set(refused) - places) == (None, set())
        return
    assert given is not None, told
    tokens = [with_number(kind.given or kind.text, number) for kind, number in case.lines if kind.told is None]
    assert [token for token in tokens if token.replace("'", "") not in given] == []
    assert set(warned) - places == set()


@settings(max_examples=80)
@given(FILES)
def test_every_line_of_a_requirements_file_is_given_to_the_installer_or_told(case: Case) -> None:
    check(case)


@settings(max_examples=40)
@given(ENVIRONMENTS)
def test_every_line_of_condas_pip_section_is_given_to_the_installer_or_told(case: Case) -> None:
    check(case)


def test_each_kind_of_line_counts_where_it_stands_alone() -> None:
    for kind in (*KINDS, *MANY_LINES):
        for form in ("requirements.txt", "--requirements", "environment.yml"):
            if form != "environment.yml" or kind in KINDS:
                check(Case([(kind, 100)], form, "utf-8", "\n"))
