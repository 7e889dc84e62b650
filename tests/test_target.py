from pathlib import Path

import pytest
from projects import project, told

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.disk import Disk
from caliban.compiler.frontend.target import Target, resolve

FILES = {
    "mycode.py": "",
    "run.sh": "echo\n",
    "windows.sh": "#!/bin/bash -e\r\necho\r\n",
    "env.sh": "#! /usr/bin/env python3\n",
    "empty.sh": "#!\n",
    "-odd.py": "",
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
        ("gone.py", "unknown-target", "did you mean"),
        ("trainer", "folder-target", "name a file in it: trainer/train.py"),
        ("docs", "folder-target", "add docs/__main__.py"),
        ("explore.ipynb", "notebook", "jupyter nbconvert --to script explore.ipynb"),
        ("trainer.trian", "unknown-target", "did you mean 'trainer.train'?"),
        ("trainer/trian.py", "unknown-target", "did you mean 'trainer/train.py'?"),
        ("mycod.py", "unknown-target", "did you mean 'mycode.py'?"),
        ("zzz", "unknown-target", "there is "),
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
    assert told(caught.value).endswith("hint: change to the folder that holds the code")
