from pathlib import Path

import pytest
from projects import project, told

from caliban.compiler.diagnostics import Place, Rejected
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.target import Target, resolve

FILES = {
    "mycode.py": "",
    "run.sh": "echo\n",
    "windows.sh": "#!/bin/bash -e\r\necho\r\n",
    "env.sh": "#! /usr/bin/env python3\n",
    "empty.sh": "#!\n",
    "-odd.py": "",
    "-d/go.py": "",
    "my sweep.json": "{}",
    "explore.ipynb": "{}",
    "both": "#!/bin/sh\n",
    "both.py": "",
    "a/b/c.py": "",
    "trainer/__init__.py": "",
    "trainer/train.py": "",
    "trainer/train/data.txt": "",
    "pkg/__main__.py": "",
    "src/lib/train.py": "",
    "src/tool/__main__.py": "",
    "my code/it's.py": "",
    "docs/index.md": "",
    "go": "cd data && ls\n",
    "app.pyz": "PK\3\4 __main__.py",
    "prog": "\x7fELF\2\1\1\0",
    "table.npy": "NUMPY\1\0",
    "sweep.json": '{"lr": 1}',
    "train": "import sys\n",
}


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    (tmp_path / "outside.py").touch()
    disk = project(tmp_path / "root", FILES)
    (tmp_path / "root/inner.py").symlink_to("a/b/c.py")
    (tmp_path / "root/outer.py").symlink_to("../outside.py")
    (tmp_path / "root/gone.py").symlink_to("nowhere.py")
    return disk


def found(disk: Disk, typed: str) -> Target:
    return resolve(disk, typed, "/home/me/example")


@pytest.mark.parametrize(
    ("typed", "target"),
    [
        ("trainer.train", Target(("python", "-m", "trainer.train"), "trainer/train.py", "trainer")),
        ("trainer/train", Target(("python", "-m", "trainer.train"), "trainer/train.py", "trainer")),
        ("trainer/train.py", Target(("python", "trainer/train.py"), "trainer/train.py", "trainer")),
        ("./trainer//train.py", Target(("python", "trainer/train.py"), "trainer/train.py", "trainer")),
        ("trainer/../mycode.py", Target(("python", "mycode.py"), "mycode.py", ".")),
        ("/home/me/example/a/b/c.py", Target(("python", "a/b/c.py"), "a/b/c.py", "a")),
        ("pkg", Target(("python", "-m", "pkg"), "pkg/__main__.py", "pkg")),
        ("pkg/", Target(("python", "-m", "pkg"), "pkg/__main__.py", "pkg")),
        ("mycode", Target(("python", "-m", "mycode"), "mycode.py", ".")),
        ("mycode.py", Target(("python", "mycode.py"), "mycode.py", ".")),
        ("run.sh", Target(("/bin/bash", "run.sh"), "run.sh", ".")),
        ("go", Target(("/bin/bash", "go"), "go", ".")),
        ("app.pyz", Target(("python", "app.pyz"), "app.pyz", ".")),
        ("windows.sh", Target(("/bin/bash", "-e", "windows.sh"), "windows.sh", ".")),
        ("env.sh", Target(("/usr/bin/env", "python3", "env.sh"), "env.sh", ".")),
        ("empty.sh", Target(("/bin/bash", "empty.sh"), "empty.sh", ".")),
        ("./-odd.py", Target(("python", "./-odd.py"), "-odd.py", ".")),
        ("both", Target(("/bin/sh", "both"), "both", ".")),
        ("lib.train", Target(("python", "-m", "lib.train"), "src/lib/train.py", "src", "src")),
        ("src.lib.train", Target(("python", "-m", "src.lib.train"), "src/lib/train.py", "src")),
        ("tool", Target(("python", "-m", "tool"), "src/tool/__main__.py", "src", "src")),
        ("my code/it's.py", Target(("python", "my code/it's.py"), "my code/it's.py", "my code")),
        ("inner.py", Target(("python", "inner.py"), "inner.py", ".")),
    ],
)
def test_module_means_a_file_and_the_folder_to_copy(disk: Disk, typed: str, target: Target) -> None:
    assert found(disk, typed) == target


