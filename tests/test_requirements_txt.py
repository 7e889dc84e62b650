"""Requirements files: what they declare, what they include, and which lines the installer must not see."""

import posixpath
import secrets
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projects import project, told

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies.reading import LocalPackage, ReadRequirements
from caliban.compiler.frontend.dependencies.requirements_reader import MOST_INCLUDES, MOST_PROBLEMS
from caliban.compiler.frontend.dependencies.requirements_txt import read_requirements
from caliban.compiler.project import LineEdit, Requirement, RequirementsFile

FILE = "requirements.txt"
HASHED = f"iniconfig==2.0.0 --hash=sha256:{'0' * 64}\n"  # with one of these, the installer gets the files themselves
WHEEL = "torch-1.8.0+cu111-cp38-cp38-linux_x86_64.whl"


def read(folder: Path, text: str, **others: str) -> ReadRequirements:
    return read_requirements(project(folder, {FILE: text, **others}), FILE)


def refusal(folder: Path, text: str, **others: str) -> str:
    with pytest.raises(Rejected) as caught:
        read(folder, text, **others)
    return told(caught.value)


def at(line: int, source: str = FILE) -> Place:
    return Place(source=source, line=line)


def declared(found: ReadRequirements) -> list[tuple[str, str]]:
    return [(each.name, each.text) for each in found.file.requirements]


def test_a_requirement_keeps_its_text_and_gets_a_normalized_name(tmp_path: Path) -> None:
    text = "Scikit_Learn[a, b] >=1, <2 ; python_version < '3.9' or sys_platform == \"linux\"  # why\n"
    assert read(tmp_path, text) == ReadRequirements(
        file=RequirementsFile(
            path=FILE,
            requirements=(
                Requirement(
                    name="scikit-learn",
                    text="Scikit_Learn[a, b] >=1, <2 ; python_version < '3.9' or sys_platform == \"linux\"",
                    place=at(1),
                ),
            ),
            lines=("Scikit_Learn[a, b] >=1, <2 ; python_version < '3.9' or sys_platform == \"linux\"",),
            listed=(FILE,),
        )
    )


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("torch == 1.8.0", "torch"),
        ("torch (>=1.0)", "torch"),
        ("torch===1.0", "torch"),
        ("torch~=1.8, !=1.8.1,", "torch"),
        ("torch[]", "torch"),
        ("git+https://github.com/a/b.git#subdirectory=PythonAPI&egg=pycocotools", "pycocotools"),
        ("Foo @ git+ssh://git@github.com/a/b@v1 ; python_version > '3'", "foo"),
        (f"https://download.pytorch.org/whl/cu111/{WHEEL}", "torch"),
        ("https://x.org/foo_bar-1.0.tar.gz#sha256=00", "foo-bar"),
        ("${BASE}/foo-1.0.tar.gz", "foo"),
    ],
)
def test_the_name_of_a_requirement_is_found(tmp_path: Path, line: str, name: str) -> None:
    assert declared(read(tmp_path, line)) == [(name, line)]


def test_comments_hashes_and_options_are_no_requirements(tmp_path: Path) -> None:
    text = (
        "# torch \\\n--index-url https://user:${TOKEN}@x/simple\r\n--pre\r\n\r\n"
        "six==1.16 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\nidna # numpy \\\n"
    )
    assert [(each.text, each.place.line) for each in read(tmp_path, text).file.requirements] == [
        ("six==1.16", 5),
        ("idna", 8),
    ]


