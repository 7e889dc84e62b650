"""Requirements files: what they declare, what they include, and which lines the installer must not see."""

import posixpath
import secrets
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from projects import project, told

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.dependencies.manifests.requirements_reader import MOST_INCLUDES, MOST_PROBLEMS
from caliban.compiler.frontend.dependencies.manifests.requirements_txt import read_requirements
from caliban.compiler.frontend.dependencies.reading import LocalPackage, ReadRequirements
from caliban.compiler.input.project import LineEdit, PythonFact, Requirement, RequirementsFile

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
        unnamed=1,
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
        unnamed=1,
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
        *(
            (
                f"x @ file://{path}",
                f"'{path}' is a path of one machine only",
                "these lines are conda's: pip list --format=freeze > requirements.txt writes versions instead",
            )
            for path in (
                "/croot/x_1/work",
                "/tmp/abs_653_j00fmm/croots/recipe/x/work",
                "/home/conda/feedstock_root/build_artifacts/x_1613246945912/work",
                "/opt/concourse/worker/volumes/live/7bd5/volume/x_1613246945912/work",
                "/C:/ci_311/x_1676411144000/work",
                "/D:/bld/x_1676411144000/work/dist/x-1-py3-none-any.whl",
            )
        ),
        (
            "./empty",
            "'empty' cannot be installed: it has no pyproject.toml or setup.py that says how",
            "leave out this line; code that is copied needs no installing",
        ),
        (r"-r .\base.txt", r"this line includes '.\base.txt', but there is no such file", "did you mean 'base.txt'?"),
        (r".\empty", r"there is no '.\empty' in the project", "did you mean 'empty'?"),
        ("./empt", "there is no 'empt' in the project", "did you mean 'empty'?"),
        ("numpy=1.19.2=py37_0", "this line is no requirement", "a single = is conda's spelling: write numpy==1.19.2"),
        ("numpy 1.0", "this line is no requirement", "write numpy==1.0"),
        ("numpy=>1.0", "this line is no requirement", "compare with one of == >= <= > < != ~="),
        ("pip install numpy", "this line is no requirement", "write the names of the packages alone, one per line"),
        (
            "<<<<<<< HEAD",
            "a merge conflict begins here, and is not resolved",
            "resolve it, or take one side: git checkout --ours requirements.txt",
        ),
        (
            "-rbase.txt",
            "'-rbase.txt' is not an option of requirements files that uv knows",
            "write -r base.txt, with a space between",
        ),
        (
            "--extra-index https://x",
            "'--extra-index' is not an option of requirements files that uv knows",
            "did you mean '--extra-index-url'?",
        ),
        (
            "six --global-option=x",
            "'--global-option' cannot stand behind a requirement",
            "build a wheel with it, and name that file here instead: "
            "pip wheel --no-deps -w wheels six --global-option x",
        ),
        (
            "six==1.16.0 --no-binary :all:",
            "'--no-binary' cannot stand behind a requirement",
            "write it into a line of its own: --no-binary six",
        ),
        (
            "torch==2.1 --extra-index-url https://x.org/cu118",
            "'--extra-index-url' cannot stand behind a requirement",
            "write it into a line of its own: --extra-index-url https://x.org/cu118",
        ),
        ("six -U", "'-U' cannot stand behind a requirement", "leave it out"),
        (
            "-i 'https://x' --pre",
            "several options in one line, which uv does not take apart",
            "write each option into a line of its own",
        ),
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


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://index.example/simple/?token=SECRET",
        "--extra-index-url https://index.example/SECRET/simple",
        "--index-url https://SECRET:@index.example/simple",
        "--find-links https://index.example/wheels?sig=SECRET",
        "--find-links https://index.example/wheels?SECRET",
    ],
)
def test_a_file_with_a_token_in_an_address_is_mounted_and_not_listed(line: str, tmp_path: Path) -> None:
    found = read(tmp_path, f"{line.replace('SECRET', secrets.token_hex())}\nsix\n")
    assert (found.file.lines, declared(found)) == (None, [("six", "six")])


