"""Whatever is done to a project's files, the next image holds what is on the disk, and times are no content."""

import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import MakeProject
from support import Files, RealProject, docker

PROJECTS, EDITS = 4, 25  # a hundred edits, by two workers
WORDS = ("--nogpu", "-d", "data", "-d", "odd [1]", "m.x")
FILES: Files = {
    "m/__init__.py": "",
    "m/x.py": "a = 1\n",
    "m/sub/y.py": "b = 1\n",
    "data/a.bin": "x" * 5000,
    "data/deep/er/b.txt": "text",
    "data/.env": "left out",
    "odd [1]/c*.txt": "odd",
    "odd [1]/.env": "left out",
}
SHOW = """
import hashlib, json, os, stat, sys
def told(path):
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        return ["link", os.readlink(path)]
    if stat.S_ISDIR(mode):
        return ["folder", stat.S_IMODE(mode)]
    return [hashlib.sha256(open(path, "rb").read()).hexdigest(), stat.S_IMODE(mode)]
os.chdir(sys.argv[1])
walk = [os.path.join(top, name) for root in sys.argv[2:] for top, folders, files in os.walk(root)
        for name in (*folders, *files) if name != ".env"]
print(json.dumps({path: told(path) for path in walk}))
"""
ROOTS = ("m", "data", "odd [1]")


def shown(*command: str) -> dict[str, list[object]]:
    ran = subprocess.run(command, capture_output=True, check=True)
    found: dict[str, list[object]] = json.loads(ran.stdout)
    return found


def on_disk(project: RealProject) -> dict[str, list[object]]:
    return shown("python3", "-c", SHOW, str(project.folder), *ROOTS)


def in_image(image: str) -> dict[str, list[object]]:
    return shown("docker", "run", "--rm", "--user", "0", image, "python", "-c", SHOW, "/usr/app", *ROOTS)


class Editor:
    """Does to the files of a project what people, editors and git do."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._dice = random.Random(seed)  # noqa: S311  # no secret
        self._count = 0

    def edit(self) -> str:
        """One edit; its name, for the message of a test that fails."""
        edits: tuple[Callable[[], str], ...] = (
            self.rewrite, self.same_size_and_time, self.create, self.delete, self.rename, self.mode, self.touch,
            self.swap, self.link, self.replace_folder,
        )  # fmt: skip
        self._count += 1
        return self._dice.choice(edits)()

    def rewrite(self) -> str:
        path = self._file()
        path.write_text(f"{path.read_text()[:40]}{self._count}")
        return f"rewrite {path}"

    def same_size_and_time(self) -> str:
        path = self._file()
        facts = path.stat()
        path.write_bytes(path.read_bytes()[:-1] + bytes([self._dice.randrange(97, 123)]) if facts.st_size else b"")
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        return f"same size and time {path}"

    def create(self) -> str:
        path = self._place() / f"new{self._count}"
        path.write_text(str(self._count))
        return f"create {path}"

    def delete(self) -> str:
        path = self._file()
        if path.name != "x.py":
            path.unlink()
        return f"delete {path}"

    def rename(self) -> str:
        path = self._file()
        if path.name != "x.py":
            path.rename(self._place() / f"moved{self._count}")
        return f"rename {path}"

    def mode(self) -> str:
        path = self._file()
        path.chmod(self._dice.choice((0o644, 0o755, 0o600, 0o444)))
        return f"mode {path}"

    def touch(self) -> str:
        path = self._file()
        os.utime(path, (self._dice.randrange(2**33), self._dice.randrange(2**33)))  # 2**33: the year 2242
        return f"touch {path}"

    def swap(self) -> str:
        one, other = self._file(), self._file()
        first, second = one.read_bytes(), other.read_bytes()
        one.write_bytes(second)
        other.write_bytes(first)
        return f"swap {one} {other}"

    def link(self) -> str:
        path = self._place() / f"link{self._count}"
        path.symlink_to(self._dice.choice(("nowhere", "..", "a.bin")))
        return f"link {path}"

    def replace_folder(self) -> str:
        """As a checkout does: other files under the same names."""
        path = self._folder / "data/deep"
        if path.exists():
            shutil.rmtree(path)
        path.mkdir()
        (path / "b.txt").write_text(f"{self._count:04}")
        return f"replace {path}"

    def _file(self) -> Path:
        found = (path for root in ROOTS for path in (self._folder / root).rglob("*"))
        files = sorted(path for path in found if path.is_file() and not path.is_symlink() and path.name != ".env")
        return self._dice.choice(files)

    def _place(self) -> Path:
        found = (path for root in ROOTS for path in (self._folder / root, *(self._folder / root).rglob("*")))
        return self._dice.choice(sorted(path for path in found if path.is_dir() and not path.is_symlink()))


@pytest.mark.parametrize("seed", range(PROJECTS))
def test_after_any_edit_the_image_holds_what_the_disk_does(seed: int, make: MakeProject) -> None:
    project = make(FILES)
    editor = Editor(project.folder, seed)
    for number in range(EDITS):
        done = editor.edit()
        assert in_image(project.build(*WORDS)) == on_disk(project), (number, done)


def test_projects_that_differ_only_in_times_share_all_layers(make: MakeProject) -> None:
    one, other = make(FILES), make(FILES)
    for number, path in enumerate(sorted(other.folder.rglob("*"))):
        os.utime(path, (number, number), follow_symlinks=False)
    layers = [docker("image", "inspect", "--format", "{{.RootFS.Layers}}", each.build(*WORDS)) for each in (one, other)]
    assert layers[0] == layers[1]
