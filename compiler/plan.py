"""The IR: a recipe for an image and the launches of it; every step declares its effects.

A pass may move, merge or drop what the effects allow, and nothing else. Paths of the image are absolute ('/opt/venv'),
paths of the project are relative ('data').
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, Protocol

from caliban.compiler.invocation import Mode, Variable
from caliban.compiler.project import LineEdit

WORKDIR = "/usr/app"
HOME = "/home/caliban"
VENV = "/opt/venv"


class Churn(IntEnum):
    """How often a layer's inputs change, as far as its kind tells."""

    NEVER = 0  # nothing of the user's
    SYSTEM = 1  # what the config declares
    DEPENDENCIES = 2
    DATA = 3
    CODE = 4


@dataclass(frozen=True, kw_only=True)
class Effects:
    """What a step needs and gives. Writing a path gives all that is under it."""

    inputs: frozenset[str] = frozenset()  # of the project
    reads: frozenset[str] = frozenset()  # of the image: paths, commands ('git'), results ('wheel:.')
    writes: frozenset[str] = frozenset()
    size: int = 0  # bytes that it adds to the image
    aside: bool = False  # done in a stage of its own: no later layer is rebuilt because of it
    churn: Churn = Churn.NEVER
    wanted: bool = True  # False: worth its layer only if another step reads what it writes


@dataclass(frozen=True, kw_only=True)
class BaseNeed:
    """What the base image must offer; `choose_base` turns it into a `BaseImage`."""

    mode: Mode
    platform: str  # 'linux/amd64'
    given: str | None = None  # an image that the user names
    given_by: str | None = None  # '--base_image', '.calibanconfig.json'
    dockerfile: str | None = None  # the text of the user's own Dockerfile, as base
    host_python: str  # '3.11'
    python: str | None = None  # None until `choose_python`
    python_reason: str | None = None
    python_facts: tuple["PythonNeed", ...] = ()
    packages: tuple["Pin", ...] = ()  # declared requirements that the decision may depend on
    indexes: tuple[str, ...] = ()  # index options of the user's files: '--extra-index-url https://…/whl/cu126'
    driver: str | None = None  # of the host's GPU, where one can be seen
    capability: str | None = None  # of the host's GPU: '8.0'
    mirror: str | None = None


@dataclass(frozen=True, kw_only=True)
class PythonNeed:
    """A constraint on the Python version and who made it."""

    specifier: str  # '>=3.9,<3.13'
    source: str  # '--python', 'pyproject.toml:4'
    exact: bool = False  # a choice, not a range: --python, .python-version


@dataclass(frozen=True, kw_only=True)
class Pin:
    """A declared requirement, for decisions."""

    name: str  # normalized: 'torch'
    text: str  # as written: 'torch==2.8.0; python_version < "3.13"'
    source: str  # 'requirements.txt:1'


@dataclass(frozen=True, kw_only=True)
class BaseImage:
    """The base image, chosen."""

    image: str  # 'python:3.11-slim-bookworm'
    platform: str
    reason: str  # the comment over FROM, without '#'
    python: str | None  # '3.11'; None: whatever the image has
    env: tuple[tuple[str, str], ...] = ()  # for every process in the image
    own: bool = True  # our choice, so packages go into a venv; a base the user names has its own Python
    dockerfile: str | None = None  # the user's Dockerfile, spelled before ours
    mirror: str | None = None


@dataclass(frozen=True, kw_only=True)
class PrepareFolders:
    """Make the working directory and the home, writable for whoever runs the image."""

    @property
    def effects(self) -> Effects:
        """Reads nothing."""
        return Effects(writes=frozenset({WORKDIR, HOME}))


@dataclass(frozen=True, kw_only=True)
class InstallSystemPackages:
    """Debian packages."""

    packages: tuple[str, ...]
    reason: str
    wanted: bool = True

    @property
    def effects(self) -> Effects:
        """Gives each package under the command's name too: git gives 'git'."""
        return Effects(writes=frozenset(self.packages), churn=Churn.SYSTEM, wanted=self.wanted)


@dataclass(frozen=True, kw_only=True)
class InstallPython:
    """A Python for a base that has none."""

    version: str

    @property
    def effects(self) -> Effects:
        """Gives a python."""
        return Effects(writes=frozenset({"/opt/python"}))


