"""What MODULE names is what runs, with its arguments, streams and exit code (SPEC §2, §7)."""

import json

import pytest
from conftest import MakeProject
from support import BASE, Files, RealProject, in_folder, wheel

SAY = "import os, sys\nprint(__name__, os.getcwd(), *sys.argv)\n"
PROJECT = {
    "trainer/__init__.py": "",
    "trainer/train.py": SAY,
    "pkg/__init__.py": "",
    "pkg/__main__.py": SAY,
    "src/deep/__init__.py": "",
    "src/deep/go.py": SAY,
    "mycode.py": SAY,
    "a/b/c.py": SAY,
    "a'b.py": SAY,
    "$HOME.py": SAY,
    "#x y.py": SAY,
    "st*r.py": SAY,
    "star.py": "raise SystemExit('the wrong one')\n",
    "run.sh": "echo bash $BASH_VERSINFO $PWD $0 $1\n",
    "scripts/go": "#!/usr/bin/env python3\n" + SAY,
}
RUNS = {  # MODULE, and what it prints
    "trainer.train": "__main__ /usr/app /usr/app/trainer/train.py one",
    "trainer/train": "__main__ /usr/app /usr/app/trainer/train.py one",
    "trainer/train.py": "__main__ /usr/app trainer/train.py one",
    "./trainer/train.py": "__main__ /usr/app trainer/train.py one",
    "pkg": "__main__ /usr/app /usr/app/pkg/__main__.py one",
    "deep.go": "__main__ /usr/app /usr/app/src/deep/go.py one",
    "mycode": "__main__ /usr/app /usr/app/mycode.py one",
    "mycode.py": "__main__ /usr/app mycode.py one",
    "a/b/c.py": "__main__ /usr/app a/b/c.py one",
    "a'b.py": "__main__ /usr/app a'b.py one",
    "$HOME.py": "__main__ /usr/app $HOME.py one",
    "#x y.py": "__main__ /usr/app #x y.py one",
    "st*r.py": "__main__ /usr/app st*r.py one",
    "run.sh": "bash 5 /usr/app run.sh one",
    "scripts/go": "__main__ /usr/app scripts/go one",
}
ARGUMENTS = ("--", "", "a b", "$(id)", '"q"', "'s'", "new\nline", "*", "-x", "é", "😀", "\\", "--nogpu", "tab\t", "")
SPELL_ARGUMENTS = "import json, sys; json.dump(sys.argv[1:], sys.stdout)"
EVERY_BYTE = bytes(range(256)) + b"\r50%\r100%\x1b[0m no final newline"
WRITE_BYTES = (
    "import sys; data = bytes(range(256)) + b'\\r50%\\r100%\\x1b[0m no final newline';"
    "sys.stdout.buffer.write(data); sys.stderr.buffer.write(b'<' + data + b'>')"
)


@pytest.fixture
def project(make: MakeProject) -> RealProject:
    return make(PROJECT)


def test_every_kind_of_module_runs_in_the_working_directory(project: RealProject) -> None:
    said = {module: project.run(module, "--", "one") for module in RUNS}
    assert {module: (ran.code, ran.stdout.decode()) for module, ran in said.items()} == {
        module: (0, f"{words}\n") for module, words in RUNS.items()
    }


def test_an_absolute_path_inside_the_project_runs(project: RealProject) -> None:
    ran = project.run(str(project.folder / "trainer/train.py"))
    assert (ran.code, ran.stdout) == (0, b"__main__ /usr/app trainer/train.py\n")


def test_only_the_first_folder_of_the_module_is_copied(make: MakeProject) -> None:
    look = "import os; print(*sorted(os.listdir('.')), *sorted(os.listdir('a')))"
    project = make({"a/b/look.py": look, "a/more.py": "", "other/x.py": "", "root.py": ""})
    assert project.run("a/b/look.py").stdout == b"a b more.py\n"


def test_arguments_arrive_byte_for_byte(snippets: RealProject) -> None:
    ran = snippets.run("snippet.py", "--", SPELL_ARGUMENTS, *ARGUMENTS)
    assert (ran.code, json.loads(ran.stdout)) == (0, list(ARGUMENTS))


def test_arguments_of_a_shell_script_arrive_byte_for_byte(snippets: RealProject) -> None:
    ran = snippets.run("shell.sh", "--", "shift; printf '%s\\0' \"$@\"", *ARGUMENTS)
    assert (ran.code, ran.stdout.decode().split("\0")[:-1]) == (0, list(ARGUMENTS))


def test_thousands_of_arguments_arrive(snippets: RealProject) -> None:
    many = tuple(f"--flag-{number}=" + "x" * 100 for number in range(5_000))
    ran = snippets.run("snippet.py", "--", SPELL_ARGUMENTS, *many)
    assert (ran.code, json.loads(ran.stdout)) == (0, list(many))


def test_an_argument_that_the_system_cannot_carry_is_an_error_of_the_user(snippets: RealProject) -> None:
    # 4 MB never reach caliban itself: here what caliban adds to its own arguments is too much.
    sweep = json.dumps({"text": "x" * 140_000})
    ran = snippets.run("--experiment_config", "stdin", "snippet.py", "--", "pass", stdin=sweep.encode())
    assert (ran.code, ran.stdout) == (2, b"")
    assert "128 KiB" in ran.stderr


