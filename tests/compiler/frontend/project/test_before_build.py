"""What a run would not find is said before the build, with what brings it."""

import shlex
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace
from projects import project

from caliban.compiler.diagnostics import Diagnostic, render
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.project.survey import survey
from caliban.compiler.input.caller import Caller
from caliban.compiler.input.invocation import Compilation

CALLER = Caller(root="", python="3.11", platform="linux/amd64")
FILES = {
    "trainer/train.py": "",
    "trainer/wandb/x": "",
    "trainer/hidden/x": "",
    "trainer/.env": "",
    "data/x.csv": "",
    "data/.env": "",
    "data/runs/1/m.pt": "",
    "config.yaml": "",
    "a:b": "",
    ".gitignore": "runs\n",
    ".dockerignore": "# ours\ntrainer/hidden\n",
}
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12345\n"
CODES = ("not-copied", "dangling-link", "lfs-pointer", "empty-submodule")


def warnings(folder: Path, line: str, files: Mapping[str, str] | None = None) -> list[Diagnostic]:
    project(folder, files or {})
    invocation = parse(["compile", "--nogpu", *shlex.split(line)])
    assert isinstance(invocation, Compilation)
    return [each for each in survey(invocation, replace(CALLER, root=str(folder))).warnings if each.code in CODES]


def hints(folder: Path, line: str, files: Mapping[str, str] | None = None) -> list[str]:
    return [each.hint or "" for each in warnings(folder, line, files)]


@pytest.mark.parametrize(
    ("argument", "remedy"),
    [
        ("data", "-d data"),
        ("./data/", "-d data"),
        ("data/x.csv", "-d data"),
        ("--data=data/x.csv", "-d data"),
        ("root.data=data", "-d data"),
        ("data/runs/1/m.pt", "-d data/runs/1"),
        ("data/.env", "-d data --include data/.env"),
        ("config.yaml", "--mount config.yaml"),
        ("a:b", "--mount 'a\\:b'"),
        ("trainer/wandb", "--include trainer/wandb"),
        ("trainer/wandb/x", "--include trainer/wandb/x"),
        ("trainer/.env", "--include trainer/.env"),
        ("trainer/hidden", "-d trainer/hidden"),
    ],
)
def test_an_argument_that_names_what_is_not_copied_is_reported_and_its_remedy_brings_it(
    argument: str, remedy: str, tmp_path: Path
) -> None:
    [found] = warnings(tmp_path, f"trainer.train -- --epochs 2 {argument}", FILES)
    assert (found.hint or "").removeprefix("if the script reads it: ") == remedy
    assert warnings(tmp_path, f"{remedy} trainer.train -- {argument}") == []


def test_an_argument_that_dockerignore_leaves_out_is_reported_with_its_line(tmp_path: Path) -> None:
    [found] = warnings(tmp_path, "trainer.train -- trainer/hidden/x", FILES)
    assert render(found).splitlines() == [
        "warning[not-copied]: 'trainer/hidden/x' is an argument of the script, but is left out of copies",
        "  --> .dockerignore:2",
        "   |  trainer/hidden",
        "  hint: add a line below it: !trainer/hidden/x",
    ]
    project(tmp_path, {".dockerignore": FILES[".dockerignore"] + "!trainer/hidden/x\n"})
    assert warnings(tmp_path, "trainer.train -- trainer/hidden/x") == []


@pytest.mark.parametrize(
    "line",
    [
        "trainer.train -- trainer trainer/train.py . .. ../x '' nothing data:x --data -x /data",
        "-d data trainer.train -- data data/x.csv",
        "-d data/runs/1 trainer.train -- data/runs",
        "--mount data trainer.train -- data/x.csv",
        "--mount /etc:data trainer.train -- data/x.csv",
        "-o results:data trainer.train -- data",
        "-d . trainer.train -- data config.yaml",
    ],
)
def test_an_argument_that_the_run_finds_or_that_names_nothing_is_not_reported(line: str, tmp_path: Path) -> None:
    assert warnings(tmp_path, line, FILES) == []


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        ("../data", "bring what it leads to: -d data"),
        ("../data/x.csv", "bring what it leads to: -d data"),
        ("wandb", "bring what it leads to: --include trainer/wandb"),
        ("/etc/hosts", "mount what it leads to: --mount /etc/hosts:trainer/link"),
        ("../../be:side", "mount what it leads to: --mount '../be\\:side:trainer/link'"),
        ("../../beside", "mount what it leads to: --mount ../beside:trainer/link"),
        ("ROOT/trainer/train.py", "make it relative: ln -sfnr trainer/train.py trainer/link"),
        ("nowhere", "make it lead to something, or remove it"),
        ("/nowhere/at all", "make it lead to something, or remove it"),
        ("link", "make it lead to something, or remove it"),
        ("../.git/annex/objects/ab/x", "put the files in their place: git annex unlock trainer/link"),
        ("../.git/annex/objects/gone", "put the files in their place: git annex get trainer/link && "
         "git annex unlock trainer/link"),
    ],
)  # fmt: skip
def test_a_link_that_leads_nowhere_in_the_container_is_reported(target: str, hint: str, tmp_path: Path) -> None:
    root = tmp_path / "p"
    project(root, {**FILES, ".git/annex/objects/ab/x": "", "../beside/x": "", "../be:side/x": ""})
    (root / "trainer/link").symlink_to(target.replace("ROOT", str(root)))
    assert hints(root, "trainer.train") == [hint]
    option = hint.partition(": ")[2]
    if option.startswith("-") and "../" not in option:
        assert hints(root, f"{option} trainer.train") == []


