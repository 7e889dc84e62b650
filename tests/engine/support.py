"""Projects on disk on which the real `caliban` command is run, and questions to the engine about what it left there."""

import json
import os
import pty
import secrets
import select
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

CALIBAN = str(Path(sys.executable).with_name("caliban"))
UV = str(Path(sys.executable).with_name("uv"))
BUILD = "+ docker buildx build"
BASE = "python:3.11-slim-bookworm"
PATIENCE = 60  # seconds after which a thing that must happen did not

Files = Mapping[str, str | bytes]


class Ran(NamedTuple):
    """What one command of caliban left."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def builds(self) -> int:
        return self.stderr.count(BUILD)


class RealProject(Struct, frozen=True, kw_only=True):
    """A project folder with a name that no other test has, so that its images and containers are its own."""

    folder: Path
    home: Path  # $CALIBAN_HOME
    command: tuple[str, ...] = (CALIBAN,)  # what starts caliban: for another user, ('setpriv', …, CALIBAN)
    wheel_folders: bool = False  # whether those that this machine's settings of pip name serve its builds

    @property
    def name(self) -> str:
        return self.folder.name

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Ours, without what would change caliban's work, and without a developer's own credentials."""
        ours = ("CALIBAN_", "GOOGLE_", "CLOUDSDK_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        own = {
            "CALIBAN_HOME": str(self.home),
            "CALIBAN_DEFAULT_MODE": "cpu",
            "CLOUDSDK_CONFIG": "/nowhere",
        }
        if not self.wheel_folders:
            own |= {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
        return {**kept, **own, **(more or {})}

    def caliban(self, *words: str | bytes, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Ran:
        """Runs `caliban WORDS` in the project to its end."""
        done = subprocess.run(
            [*self.command, *words],
            cwd=self.folder,
            env=self.environment(env),
            input=stdin,
            capture_output=True,
            timeout=5 * PATIENCE,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr.decode(errors="replace"))

    def run(self, *words: str | bytes, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Ran:
        """Runs `caliban run -v WORDS`: what `Ran.builds` counts is printed with `-v` alone."""
        return self.caliban("run", "-v", *words, stdin=stdin, env=env)

    def build(self, *words: str, env: Mapping[str, str] | None = None) -> str:
        """The id of the project's image."""
        ran = self.caliban("build", *words, env=env)
        assert ran.code == 0, ran.stderr
        return ran.stdout.decode().strip()

    def start(
        self, *words: str, env: Mapping[str, str] | None = None, stdin: int = subprocess.DEVNULL
    ) -> "subprocess.Popen[bytes]":
        """Starts `caliban WORDS` in a process group of its own, as a shell does."""
        return subprocess.Popen(
            [*self.command, *words],
            cwd=self.folder,
            env=self.environment(env),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )

    def containers(self) -> list[str]:
        """The names of the project's containers, in any state."""
        return docker("ps", "--all", "--filter", f"name=^caliban-{self.name}-", "--format", "{{.Names}}").split()

    def images(self) -> set[str]:
        """The ids of the project's images."""
        return set(docker("image", "ls", "--no-trunc", "--quiet", f"caliban/{self.name}").split())

    def with_home(self, home: Path) -> "RealProject":
        return replace(self, home=home)

    def clean(self) -> None:
        """Removes from the engine all that came of this project."""
        if names := self.containers():
            docker("rm", "--force", "--volumes", *names)
        if tags := docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", f"caliban/{self.name}").split():
            docker("image", "rm", "--force", *(tag for tag in tags if not tag.endswith(":<none>")))


def docker(*words: str, check: bool = True) -> str:
    """What `docker WORDS` prints."""
    return subprocess.run(["docker", *words], stdout=subprocess.PIPE, check=check, timeout=PATIENCE).stdout.decode()


def is_there(image: str) -> bool:
    return subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False).returncode == 0


def fresh_name() -> str:
    return f"e2e-{secrets.token_hex(4)}"


def write(folder: Path, files: Files) -> None:
    """The files, with line ends as given."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def tree(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """All that can be seen of a folder from outside: mode, time and content, by path."""
    found = {}
    for path in (folder, *folder.rglob("*")):
        facts = path.lstat()
        content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(folder))] = (facts.st_mode, facts.st_mtime_ns, content)
    return found


def wheel(name: str, version: str, files: Files, requires: tuple[str, ...] = ()) -> dict[str, bytes]:
    """A pure wheel of these files, as a file of a project: its name and content."""
    import io

    info = f"{name}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *(f"Requires-Dist: {r}" for r in requires)]
    members: dict[str, str | bytes] = {
        **files,
        f"{info}/METADATA": "\n".join(metadata) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*members, f"{info}/RECORD"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, content in {**members, f"{info}/RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), content)
    return {f"{name}-{version}-py3-none-any.whl": packed.getvalue()}


def from_mirror(mirror: str, **config: object) -> dict[str, str]:
    """A project's config that takes its images from there."""
    return {".calibanconfig.json": json.dumps({"registry_mirror": mirror, **config})}


def in_folder(folder: str, files: Files) -> dict[str, str | bytes]:
    return {f"{folder}/{name}": content for name, content in files.items()}


def until(fact: Callable[[], bool]) -> None:
    """Waits for something that must become true."""
    end = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def without_docker(folder: Path) -> str:
    """A $PATH on which everything of ours is but docker."""
    folder.mkdir()
    for program in ("sh", "git", "env"):
        if (path := shutil.which(program)) is not None:
            (folder / program).symlink_to(path)
    return str(folder)


def on_a_terminal(project: RealProject, words: tuple[str, ...], typed: bytes = b"") -> tuple[bytes, int]:
    """All that appears on the terminal of `caliban WORDS`, with `typed` typed at the first prompt '> '."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(project.folder)
        os.execve(CALIBAN, [CALIBAN, *words], project.environment())  # noqa: S606  no shell is the point
    said = b""
    while select.select([terminal], [], [], 60)[0]:
        try:
            more = os.read(terminal, 65536)
        except OSError:  # EIO: the other end is closed
            break
        if not more:
            break
        said += more
        if b"\n> " in b"\n" + said and typed:
            os.write(terminal, typed)
            typed = b""
    os.close(terminal)
    return said, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