def test_arguments_that_are_no_text_are_refused_and_not_altered(snippets: RealProject) -> None:
    ran = snippets.run("snippet.py", "--", "pass", b"a\xffb")
    assert (ran.code, ran.stdout) == (2, b"")


@pytest.mark.parametrize("code", [0, 1, 3, 42, 125, 126, 127, 255])
def test_the_exit_code_of_the_script_is_calibans(code: int, snippets: RealProject) -> None:
    ran = snippets.run("snippet.py", "--", f"raise SystemExit({code})")
    assert (ran.code, "error[" in ran.stderr) == (code, False)


def test_a_script_that_dies_of_a_signal_exits_as_a_shell_says_it(snippets: RealProject) -> None:
    assert snippets.run("snippet.py", "--", "import os; os.kill(os.getpid(), 6)").code == 134


def test_both_streams_pass_unchanged_and_apart(snippets: RealProject) -> None:
    ran = snippets.run("snippet.py", "--", WRITE_BYTES)
    assert ran.stdout == EVERY_BYTE
    assert f"<{EVERY_BYTE.decode(errors='replace')}>" in ran.stderr


def test_a_build_says_nothing_on_stdout(make: MakeProject) -> None:
    ran = make({"quiet.py": "print('mine')"}).run("quiet.py")
    assert (ran.code, ran.stdout, ran.builds) == (0, b"mine\n", 1)


def test_stdin_reaches_a_single_run(snippets: RealProject) -> None:
    ran = snippets.run("snippet.py", "--", "import sys; print(repr(sys.stdin.buffer.read()))", stdin=b"in\0\xff\n")
    assert ran.stdout == b"b'in\\x00\\xff\\n'\n"


def test_a_sweep_gets_no_stdin(snippets: RealProject) -> None:
    (snippets.folder.parent / "sweep.json").write_text('{"n": [1, 2]}')
    read = "import sys; print(sys.argv[2], repr(sys.stdin.read()))"
    ran = snippets.run("--experiment_config", "../sweep.json", "snippet.py", "--", read, stdin=b"mine")
    assert (ran.code, ran.stdout) == (0, b"1 ''\n2 ''\n")


@pytest.mark.parametrize("source", ["stdin", "a file"])
def test_a_sweep_runs_every_experiment_and_names_the_failed_one(source: str, snippets: RealProject) -> None:
    config = '[{"n": [1, 2], "flag": true}, {"n": 3, "flag": false}]  // three'
    path = snippets.folder.parent / "experiments.json"
    path.write_text(config)
    given, stdin = ("stdin", config.encode()) if source == "stdin" else (str(path), b"")
    code = "import sys; print(*sys.argv[1:]); sys.exit(7 * ('2' in sys.argv))"
    ran = snippets.caliban("run", "--experiment_config", given, "snippet.py", "--", code, "first", stdin=stdin)
    assert (ran.code, ran.stdout) == (1, b"first --n 1 --flag\nfirst --n 2 --flag\nfirst --n 3\n")
    table = [line.split() for line in ran.stderr.splitlines()[-2:]]
    assert (table[0], table[1][:2], "--n 2 --flag" in ran.stderr.splitlines()[-1]) == (
        ["run", "exit", "time", "arguments"],
        ["2", "7"],
        True,
    )


def test_a_sweep_that_succeeds_exits_0(snippets: RealProject) -> None:
    assert snippets.run("--experiment_config", "stdin", "snippet.py", "--", "pass", stdin=b"{}").code == 0


PACKAGES = in_folder("wheels", wheel("e2e_any", "1.0", {}))
BASES: dict[str, tuple[tuple[str, ...], Files]] = {
    "our own": ((), {}),
    "our own with packages": ((), {"requirements.txt": f"./{min(PACKAGES)}\n", **PACKAGES}),
    "a named one": (("--base_image", BASE), {}),
}
SHADOWS = {
    "encodings/__init__.py": "raise SystemExit('the project stands before Python')",
    "sitecustomize.py": "print('a sitecustomize of the project runs')",
    "usercustomize.py": "print('a usercustomize of the project runs')",
    "json.py": "raise SystemExit('the project stands before Python')",
    "common.py": "WORD = 'common'\n",
    "m/x.py": "import json, sys, common; print(common.WORD, sys.path[-1])\n",
    "go.sh": "python m/x.py\n",
}


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("module", ["m/x.py", "go.sh"])
def test_the_project_comes_last_on_the_import_path(module: str, base: str, make: MakeProject) -> None:
    options, files = BASES[base]
    ran = make({**SHADOWS, **files}).run("-d", ".", *options, module)
    assert (ran.code, ran.stdout) == (0, b"common /usr/app\n"), ran.stderr


def test_a_shell_script_needs_no_python_in_its_base(make: MakeProject) -> None:
    dockerfile = f"FROM {BASE}\nRUN rm /usr/local/bin/python*\n"
    ran = make({"Dockerfile": dockerfile, "go.sh": "echo ran\n"}).run("--base_image", "./Dockerfile", "go.sh")
    assert (ran.code, ran.stdout) == (0, b"ran\n"), ran.stderr