@pytest.mark.parametrize("value", ["${SIG}", "SECRET"])
@pytest.mark.parametrize("requirement", ["six @ https://h.example/six-1-py3-none-any.whl", "https://h.example/six.zip"])
def test_the_address_of_a_package_with_a_token_is_refused_as_installers_write_it_down(
    requirement: str, value: str, tmp_path: Path
) -> None:
    value = value.replace("SECRET", secrets.token_hex())
    said = refusal(tmp_path, f"{requirement}?X-Amz-Signature={value}\n")
    assert (said.splitlines()[0].split(":")[0], value in said) == ("error[password-in-image]", False)


def test_the_address_of_a_package_that_may_hold_a_token_is_reported(tmp_path: Path) -> None:
    found = read(tmp_path, f"six @ https://h.example/{secrets.token_hex()}/six-1-py3-none-any.whl\n")
    assert ([problem.code for problem in found.warnings], found.file.lines) == (["password-in-image"], None)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_byte_order_mark_says_how_a_file_is_read(tmp_path: Path, encoding: str, end: str) -> None:
    disk = project(tmp_path, {})
    (tmp_path / FILE).write_bytes(f"-r more.txt{end}six # é{end}".encode(encoding))
    (tmp_path / "more.txt").write_bytes(f"toml{end}".encode(encoding))
    assert read_requirements(disk, FILE).file.lines == ("six", "toml")


def test_a_comment_says_how_a_file_is_read_as_it_does_for_pip(tmp_path: Path) -> None:
    disk = project(tmp_path, {})
    (tmp_path / FILE).write_bytes(f"# -*- coding: latin-1 -*-\nsix # é\n{HASHED}".encode("latin-1"))
    file = read_requirements(disk, FILE).file
    assert (file.encodings, [each.name for each in file.requirements]) == (((FILE, "iso8859-1"),), ["six", "iniconfig"])


@pytest.mark.parametrize("name", ["zlib", "rot13", "unicode_escape", "idna", "no-such-encoding"])
def test_a_comment_names_no_codec_that_changes_what_is_written(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, f"# coding: {name}\nsix\n").file.lines == ("six",)


PIP_LIST = "Package    Version\n---------- -------\nsix        1.16.0\n"
CONDA = "# packages at /opt:\n#\n# Name  Version  Build  Channel\nnumpy  1.26.4  py311_0\nsix  1.16.0  pyh_1  main\n"
EXPLICIT = "# platform: linux-64\n@EXPLICIT\nhttps://repo.example/linux-64/six-1.16.0-py_0.tar.bz2\n"
FREEZE = f"write one in that environment: pip list --format=freeze > {FILE}"


@pytest.mark.parametrize(
    ("text", "command", "line", "hint"),
    [
        (
            PIP_LIST,
            "pip list",
            1,
            f"""make requirements of it: awk 'NR > 2 {{ print $1 "==" $2 }}' {FILE} """
            f"> {FILE}.new && mv {FILE}.new {FILE}",
        ),
        (CONDA, "conda list", 4, FREEZE),
        (EXPLICIT, "conda list --explicit", 2, FREEZE),
    ],
)
def test_what_another_command_printed_is_refused_once(
    tmp_path: Path, text: str, command: str, line: int, hint: str
) -> None:
    said = refusal(tmp_path, text).splitlines()
    assert [*said[:2], *said[3:]] == [
        f"error[not-requirements]: this is what `{command}` prints, and no list of requirements",
        f"  --> {FILE}:{line}",
        f"  hint: {hint}",
    ]


def test_the_remedy_for_what_pip_list_printed_makes_requirements_of_it(tmp_path: Path) -> None:
    command = refusal(tmp_path, PIP_LIST).partition("make requirements of it: ")[2]
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    assert read_requirements(project(tmp_path, {}), FILE).file.lines == ("six==1.16.0",)


def test_an_exported_list_is_no_part_of_another_file(tmp_path: Path) -> None:
    said = refusal(tmp_path, "-r conda.txt\nsix\n", **{"conda.txt": "numpy=1.26.4=py311_0\n"})
    assert "hint: it is read where it is no part of another file: --requirements conda.txt" in said