@dataclass(frozen=True, kw_only=True)
class CreateVenv:
    """The virtual environment that packages are installed into, `WORKDIR` last on its import path."""

    python: str | None = None  # '3.11', once `choose_python` has run

    @property
    def effects(self) -> Effects:
        """Only worth it when something is installed."""
        return Effects(writes=frozenset({VENV}), wanted=False)


@dataclass(frozen=True, kw_only=True)
class InstallRequirements:
    """The packages of a requirements file, or of a manifest that the installer can read by itself."""

    path: str  # 'requirements.txt', 'pyproject.toml'
    includes: tuple[str, ...] = ()
    count: int = 0  # of requirements, for the comment
    extras: tuple[str, ...] = ()
    edits: tuple[LineEdit, ...] = ()
    beside: tuple["InstallRequirements", ...] = ()  # read again, so that contradictions and indexes of theirs count
    git: str | None = None  # the place of the first requirement that git must fetch
    torch_backend: str | None = None  # 'cpu', 'cu126'; None: whatever the index serves
    secrets: tuple[str, ...] = ()

    @property
    def effects(self) -> Effects:
        """Reads the files and the venv, adds packages."""
        commands = {"git"} if self.git else set()
        return Effects(
            inputs=frozenset({self.path, *self.includes}).union(*(step.effects.inputs for step in self.beside)),
            reads=frozenset({VENV, *commands}),
            writes=frozenset({f"{VENV}/requirements/{self.path}"}),
            churn=Churn.DEPENDENCIES,
        )


@dataclass(frozen=True, kw_only=True)
class InstallNamed:
    """Packages by name, of a manifest that no installer reads and that is no distribution: poetry's package-mode."""

    names: tuple[str, ...]  # 'numpy>=1.20'
    manifest: str  # 'pyproject.toml'
    git: str | None = None
    torch_backend: str | None = None
    secrets: tuple[str, ...] = ()

    @property
    def effects(self) -> Effects:
        """Reads no file, adds packages."""
        commands = {"git"} if self.git else set()
        return Effects(
            reads=frozenset({VENV, *commands}),
            writes=frozenset({f"{VENV}/requirements/{self.manifest}"}),
            churn=Churn.DEPENDENCIES,
        )


@dataclass(frozen=True, kw_only=True)
class BuildWheel:
    """A distribution of the project built in a stage of its own: its wheel, and the list of what it depends on."""

    path: str  # '.', 'libs/tools'
    stage: str  # 'wheel', 'wheel-libs-tools'
    extras: tuple[str, ...] = ()  # these must be declared
    implicit_extras: tuple[str, ...] = ()  # these are used if declared: 'gpu'
    without: tuple[str, ...] = ()  # folders of data in it that its build need not see
    version: str | None = None  # where it comes from git, and git is not in the image
    listed: bool = True  # whether its requirements are wanted; not where the installer can read the manifest
    fallback: tuple[str, ...] | None = None  # its requirements, where the folder turns out not to be packageable
    git: str | None = None
    secrets: tuple[str, ...] = ()

    @property
    def effects(self) -> Effects:
        """Reads the whole folder: a build may read any file."""
        commands = {"git"} if self.git else set()
        return Effects(
            inputs=frozenset({self.path}),
            reads=frozenset({VENV, *commands}),
            writes=frozenset({f"/{self.stage}"}),
            churn=Churn.CODE,
            wanted=False,
            aside=True,
        )


@dataclass(frozen=True, kw_only=True)
class InstallWheelRequirements:
    """What a built wheel depends on; cached while that list stays the same, whatever happens to the code."""

    stage: str
    path: str
    beside: tuple[InstallRequirements, ...] = ()  # read again, so that contradictions and indexes of theirs count
    git: str | None = None
    torch_backend: str | None = None
    secrets: tuple[str, ...] = ()

    @property
    def effects(self) -> Effects:
        """Reads the list, adds packages."""
        commands = {"git"} if self.git else set()
        return Effects(
            inputs=frozenset[str]().union(*(step.effects.inputs for step in self.beside)),
            reads=frozenset({VENV, f"/{self.stage}", *commands}),
            writes=frozenset({f"{VENV}/requirements/{self.path}"}),
            churn=Churn.DEPENDENCIES,
        )


