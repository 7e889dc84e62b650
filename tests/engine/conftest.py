"""Projects for the real engine, each removed from it after its test."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from leaks import Search
from msgspec.structs import replace
from private_engine import demand_containerd_engine
from support import BASE, CALIBAN, Files, RealProject, docker, fresh_name, write

from caliban.compiler.facts.images import mirrored

MakeProject = Callable[..., RealProject]
MakeSearch = Callable[[Mapping[str, str]], Search]

SNIPPETS = {
    "snippet.py": "import sys\ncode = sys.argv.pop(1)\nexec(code)\n",
    "shell.sh": 'eval "$1"\n',
}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder that tests share where their isolation is not the point."""
    return tmp_path_factory.mktemp("caliban-home")


@pytest.fixture
def make(tmp_path: Path, home: Path) -> Iterator[MakeProject]:
    """`make(files)`: a new project; `make(files, name=…, inside=…)` says where."""
    made = []

    def project(files: Files, *, name: str | None = None, inside: str = ".") -> RealProject:
        folder = tmp_path / inside / (name or fresh_name())
        folder.mkdir(parents=True)
        write(folder, files)
        made.append(RealProject(folder=folder, home=home))
        return made[-1]

    yield project
    for one in made:
        one.clean()


@pytest.fixture
def mirror() -> Iterator[str]:
    """A registry that nobody has, and of whose images the base alone is on the engine.

    What may not come from the cache is built from there (`from_mirror`). BuildKit joins equal steps of builds under
    way, and a step that may come from the cache joins one that may not (moby/buildkit, solver/jobs.go): on the base of
    all other tests, --no_cache would have their builds do again what they say was cached.
    """
    name = f"stand-in.invalid/{fresh_name()}"
    docker("tag", BASE, mirrored(BASE, name))
    yield name
    docker("image", "rm", mirrored(BASE, name))


@pytest.fixture(scope="session")
def containerd_address() -> Iterator[str]:
    yield from demand_containerd_engine()


@pytest.fixture
def containerd(containerd_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that a test does, it does on an engine with containerd's store: ask for it before `make`."""
    monkeypatch.setenv("DOCKER_HOST", containerd_address)


@pytest.fixture
def search(request: pytest.FixtureRequest) -> Iterator[MakeSearch]:
    """`search(secrets)`: a search for them, whose numbers the test run reports at its end."""
    made: list[Search] = []

    def begun(secrets: Mapping[str, str]) -> Search:
        made.append(Search(secrets))
        return made[-1]

    yield begun
    request.node.user_properties += [
        ("leaks", tuple(each.report)) for each in made
    ]  # plain: it travels from a worker of xdist


@pytest.fixture(scope="session")
def snippets(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Iterator[RealProject]:
    """One image for all tests that are only about the run: `snippet.py -- CODE ARGS` executes CODE."""
    folder = tmp_path_factory.mktemp("snippets") / fresh_name()
    folder.mkdir()
    write(folder, SNIPPETS)
    made = RealProject(folder=folder, home=home)
    made.build("snippet.py")
    yield made
    made.clean()


@pytest.fixture(params=["ourselves", "an ordinary user"])
def of_user(request: pytest.FixtureRequest) -> Iterator[RealProject]:
    """A project of snippets that belongs to a user, who runs caliban there: who we are, and uid 1000 if we are root."""
    base = Path(tempfile.mkdtemp(prefix="caliban-e2e-", dir="/tmp"))
    project = RealProject(folder=base / fresh_name(), home=base / "caliban-home")
    project.folder.mkdir()
    write(project.folder, SNIPPETS)
    if request.param != "ourselves" and os.getuid() == 0:
        for path in (base, project.folder, *project.folder.iterdir()):
            os.chown(path, 1000, 1000)
        project = replace(project, command=_command_of_an_ordinary_user(base))
    yield project
    project.clean()
    shutil.rmtree(base)


def _command_of_an_ordinary_user(user_home: Path) -> tuple[str, ...]:
    """Caliban as uid 1000; a supplementary group, the one of the engine's socket, lets it talk to the engine."""
    socket = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
    ids = ("--reuid", "1000", "--regid", "1000", "--groups", str(Path(socket).stat().st_gid))
    who = ("env", "--unset=LOGNAME", "USER=ada", f"HOME={user_home}")
    python = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    commands = (
        ("setpriv", *ids, *who, CALIBAN),
        # The interpreter of our environment may lie in root's home, where nobody else gets in.
        (
            "setpriv",
            *ids,
            *who,
            f"PYTHONPATH={os.pathsep.join(path for path in sys.path if path)}",
            python,
            "-Bm",
            "caliban",
        ),
    )
    for command in commands:
        if subprocess.run([*command, "--version"], capture_output=True, check=False).returncode == 0:
            return command
    pytest.fail(f"no Python that uid 1000 may run has caliban: {commands}", pytrace=False)