def test_condas_lines_among_others_are_refused_once(tmp_path: Path) -> None:
    said = refusal(tmp_path, "six==1.16.0\n_libgcc_mutex=0.1=main\nnumpy=1.26.4=py311_0\n")
    assert said == (
        "error[not-requirements]: 2 lines here are of `conda list --export`, and others are not\n"
        "  --> requirements.txt:2\n"
        "   |  _libgcc_mutex=0.1=main\n"
        "  hint: move them to a file of their own, and name both: "
        "--requirements conda.txt --requirements requirements.txt"
    )


def test_one_line_of_condas_makes_no_list(tmp_path: Path) -> None:
    assert "a single = is conda's spelling: write numpy==1.26.4" in refusal(tmp_path, "six\nnumpy=1.26.4=py311_0\n")


@pytest.mark.parametrize(
    ("text", "specifier"),
    [
        ("python >= 3.9", ">=3.9"),
        ("Python==3.10", "==3.10.*"),
        ("python==3.10.4", "==3.10.4"),
        ("python>=3.8\npython<3.12", ">=3.8,<3.12"),
        ("python", None),
    ],
)
def test_python_as_a_requirement_chooses_the_python(tmp_path: Path, text: str, specifier: str | None) -> None:
    for more in ("", HASHED):
        found = read(tmp_path, f"{text}\nsix\n{more}")
        lines = found.file.lines
        python = None if specifier is None else PythonFact(specifier=specifier, place=at(1))
        edits = tuple(LineEdit(path=FILE, line=line + 1, action="delete") for line in range(text.count("\n") + 1))
        assert (found.python, [each.name for each in found.file.requirements][:1]) == (python, ["six"])
        assert (lines, found.file.edits) == ((None, edits) if more else (("six",), ()))


def test_options_that_share_a_line_are_given_to_the_installer_one_by_one(tmp_path: Path) -> None:
    text = "-i https://x.org/simple --trusted-host x.org\nsix\n"
    found, mounted = read(tmp_path, text).file, read(tmp_path, text + HASHED).file
    assert found.lines == ("-i https://x.org/simple", "--trusted-host x.org", "six")
    assert (found.indexes, found.options) == (("-i https://x.org/simple",), ("--trusted-host x.org",))
    assert (mounted.lines, mounted.edits) == (None, (LineEdit(path=FILE, line=1, action="split"),))


def test_options_among_constraints_count_for_pip_and_so_they_do_here(tmp_path: Path) -> None:
    constraints = {"c.txt": "--extra-index-url https://x.org/simple\nnumpy<2\n"}
    found = read(tmp_path, "-c c.txt\nsix\n", **constraints).file
    assert found.lines == ("--extra-index-url https://x.org/simple", "-c ${PROJECT_ROOT}/c.txt", "six")
    said = refusal(tmp_path, f"-c c.txt\n{HASHED}", **constraints)
    assert said == (
        "error[bad-requirement]: uv reads no options in a file of constraints\n"
        "  --> c.txt:1\n"
        "   |  --extra-index-url https://x.org/simple\n"
        "  hint: write this line into the file that includes it"
    )


def test_options_that_uv_does_not_follow_are_told(tmp_path: Path) -> None:
    found = read(tmp_path, "--prefer-binary\n--use-feature=x\nsix\n")
    assert [(each.severity, each.message, str(each.place)) for each in found.warnings] == [
        ("warning", "uv, which installs, does not follow --prefer-binary", f"{FILE}:1"),
        ("warning", "uv, which installs, does not follow --use-feature", f"{FILE}:2"),
    ]
    assert found.file.lines == ("six",)


def test_several_names_of_an_option_are_offered_in_lines_of_their_own(tmp_path: Path) -> None:
    assert refusal(tmp_path, "--no-binary six,toml\n").endswith(
        "hint: write one for each, in lines of their own:\n        --no-binary six\n        --no-binary toml"
    )