@dataclass(frozen=True, kw_only=True)
class InstallWheel:
    """The project itself, from its wheel, without dependencies."""

    stage: str
    path: str  # of the distribution in the project: '.'

    @property
    def effects(self) -> Effects:
        """Changes with any file of the project."""
        return Effects(
            reads=frozenset({VENV, f"/{self.stage}"}),
            writes=frozenset({f"{VENV}/project/{self.path}"}),
            churn=Churn.CODE,
        )


@dataclass(frozen=True, kw_only=True)
class CopyFolder:
    """A folder of the project, to the same place under `WORKDIR`."""

    path: str  # 'data', 'models/stored'; '.': the whole project
    kind: Literal["code", "data"]
    size: int  # bytes
    files: int
    context: str | None = None  # a build context of its own, when COPY cannot spell its name
    excluded: bool = False  # something in it is left out of the copy

    @property
    def target(self) -> str:
        """Where it lands in the image."""
        return WORKDIR if self.path == "." else f"{WORKDIR}/{self.path}"

    @property
    def effects(self) -> Effects:
        """Claims its target."""
        churn = Churn.CODE if self.kind == "code" else Churn.DATA
        return Effects(
            inputs=frozenset({self.path}),
            reads=frozenset({WORKDIR}),
            writes=frozenset({f"{self.target}/"}),
            size=self.size,
            churn=churn,
        )


Step = (
    PrepareFolders
    | InstallSystemPackages
    | InstallPython
    | CreateVenv
    | InstallRequirements
    | InstallNamed
    | BuildWheel
    | InstallWheelRequirements
    | InstallWheel
    | CopyFolder
)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the image is made."""

    base: BaseNeed | BaseImage
    steps: tuple[Step, ...]
    import_path: str | None = None  # a folder of the image in front of the import path: '/usr/app/src'
    notes: tuple[str, ...] = ()  # what a pass wants said to the user: a rewrite, a doubt

    @property
    def provided(self) -> frozenset[str]:
        """What the base brings itself: one that the user names has a Python that packages go into."""
        return frozenset({VENV}) if isinstance(self.base, BaseImage) and not self.base.own else frozenset()


@dataclass(frozen=True, kw_only=True)
class ExistingImage:
    """An image that is there already."""

    reference: str


@dataclass(frozen=True, kw_only=True)
class BindMount:
    """A host folder or file in the container."""

    source: str  # relative to the project where it was typed so, else absolute
    target: str
    writable: bool


@dataclass(frozen=True, kw_only=True)
class Container:
    """What all launches of a plan have in common."""

    argv: tuple[str, ...]  # ('python', '-m', 'trainer.train'): the arguments of a launch come after it
    mode: Mode
    uid: int
    gid: int
    user: str
    memory: int  # bytes of the host
    env: tuple[tuple[str, str], ...] = ()  # ours: nothing secret
    variables: tuple[Variable, ...] = ()  # the user's: by name in an argument list, their values by the environment
    mounts: tuple[BindMount, ...] = ()
    engine_args: tuple[str, ...] = ()
    output: BindMount | None = None
    group: str | None = None
    tty: bool = False
    stdin: bool = True


@dataclass(frozen=True, kw_only=True)
class Launch:
    """One run of the image."""

    number: int  # from 1
    arguments: tuple[str, ...]


class Launches(Protocol):
    """The runs: re-iterable and lazy, so that a million experiments cost nothing."""

    @property
    def count(self) -> int:
        """How many there are."""
        ...

    @property
    def sweep(self) -> bool:
        """Whether they come from an experiment config, be it only one."""
        ...

    def __iter__(self) -> Iterator[Launch]: ...


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The whole job: an image, and what is run in it."""

    project: str  # the name for people and for tags
    mode: Mode
    image: Recipe | ExistingImage
    container: Container
    launches: Launches
    platform: str | None = None  # where one was asked for: 'linux/arm64'
    no_cache: bool = False
    tag: str | None = None  # one more name for the image
    ignore_patterns: tuple[str, ...] = ()