@pytest.mark.parametrize("target", ["train.py", "../trainer/train.py", ".", "..", "../trainer", "inner/train.py"])
def test_a_link_that_leads_to_what_is_copied_is_not_reported(target: str, tmp_path: Path) -> None:
    project(tmp_path, FILES)
    (tmp_path / "trainer/inner").symlink_to(".")
    (tmp_path / "trainer/link").symlink_to(target)
    (tmp_path / "trainer/.#lock").symlink_to("me@host.123")
    (tmp_path / "data/other").symlink_to("/nowhere")
    assert warnings(tmp_path, "trainer.train") == []


def test_links_of_one_kind_are_reported_together_with_one_folder_for_all(tmp_path: Path) -> None:
    project(tmp_path / "p", FILES)
    project(tmp_path, {f"imagenet/{number}.jpg": "" for number in range(5)})
    for number in range(5):
        (tmp_path / f"p/trainer/{number}.jpg").symlink_to(tmp_path / f"imagenet/{number}.jpg")
    [found] = warnings(tmp_path / "p", "trainer.train")
    assert found.message.startswith("'trainer/0.jpg', 'trainer/1.jpg', 'trainer/2.jpg' and 2 more are links out of the")
    option = (found.hint or "").partition(": ")[2]
    assert option == f"--mount {tmp_path}/imagenet:{tmp_path}/imagenet"
    assert warnings(tmp_path / "p", f"{option} trainer.train") == []


@pytest.mark.parametrize("place", ["trainer/.gitattributes", ".gitattributes", "../.gitattributes"])
def test_pointers_of_git_lfs_are_reported(place: str, tmp_path: Path) -> None:
    lines = {place: "*.bin filter=lfs diff=lfs merge=lfs -text\n", "../.git/HEAD": ""}
    files = {**FILES, **lines, "trainer/m.bin": POINTER, "data/n.bin": POINTER, "trainer/real.bin": "x" * 130}
    assert hints(tmp_path / "p", "trainer.train", files) == ["fetch it: git lfs pull --include trainer/m.bin"]
    assert hints(tmp_path / "p", "-d data trainer.train") == ["fetch them: git lfs pull"]


def test_a_pointer_that_was_copied_from_elsewhere_is_reported_and_no_other_text_of_its_size(tmp_path: Path) -> None:
    own = {".gitattributes": "# *.bin filter=lfs\n*.txt text\n"}
    files = {**FILES, **own, "trainer/m.bin": POINTER, "trainer/n.bin": "x" * len(POINTER), "trainer/o.md": POINTER * 2}
    hint = "copy the file again from a clone in which git lfs pull was run"
    assert hints(tmp_path, "trainer.train", files) == [hint]


def test_an_empty_submodule_that_is_copied_is_reported(tmp_path: Path) -> None:
    modules = "".join(f'[submodule "{name}"]\n\tpath = p/{name}\n' for name in ("trainer/lib", "other", "trainer/full"))
    project(tmp_path, {".gitmodules": modules, ".git/HEAD": ""})
    for folder in ("trainer/lib", "other"):
        (tmp_path / "p" / folder).mkdir(parents=True)
    files = {**FILES, "trainer/full/x": ""}
    assert hints(tmp_path / "p", "trainer.train", files) == ["fetch it: git submodule update --init trainer/lib"]
    assert hints(tmp_path / "p", "-d . trainer.train") == ["fetch them: git submodule update --init trainer/lib other"]


def test_a_folder_is_empty_for_other_reasons_too(tmp_path: Path) -> None:
    (tmp_path / "trainer/empty").mkdir(parents=True)
    assert warnings(tmp_path, "trainer.train", {**FILES, ".gitmodules": "[core]\n\tpath = elsewhere\n"}) == []
