"""What is copied is what is in the folder now, under its own name, whatever the engine remembers (FAULTS D and E)."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from conftest import MakeProject
from support import BUILD, RealProject, tree, write

ODD_FOLDERS = (
    "my data",
    "a$b",
    'q"x',
    "c,d",
    "k=v",
    "data[1]",
    "it's",
    "models/stored",
    "é",
    "-dash",
    "#hash",
    "back`tick",
)
ODD_FILES = ("new\nline", "tab\tx", "[x]", "st*r", "back\\slash", "qu?", " ", "é😀", "-r", "a:b", "n" * 255)
LIST_FILES = "import json, os; print(json.dumps(sorted(os.listdir('data'))))"
FIND_ALL = """
import json, os
found = [os.path.relpath(os.path.join(folder, name)) for folder, _, names in os.walk(".") for name in names]
print(json.dumps(sorted(found)))
"""
READ_LINKS = """
import os
print({name: os.readlink(f"data/{name}") for name in sorted(os.listdir("data")) if os.path.islink(f"data/{name}")})
"""
LONG_AGO = 1_000_000_000


@pytest.fixture
def own_home(tmp_path: Path) -> Path:
    return tmp_path / "caliban-home"


def test_extra_folders_arrive_at_the_same_place_whatever_their_name(make: MakeProject) -> None:
    project = make({"m/x.py": FIND_ALL, **{f"{folder}/f.txt": folder for folder in ODD_FOLDERS}, "other/f.txt": ""})
    ran = project.run(
        *(word for folder in ODD_FOLDERS for word in ("-d", folder.replace("-dash", "./-dash"))), "m/x.py"
    )
    assert ran.code == 0, ran.stderr
    assert json.loads(ran.stdout) == sorted(("m/x.py", *(f"{folder}/f.txt" for folder in ODD_FOLDERS)))


def test_files_of_any_name_are_copied(make: MakeProject) -> None:
    project = make({"x.py": LIST_FILES, **{f"data/{name}": "" for name in ODD_FILES}})
    ran = project.run("x.py")
    assert (ran.code, json.loads(ran.stdout or "[]")) == (0, sorted(ODD_FILES)), ran.stderr


def test_links_are_copied_as_they_are(make: MakeProject) -> None:
    links = {"dangling": "nowhere", "loop": "loop", "up": "..", "file": "real.txt"}
    project = make({"x.py": READ_LINKS, "data/real.txt": "text"})
    for name, target in links.items():
        (project.folder / "data" / name).symlink_to(target)
    ran = project.run("x.py")
    assert (ran.code, ran.stdout.decode()) == (0, f"{dict(sorted(links.items()))}\n"), ran.stderr


def test_an_empty_extra_folder_is_there(make: MakeProject) -> None:
    project = make({"m/x.py": "import os; print(os.listdir('empty'))"})
    (project.folder / "empty").mkdir()
    assert project.run("-d", "empty", "m/x.py").stdout == b"[]\n"


def test_an_edit_that_keeps_size_and_time_is_noticed(make: MakeProject) -> None:
    project = make({"m/x.py": "print(1)\n"})
    said = []
    for code in ("print(1)\n", "print(2)\n", "print(1)\n", "print(3)\n"):
        write(project.folder, {"m/x.py": code})
        os.utime(project.folder / "m/x.py", (LONG_AGO, LONG_AGO))
        said.append(project.run("m/x.py").stdout)
    assert said == [b"1\n", b"2\n", b"1\n", b"3\n"]


def test_switching_between_versions_of_equal_size_and_time_runs_each(make: MakeProject) -> None:
    versions = (
        {"m/x.py": "import m.y; print('a', m.y.n)", "m/y.py": "n=1"},
        {"m/x.py": "import m.y; print('b', m.y.n)", "m/y.py": "n=2"},
    )
    project = make({})
    said = []
    for version in (0, 1, 0, 1, 1):
        write(project.folder, versions[version])
        for path in project.folder.rglob("*"):
            os.utime(path, (0, 0))
        said.append(project.run("m/x.py").stdout)
    assert said == [b"a 1\n", b"b 2\n", b"a 1\n", b"b 2\n", b"b 2\n"]


def test_a_git_checkout_is_noticed(make: MakeProject) -> None:
    project = make({"m/x.py": "print('old')"})

    def git(*words: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words],
            cwd=project.folder,
            check=True,
            capture_output=True,
        )

    git("init", "--initial-branch", "main")
    git("add", ".")
    git("commit", "--message", "old")
    git("checkout", "-b", "new")
    write(project.folder, {"m/x.py": "print('new')"})
    git("commit", "--all", "--message", "new")
    said = [project.run("m/x.py").stdout]
    for branch in ("main", "new"):
        git("checkout", branch)
        said.append(project.run("m/x.py").stdout)
    assert said == [b"new\n", b"old\n", b"new\n"]


@pytest.mark.parametrize("homes", [1, 2])
def test_projects_of_one_name_with_files_of_equal_size_and_time_run_each_its_own(
    homes: int, make: MakeProject, tmp_path: Path
) -> None:
    first = make({"m/x.py": "print('one')"}, inside="a")
    second = make({"m/x.py": "print('two')"}, name=first.name, inside="b")
    for project in (first, second):
        os.utime(project.folder / "m/x.py", (LONG_AGO, LONG_AGO))
    if homes == 2:
        second = second.with_home(tmp_path / "another-home")
    assert [p.run("m/x.py").stdout for p in (first, second, first, second)] == [b"one\n", b"two\n", b"one\n", b"two\n"]


def test_a_lost_index_costs_a_build_and_never_a_wrong_run(make: MakeProject, own_home: Path) -> None:
    project = make({"m/x.py": "print(1)"}).with_home(own_home)
    os.utime(project.folder / "m/x.py", (LONG_AGO, LONG_AGO))
    said = [project.run("m/x.py").stdout]
    (own_home / "index.sqlite").unlink()
    write(project.folder, {"m/x.py": "print(2)"})
    os.utime(project.folder / "m/x.py", (LONG_AGO, LONG_AGO))
    said.append(project.run("m/x.py").stdout)
    (own_home / "index.sqlite").write_bytes(b"no database at all")
    write(project.folder, {"m/x.py": "print(3)"})
    os.utime(project.folder / "m/x.py", (LONG_AGO, LONG_AGO))
    said.append(project.run("m/x.py").stdout)
    assert said == [b"1\n", b"2\n", b"3\n"]


def test_nothing_is_built_when_nothing_that_is_in_the_image_changed(make: MakeProject) -> None:
    project = make({"m/x.py": "print(1)", "m/data.bin": "x" * 1000, "elsewhere/y.py": ""})
    builds = [
        project.run("m/x.py").builds,
        project.run("m/x.py").builds,
        project.run("m/x.py", "--", "other", "arguments").builds,
    ]
    for path in project.folder.rglob("*"):
        path.touch()
    builds.append(project.run("--env", "A=b", "m.x").builds)
    write(project.folder, {"elsewhere/y.py": "changed"})
    builds.append(project.run("m/x.py").builds)
    write(project.folder, {"m/data.bin": "y" * 1000})
    builds.append(project.run("m/x.py").builds)
    assert builds == [1, 0, 0, 0, 0, 1]


def test_a_module_and_its_path_are_one_image(make: MakeProject) -> None:
    project = make({"trainer/train.py": "", "trainer/test.py": ""})
    ids = [
        project.build(module) for module in ("trainer.train", "trainer/train.py", "./trainer/train.py", "trainer.test")
    ]
    assert len(set(ids)) == 1


def test_changed_comments_in_requirements_build_nothing_anew(make: MakeProject) -> None:
    project = make({"m/x.py": "", "requirements.txt": "# nothing yet\n"})
    first = project.build("m.x")
    write(project.folder, {"requirements.txt": "# still nothing\n\n"})
    assert project.build("m.x") == first


def test_a_run_leaves_the_project_folder_as_it_was(make: MakeProject) -> None:
    project = make({"m/x.py": "import os; open('m/new.txt', 'w').close(); os.remove('m/x.py')", "m/y/z.txt": "text"})
    (project.folder / "m/link").symlink_to("y")
    before = tree(project.folder)
    assert project.run("m/x.py").code == 0
    assert tree(project.folder) == before


def test_a_folder_that_may_not_be_written_is_run(of_user: RealProject) -> None:
    for path in of_user.folder.iterdir():
        path.chmod(0o444)
    of_user.folder.chmod(0o555)
    before = tree(of_user.folder)
    ran = of_user.run("snippet.py", "--", "open('written', 'w').write('yes'); print(open('written').read())")
    assert (ran.code, ran.stdout) == (0, b"yes\n"), ran.stderr
    assert tree(of_user.folder) == before


def test_caches_environments_and_keys_stay_out(make: MakeProject) -> None:
    secret = {
        ".env": "A=b",
        ".git/config": "",
        ".ssh/id_rsa": "",
        "id_rsa": "",
        "server.pem": "",
        ".netrc": "",
        ".aws/credentials": "",
    }
    caches = {
        "__pycache__/x.pyc": "",
        "build/x": "",
        "dist/x": "",
        "a.egg-info/PKG-INFO": "",
        ".venv/pyvenv.cfg": "home = /usr",
    }
    project = make({"x.py": FIND_ALL, "kept.txt": "", **secret, **caches})
    assert json.loads(project.run("x.py").stdout) == ["kept.txt", "x.py"]
    assert json.loads(project.run("--include", ".env", "x.py").stdout) == [".env", "kept.txt", "x.py"]


def test_two_runs_at_once_of_a_project_that_is_not_built_yet_both_succeed(make: MakeProject) -> None:
    project = make({"m/x.py": "print('here')"})
    both = [project.start("run", "-v", "m/x.py") for _ in range(2)]
    ends = [
        (out, process.returncode, BUILD in err.decode()) for process in both for out, err in [process.communicate()]
    ]
    assert {end[:2] for end in ends} == {(b"here\n", 0)}
    assert project.containers() == []


def test_deep_folders_and_long_paths_are_copied(make: MakeProject) -> None:
    deep = "/".join(["level"] * 60)
    project = make({"m/x.py": "import sys; print(open(sys.argv[1]).read())", f"m/{deep}/file": "deep"})
    assert project.run("m/x.py", "--", f"m/{deep}/file").stdout == b"deep\n"


@pytest.mark.parametrize("typed", [(".",), ("./",), ("data", "."), ("ROOT",)])
def test_the_project_itself_is_an_extra_directory(typed: tuple[str, ...], make: MakeProject) -> None:
    project = make({"m/x.py": FIND_ALL, "data/y": "", "top.txt": ""})
    ran = project.run(*(f"--dir={path.replace('ROOT', str(project.folder))}" for path in typed), "m/x.py")
    assert (ran.code, json.loads(ran.stdout or "[]")) == (0, ["data/y", "m/x.py", "top.txt"]), ran.stderr


def test_a_folder_that_is_a_link_is_copied_as_it_is_now(make: MakeProject) -> None:
    project = make({"m/x.py": "print(open('link/f').read())", "real/f": "1", "real/.env": "secret"})
    (project.folder / "link").symlink_to("real")
    first = project.run("-d", "link", "m/x.py")
    write(project.folder, {"real/f": "2"})
    second = project.run("-d", "link", "m/x.py")
    assert ([first.stdout, second.stdout], "real/.env" in second.stderr) == ([b"1\n", b"2\n"], True)


def test_output_that_is_redirected_into_the_project_builds_once(make: MakeProject) -> None:
    project = make({"x.py": "import sys; print('out'); print('err', file=sys.stderr)"})
    builds = []
    for _ in range(3):
        with (project.folder / "out.txt").open("ab") as out, (project.folder / "err.txt").open("ab") as err:
            subprocess.run(
                [*project.command, "run", "-v", "x.py"],
                cwd=project.folder,
                env=project.environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                check=True,
            )
        builds.append((project.folder / "err.txt").read_text().count(BUILD))
    assert (builds, (project.folder / "out.txt").read_text()) == ([1, 1, 1], "out\n" * 3)


def test_calibans_own_folder_in_the_project_is_in_no_image(make: MakeProject) -> None:
    project = make({"x.py": "import os; print(sorted(os.listdir('.')))"})
    home = {"CALIBAN_HOME": ".state"}
    runs = [project.run("x.py", env=home) for _ in range(3)]
    assert [(ran.code, ran.stdout, ran.builds) for ran in runs] == [(0, b"['x.py']\n", built) for built in (1, 0, 0)]
    assert "left out" not in runs[0].stderr


def test_a_new_folder_for_results_is_no_part_of_the_next_image(make: MakeProject) -> None:
    write_one = "import os; open(os.environ['CALIBAN_OUTPUT_DIR'] + '/model.pt', 'w').close()"
    project = make({"x.py": f"import os\nif 'CALIBAN_OUTPUT_DIR' in os.environ: {write_one}\nprint(os.listdir('.'))"})
    runs = [project.run(*options, "x.py") for options in (("-o", "res/a"), ("-o", "res/a"), (), ("-o", "res/b"))]
    assert [(ran.code, ran.stdout, ran.builds) for ran in runs] == [
        (0, b"['x.py']\n", built) for built in (1, 0, 0, 0)
    ], runs[-1].stderr
    found = sorted(str(path.relative_to(project.folder)) for path in project.folder.rglob("*") if path.is_file())
    assert found == ["res/.gitignore", "res/a/model.pt", "res/b/model.pt", "x.py"]


def test_an_empty_folder_for_results_is_no_part_of_the_next_image(make: MakeProject) -> None:
    project = make({"x.py": "import os; print(os.listdir('.'))"})
    (project.folder / "res").mkdir()
    runs = [project.run(*options, "x.py") for options in (("-o", "res"), ())]
    assert [(ran.code, ran.stdout, ran.builds) for ran in runs] == [(0, b"['x.py']\n", 1), (0, b"['x.py']\n", 0)]
    assert (project.folder / "res/.gitignore").read_text() == "*\n"


def test_a_copy_that_cannot_fit_the_disk_is_refused_before_it_is_read(make: MakeProject) -> None:
    project = make({"m/x.py": "print(1)"})
    with (project.folder / "m/big.bin").open("wb") as file:
        file.truncate(10 << 40)
    ran = project.run("m/x.py")
    assert (ran.code, ran.builds, "error[copy-too-large]: 11 TB would be copied" in ran.stderr) == (2, 0, True)


def test_a_path_by_the_shells_own_name_for_the_project_runs(make: MakeProject, tmp_path: Path) -> None:
    project = make({"m/x.py": FIND_ALL, "data/y": ""})
    link = tmp_path / "link"
    link.symlink_to(project.folder)
    ran = project.run("-d", f"{link}/data", "--mount", f"{link}/data", f"{link}/m/x.py", env={"PWD": str(link)})
    assert (ran.code, json.loads(ran.stdout or "[]")) == (0, ["data/y", "m/x.py"]), ran.stderr