def test_includes_are_relative_to_their_file_and_may_be_circular(tmp_path: Path) -> None:
    files = {
        "reqs/base.txt": "-r ../requirements.txt\n--constraint=con.txt\n-r 'sp ace.txt'\npandas\n--find-links wheels\n",
        "reqs/con.txt": "numpy<2\n",
        "reqs/sp ace.txt": "idna",
        "reqs/wheels/x.whl": "",
    }
    found = read(tmp_path, "-r reqs/base.txt # all\n-r https://x.org/more.txt\nsix\n", **files)
    assert found.file == RequirementsFile(
        path=FILE,
        includes=("reqs/con.txt", "reqs/wheels"),
        lines=(
            "--constraint ${PROJECT_ROOT}/reqs/con.txt",
            "--find-links ${PROJECT_ROOT}/reqs/wheels",
            "-r https://x.org/more.txt",
            "idna",
            "pandas",
            "six",
        ),
        listed=("reqs/base.txt", "reqs/sp ace.txt", FILE),
        requirements=(
            Requirement(name="idna", text="idna", place=at(1, "reqs/sp ace.txt")),
            Requirement(name="pandas", text="pandas", place=at(4, "reqs/base.txt")),
            Requirement(name="six", text="six", place=at(3)),
        ),
        constraints=(Requirement(name="numpy", text="numpy<2", place=at(1, "reqs/con.txt")),),
        options=("--find-links reqs/wheels",),
        unread=at(2),
    )


def test_a_file_that_constrains_may_also_be_required(tmp_path: Path) -> None:
    found = read(tmp_path, "-c pins.txt\n-r pins.txt\n", **{"pins.txt": "numpy==1.26"})
    assert (found.file.includes, declared(found)) == (("pins.txt",), [("numpy", "numpy==1.26")])


def test_local_packages_lose_their_lines_wherever_they_stand(tmp_path: Path) -> None:
    files = {
        "setup.py": "",
        "libs/foo/pyproject.toml": "",
        "reqs/base.txt": "six\n-e ./libs/foo[A_b]\n",
    }
    found = read(
        tmp_path,
        f"--index-url https://x/simple\n-r reqs/base.txt\nfoo @ file:libs/foo\n-e .[gpu, dev]\n{HASHED}",
        **files,
    )
    assert (found.local_packages, found.file.edits) == (
        (
            LocalPackage(path="libs/foo", extras=("a-b",), place=at(2, "reqs/base.txt")),
            LocalPackage(path=".", extras=("gpu", "dev"), place=at(4)),
        ),
        (
            LineEdit(path="reqs/base.txt", line=2, action="delete"),
            LineEdit(path=FILE, line=3, action="delete"),
            LineEdit(path=FILE, line=4, action="delete"),
        ),
    )


@pytest.mark.parametrize(
    "line",
    [
        *(".", "./", "-e .", "--editable=.", "-e file:.", "file:./", "${PROJECT_ROOT}", "file://${PROJECT_ROOT}"),
        *("me @ .", "-e me @ file:.", ". ; python_version > '3'", "-e . # the project", ".#egg=me", "./libs/.."),
    ],
)
def test_the_project_itself_is_a_local_package(tmp_path: Path, line: str) -> None:
    found = read(tmp_path, line, **{"pyproject.toml": "", "libs/x": ""})
    assert (found.local_packages, declared(found)) == ((LocalPackage(path=".", place=at(1)),), [])


@pytest.mark.parametrize(
    "line", [f"./wheels/{WHEEL}", f"wheels/{WHEEL}", f"torch @ file:wheels/{WHEEL.replace('+', '%2B')}"]
)
def test_a_wheel_of_the_project_is_included(tmp_path: Path, line: str) -> None:
    found = read(tmp_path, line, **{f"wheels/{WHEEL}": ""})
    assert found.file == RequirementsFile(
        path=FILE,
        includes=(f"wheels/{WHEEL}",),
        requirements=(Requirement(name="torch", text=line, place=at(1)),),
        lines=(line,),
        listed=(FILE,),
    )


def test_editable_repositories_are_fetched_by_git_and_lose_their_flag(tmp_path: Path) -> None:
    text = "six\n-e git+https://github.com/a/b.git#egg=b\ngit+https://github.com/a/c\n"
    found, mounted = read(tmp_path, text), read(tmp_path, text + HASHED)
    assert found.file == RequirementsFile(
        path=FILE,
        requirements=(
            Requirement(name="six", text="six", place=at(1)),
            Requirement(name="b", text="git+https://github.com/a/b.git#egg=b", place=at(2)),
        ),
        lines=("git+https://github.com/a/b.git#egg=b", "git+https://github.com/a/c", "six"),
        listed=(FILE,),
        unread=at(3),
        git=at(2),
    )
    assert (mounted.file.lines, mounted.file.edits) == (None, (LineEdit(path=FILE, line=2, action="not-editable"),))