@pytest.mark.parametrize(
    ("typed", "code", "hint"),
    [
        ("", "bad-target", "name a module or a file"),
        ("a\nb", "bad-target", "name a module or a file"),
        ("../x.py", "outside-project", "change to the folder that holds the code"),
        ("/etc/passwd", "outside-project", "change to the folder that holds the code"),
        ("/home/me/example2/x.py", "outside-project", "change to the folder that holds the code"),
        ("outer.py", "outside-project", "replace the link by the file itself"),
        ("gone.py", "unknown-target", "make the link lead to a file of the project"),
        ("trainer", "folder-target", "name a file in it: trainer/train.py"),
        ("docs", "folder-target", "add 'docs/__main__.py'"),
        ("explore.ipynb", "notebook", "jupyter nbconvert --to script explore.ipynb"),
        ("trainer.trian", "unknown-target", "did you mean 'trainer.train'?"),
        ("trainer/trian.py", "unknown-target", "did you mean 'trainer/train.py'?"),
        ("mycod.py", "unknown-target", "did you mean 'mycode.py'?"),
        ("zzz", "unknown-target", "there is ./-odd.py, "),
        ("./-od.py", "unknown-target", "did you mean './-odd.py'?"),
        ("-d", "folder-target", "name a file in it: ./-d/go.py"),
        ("my sweep.json", "no-script", "--experiment_config 'my sweep.json'"),
    ],
)
def test_what_cannot_run_is_rejected_with_a_way_out(disk: Disk, typed: str, code: str, hint: str) -> None:
    with pytest.raises(Rejected) as caught:
        found(disk, typed)
    text = told(caught.value)
    assert (text.startswith(f"error[{code}]: "), hint in text) == (True, True), text


def test_an_empty_folder_has_no_suggestion(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        found(Disk(str(tmp_path)), "train")
    assert told(caught.value).endswith("hint: no file is here: change to the folder that holds the code")


@pytest.mark.parametrize("typed", ["prog", "table.npy", "sweep.json"])
def test_what_bash_cannot_read_is_not_given_to_it(typed: str, disk: Disk) -> None:
    with pytest.raises(Rejected) as rejected:
        found(disk, typed)
    assert told(rejected.value).startswith(f"error[no-script]: '{typed}' is ")


def test_a_link_is_reported_with_what_it_leads_to(disk: Disk) -> None:
    said = []
    for typed in ("outer.py", "gone.py"):
        with pytest.raises(Rejected) as caught:
            found(disk, typed)
        said.append(caught.value.diagnostics[0].message)
    assert said == [
        "'outer.py' is a link that leads out of the project, to '../outside.py', and links are copied as links",
        "'gone.py' is a link to 'nowhere.py', and no file is there",
    ]


SCRIPTS = (
    '[project]\nname = "p"\n[project.scripts]\nmytrain = "pkg.cli:main"\npkg = "pkg.cli:main"\nfar = "other.cli:main"\n'
)


@pytest.mark.parametrize(("root", "import_path", "folder"), [("", None, "pkg"), ("src/", "src", "src")])
def test_a_command_of_the_project_runs_as_such_and_copies_its_modules_folder(
    root: str, import_path: str | None, folder: str, tmp_path: Path
) -> None:
    disk = project(tmp_path, {"pyproject.toml": SCRIPTS, f"{root}pkg/cli.py": "", f"{root}pkg/__init__.py": ""})
    for name, line in (("mytrain", 4), ("pkg", 5)):  # a package of the name that does not run gives way
        place = Place(source="pyproject.toml", line=line)
        assert resolve(disk, name, "/p") == Target((name,), f"{root}pkg/cli.py", folder, import_path, place)


def test_a_module_wins_over_a_command_of_its_name(tmp_path: Path) -> None:
    disk = project(tmp_path, {"pyproject.toml": SCRIPTS, "pkg/cli.py": "", "pkg/__main__.py": "", "mytrain": "echo\n"})
    assert [resolve(disk, name, "/p").argv for name in ("pkg", "mytrain")] == [
        ("python", "-m", "pkg"),
        ("/bin/bash", "mytrain"),
    ]


@pytest.mark.parametrize(("typed", "hint"), [("mytrian", "did you mean 'mytrain'?"), ("far", "there is ")])
def test_commands_are_guessed_at_and_those_of_other_packages_are_none(typed: str, hint: str, tmp_path: Path) -> None:
    disk = project(tmp_path, {"pyproject.toml": SCRIPTS, "pkg/cli.py": ""})
    with pytest.raises(Rejected) as caught:
        resolve(disk, typed, "/p")
    assert f"hint: {hint}" in told(caught.value)


def test_code_is_found_for_a_guess_some_folders_down_and_other_files_are_named_where_none_is(tmp_path: Path) -> None:
    deep = project(tmp_path / "deep", {"src/pkg/train.py": ""})
    none = project(tmp_path / "none", {"README.md": "", "main": ""})
    for disk, typed, hint in (
        (deep, "trian", "did you mean 'src/pkg/train.py'?"),
        (deep, "pkg.trian", "did you mean 'pkg.train'?"),
        (deep, "evaluate", "there is src/pkg/train.py, pkg.train"),
        (none, "mian", "did you mean 'main'?"),
        (none, "evaluate", "no script is here, but README.md, main"),
    ):
        with pytest.raises(Rejected) as caught:
            resolve(disk, typed, "/p")
        assert told(caught.value).endswith(f"hint: {hint}")
