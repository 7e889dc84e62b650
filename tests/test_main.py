"""The `caliban` command as it is started: in a project that nobody trusts, in any locale."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import caliban

SCRIPT = (str(Path(sys.executable).with_name("caliban")),)
MODULE = (sys.executable, "-m", "caliban")
CHECKOUT = str(Path(caliban.__file__).parent.parent)
# Of Python, of what caliban imports, and of what nobody has: an import that may fail would find it.
NAMES = ("json", "re", "argparse", "dataclasses", "jsonschema", "packaging", "msgspec", "plumbum", "tomli", "_sqlite4")
MARK = "open('mark', 'a').write(__name__ + ' ')\n"


def compiled(
    folder: Path, command: tuple[str, ...], *words: str, **variables: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*command, "compile", "--nogpu", *words],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize("path", ["", ".", "src", "ROOT", "ROOT/src", ":/nowhere:", "../p"])
@pytest.mark.parametrize("command", [SCRIPT, MODULE], ids=["script", "module"])
def test_no_module_of_the_project_is_imported(command: tuple[str, ...], path: str, tmp_path: Path) -> None:
    project = tmp_path / "p"
    for folder in (project, project / "src"):
        folder.mkdir()
        for name in (*NAMES, "train"):
            (folder / f"{name}.py").write_text(MARK)
    if command is SCRIPT:
        (project / "caliban").mkdir()
        (project / "caliban/__init__.py").write_text(MARK)
    (project / ".calibanconfig.json").write_text("{}")
    (project / "requirements.txt").write_text("six\n")
    named = f"{path.replace('ROOT', str(project))}{os.pathsep}{CHECKOUT}"
    done = compiled(project, command, "train.py", PYTHONPATH=named)
    assert (done.returncode, (project / "mark").exists()) == (0, False), done.stderr


@pytest.mark.parametrize("command", [SCRIPT, MODULE], ids=["script", "module"])
def test_a_checkout_of_caliban_is_a_project_like_any_other(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "caliban").symlink_to(Path(CHECKOUT) / "caliban")
    (tmp_path / "train.py").touch()
    (tmp_path / "json.py").write_text(MARK)
    done = compiled(tmp_path, command, "train.py", PYTHONPATH=".")
    assert (done.returncode, (tmp_path / "mark").exists()) == (0, False), done.stderr


def test_names_are_utf8_whatever_the_locale_says(tmp_path: Path) -> None:
    (tmp_path / "größe").mkdir()
    (tmp_path / "größe/日本.py").touch()
    (tmp_path / "größe/数据.csv").touch()
    plain = compiled(tmp_path, SCRIPT, "größe/日本.py")
    ascii_only = compiled(tmp_path, SCRIPT, "größe/日本.py", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (ascii_only.returncode, ascii_only.stdout) == (0, plain.stdout), ascii_only.stderr