def test_a_missing_file_is_named_with_what_resembles_it(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        read_requirements(project(tmp_path, {FILE: ""}), "requirments.txt")
    assert told(caught.value) == (
        "error[no-requirements]: no requirements file 'requirments.txt' in the project\n"
        "  hint: did you mean 'requirements.txt'?"
    )


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("-r bas.txt", "this line includes 'bas.txt', but there is no such file", "did you mean 'base.txt'?"),
        (
            "-r ${X}.txt",
            "an environment variable decides which file '${X}.txt' is, so it cannot be copied",
            "write the name of the file",
        ),
        (
            "-c ../x.txt",
            "'../x.txt' is outside the project, the current directory; nothing outside it is copied",
            "move it into the project, or start caliban in the folder that holds both",
        ),
        (
            "-e file:///home/me/x",
            "'/home/me/x' is a path of one machine only",
            "write it relative to the project: ./libs/foo",
        ),
        (
            "x @ file:///croot/x_1/work",
            "'/croot/x_1/work' is a path of one machine only",
            "these lines are conda's: pip list --format=freeze > requirements.txt writes versions instead",
        ),
        (
            "./empty",
            "'empty' cannot be installed: it has no pyproject.toml or setup.py that says how",
            "leave out this line; code that is copied needs no installing",
        ),
        ("./empt", "there is no 'empt' in the project", "did you mean 'empty'?"),
        ("numpy=1.19.2=py37_0", "this line is no requirement", "a single = is conda's spelling: write numpy==1.19.2"),
        ("numpy 1.0", "this line is no requirement", "write numpy==1.0"),
        ("numpy=>1.0", "this line is no requirement", "compare with one of == >= <= > < != ~="),
        ("pip install numpy", "this line is no requirement", "write the names of the packages alone, one per line"),
        ("<<<<<<< HEAD", "this line is no requirement", "resolve the merge conflict in this file"),
        (
            "-rbase.txt",
            "-rbase.txt is no option that uv, which installs, takes here",
            "write -r base.txt, with a space between",
        ),
        (
            "--extra-index https://x",
            "--extra-index is no option that uv, which installs, takes here",
            "did you mean '--extra-index-url'?",
        ),
        ("six --global-option=x", "--global-option is no option that uv, which installs, takes here", "leave it out"),
        ("-r", "-r needs a value", "write -r VALUE"),
        (
            "hg+https://x.org/y",
            "uv, which installs, cannot fetch from hg+https:// addresses",
            "use a git+https:// address, or a wheel in the project",
        ),
        (
            "-e git@github.com:a/b.git",
            "this is git's spelling of an address, not that of a requirement",
            "write git+ssh://git@github.com/a/b.git",
        ),
        ("-e https://x.org/y.zip", "only folders and git repositories can be editable", "leave out -e"),
    ],
)
def test_a_bad_line_is_shown_with_what_to_write(tmp_path: Path, line: str, message: str, hint: str) -> None:
    said = refusal(tmp_path, f"six\n{line}\n", **{"base.txt": "", "empty/x": ""})
    assert [each.strip() for each in said.partition(": ")[2].splitlines()] == [
        message,
        "--> requirements.txt:2",
        f"|  {line}",
        f"hint: {hint}",
    ]


def test_a_requirement_on_two_lines_is_joined_because_uv_does_not(tmp_path: Path) -> None:
    text = "six\ntorch \\\n  ==2.0\n"
    found, mounted = read(tmp_path, text).file, read(tmp_path, text + HASHED).file
    assert ([each.text for each in found.requirements], found.lines) == (["six", "torch ==2.0"], ("six", "torch ==2.0"))
    assert (mounted.lines, mounted.edits) == (None, (LineEdit(path=FILE, line=2, action="join"),))


@pytest.mark.parametrize(
    "text",
    ["# why\nsix\nabc # because", "six\r\nabc\r\n", "abc\n\n\nsix", "-r more.txt\nsix", " six \nabc", "six\nabc\nabc"],
)
def test_comments_order_and_line_ends_change_nothing_of_what_is_installed(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text, **{"more.txt": "abc\n"}).file.lines == ("abc", "six")


def test_lines_that_no_dockerfile_may_hold_stay_in_their_file(tmp_path: Path) -> None:
    secret = secrets.token_hex(8)
    for text in (
        f"--index-url https://me:{secret}@x.org/simple\nsix\n",
        HASHED,
        "".join(f"p{number}\n" for number in range(20_000)),
    ):
        assert read(tmp_path, text).file.lines is None
    assert read(tmp_path, "--index-url https://me:${TOKEN}@x.org/simple\nsix\n").file.lines is not None


@pytest.mark.parametrize(
    ("text", "hashed"),
    [
        (HASHED, True),
        (f"--pre\n{HASHED}", True),
        (f"{HASHED}six\n", False),
        (f"{HASHED}-e git+https://example.com/six#egg=six\n", False),
        ("six\n", False),
    ],
)
def test_hashes_count_where_each_requirement_has_one(tmp_path: Path, text: str, hashed: bool) -> None:
    assert read(tmp_path, text).file.hashed is hashed


def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("six")
    inside = tmp_path / "project"
    inside.mkdir()
    (inside / "base.txt").symlink_to("../outside.txt")
    assert "'base.txt' is outside the project" in refusal(inside, "-r base.txt")


def test_no_more_problems_are_reported_than_anybody_reads(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a b\n" * 100).count("error[") == MOST_PROBLEMS


def test_a_long_chain_of_includes_ends(tmp_path: Path) -> None:
    chain = {f"{number}.txt": f"-r {number + 1}.txt\n" for number in range(MOST_INCLUDES + 1)}
    assert f"more than {MOST_INCLUDES} included requirements files" in refusal(tmp_path, "-r 0.txt", **chain)


LINES = st.lists(
    st.sampled_from(
        [
            "-r ",
            "-c ",
            "-e ",
            "-f ",
            "--hash=",
            "git+",
            "https://",
            "file:",
            "../",
            "./",
            "/",
            "${X}",
            "\\",
            " #",
            "@",
            "[",
            "]",
            ";",
            "==",
            "torch",
            " ",
            "\n",
            "\r\n",
            "\0",
            "é",
            "\u2028",
            "%00",
            "%2e%2e/",
        ]
    )
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8")) | LINES.map("".join))
def test_any_text_is_read_or_rejected_and_never_leads_outside(tmp_path: Path, text: str) -> None:
    try:
        found = read(tmp_path, text)
    except Rejected:
        return
    paths = [*found.file.includes, *(package.path for package in found.local_packages)]
    assert [path for path in paths if posixpath.normpath(path).startswith(("/", ".."))] == []


@pytest.mark.parametrize(
    "line",
    [
        "git+https://github.com/a/c",
        "https://example.com/a.tar.gz",
        "-r https://example.com/more.txt",
        "-f https://example.com/wheels",
        "six==1.17.0 --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274",
        "six @ https://${TOKEN}@example.com/six-1.17.0.tar.gz",
    ],
)
def test_what_only_an_installer_understands_in_full_is_marked(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, f"six\n{line}\n").file.unread == at(2)


def test_options_for_the_installer_alone_are_kept(tmp_path: Path) -> None:
    found = read(tmp_path, "--pre\n--no-binary six\n-f wheels\nsix\n", **{"wheels/x": ""})
    assert (found.file.options, found.file.unread) == (("--pre", "--no-binary six", "--find-links wheels"), None)
