"""The steps of a recipe; each declares its effects, and a pass may do what these allow and nothing else."""

from msgspec import Struct

from caliban.compiler.input.project import LineEdit
from caliban.compiler.ir.caches import CacheMount
from caliban.compiler.ir.cloud_sdk import InstallGcloud
from caliban.compiler.ir.copies import CopyFolder, RestoreFolderOwners
from caliban.compiler.ir.cuda_steps import Compiling
from caliban.compiler.ir.editable import InstallEditable
from caliban.compiler.ir.effects import HOME, LISTS, VENV, WORKDIR, Churn, Effects, in_workdir
from caliban.compiler.ir.locked_steps import InstallLock, InstallPins
from caliban.compiler.ir.resolution import AS_DECLARED, Resolution


class PrepareFolders(Struct, frozen=True, kw_only=True):
    """Make the working directory and the home, writable for whoever runs the image."""

    @property
    def effects(self) -> Effects:
        """Reads nothing."""
        return Effects(writes=frozenset({WORKDIR, HOME}))


class InstallSystemPackages(Struct, frozen=True, kw_only=True):
    """Debian packages."""

    packages: tuple[str, ...]
    reason: str
    wanted: bool = True

    @property
    def effects(self) -> Effects:
        """Gives each package under the command's name too: git gives 'git'."""
        return Effects(writes=frozenset(self.packages), churn=Churn.SYSTEM, wanted=self.wanted)


class InstallPython(Struct, frozen=True, kw_only=True):
    """A Python for a base that has none."""

    version: str

    @property
    def effects(self) -> Effects:
        """Gives a python."""
        return Effects(writes=frozenset({"/opt/python"}))


class CreateVenv(Struct, frozen=True, kw_only=True):
    """The virtual environment that packages are installed into, `WORKDIR` last on its import path."""

    python: str | None = None  # '3.11', once `choose_python` has run

    @property
    def effects(self) -> Effects:
        """Only worth it when something is installed."""
        return Effects(writes=frozenset({VENV}), wanted=False)


class FindPython(Struct, frozen=True, kw_only=True):
    """The Python of a base that the user names: its own where that fits, else one that is brought.

    It becomes the `python` of the image, packages go into it, and `WORKDIR` is last on its import path.
    """

    version: str  # '3.11': what is brought
    reason: str  # 'Python 3.11: the interpreter that ran caliban'
    oldest: str = "3.8"  # that is taken as it is
    newest: str | None = None  # None: any
    asked_by: str | None = None  # 'pyproject.toml:4', where something narrows that range
    packages: tuple[str, ...] = ()  # of the system: they may bring a Python
    wanted: bool = True

    @property
    def effects(self) -> Effects:
        """Gives what packages go into."""
        return Effects(reads=frozenset(self.packages), writes=frozenset({VENV}), churn=Churn.SYSTEM, wanted=self.wanted)


class ExtendImportPath(Struct, frozen=True, kw_only=True):
    """`WORKDIR` last on the import path of whatever Python a base has that the user names: a script may start one."""

    packages: tuple[str, ...] = ()  # of the system: they may bring a Python

    @property
    def effects(self) -> Effects:
        """Comes after the packages; where the base has no Python, it does nothing."""
        return Effects(reads=frozenset(self.packages), writes=frozenset({f"{WORKDIR}/caliban.pth"}))


class InstallRequirements(Struct, frozen=True, kw_only=True):
    """The packages of a requirements file, or of a manifest: one that the installer can read, or what one comes to."""

    path: str  # 'requirements.txt', 'pyproject.toml', 'environment.yml'
    groups: tuple[str, ...] = ()  # of the manifest, instead of the requirements of its package
    listed: tuple[str, ...] = ()  # the files that `lines` are of, where they are several
    lines: tuple[str, ...] | None = None  # what the installer is given instead of the file
    remark: str | None = None  # what `lines` says otherwise than the file, for the comment
    includes: tuple[str, ...] = ()
    count: int = 0  # of requirements, for the comment
    extras: tuple[str, ...] = ()
    edits: tuple[LineEdit, ...] = ()
    encodings: tuple[tuple[str, str], ...] = ()  # of files that are read as they are: ('c.txt', 'cp1252')
    options: tuple[str, ...] = ()  # of the installer, because of lines of the file: '--prerelease=allow'
    installed_with: tuple[
        "InstallRequirements", ...
    ] = ()  # read again, so that contradictions and indexes of theirs count
    git: str | None = None  # the place of the first requirement that git must fetch
    hashed: bool = False  # each requirement has hashes, so that any index has the same
    resolution: Resolution = AS_DECLARED
    caches: tuple[CacheMount, ...] = ()

    @property
    def listing(self) -> str:
        """Where in the image `lines` stand: later steps read them again."""
        return f"{LISTS}/{'-'.join((self.path.removesuffix('.txt'), *self.groups))}.txt"

    @property
    def effects(self) -> Effects:
        """Reads the files and the venv, adds packages."""
        commands = {"git"} if self.git else set()
        own = set() if self.lines is not None else {self.path}
        listed = {self.path, *self.listed} if self.lines is not None else set()
        return Effects(
            inputs=frozenset({*own, *self.includes}).union(*(step.effects.inputs for step in self.installed_with)),
            reads=self.resolution.reads | {VENV, *commands, *_listings(self.installed_with)},
            writes=frozenset({"/".join((VENV, "requirements", self.path, *self.groups)), *_listings((self,))}),
            texts=frozenset(listed).union(*(step.effects.texts for step in self.installed_with)),
            churn=Churn.DEPENDENCIES,
            asks_index=not all(step.hashed for step in (self, *self.installed_with)),
        )


def _listings(steps: tuple[InstallRequirements, ...]) -> set[str]:
    return {step.listing for step in steps if step.lines is not None}


class BuildWheel(Struct, frozen=True, kw_only=True):
    """A distribution of the project built in a stage of its own: its wheel, and the list of what it depends on."""

    path: str  # '.', 'libs/tools'
    stage: str  # 'wheel', 'wheel-libs-tools'
    extras: tuple[str, ...] = ()  # these must be declared
    implicit_extras: tuple[str, ...] = ()  # these are used if declared: 'gpu'
    without: tuple[str, ...] = ()  # folders of data in it that its build need not see
    version: str | None = None  # where it comes from git, and git is not in the image
    listed: bool = True  # whether its requirements are wanted; not where the installer can read the manifest
    discovers: bool = False  # setuptools may refuse the folder, because it finds several packages in it
    fallback: tuple[str, ...] | None = None  # its requirements, where the folder turns out not to be packageable
    shown: tuple[str, ...] = ()  # folders of it that are copied: of these, what the build generates is kept apart
    git: str | None = None
    packages: tuple[str, ...] = ()  # of the system: a build may call their compilers
    cuda: str | None = None  # the place where it says that it has CUDA sources: 'setup.py:9'
    build_requires: tuple[str, ...] = ()  # what such a build imports: 'pybind11>=2.12'
    toolkit: str | None = None  # the stage that has nvcc, where the build must call it: 'cuda'
    resolution: Resolution = AS_DECLARED  # of what the build itself needs
    caches: tuple[CacheMount, ...] = ()

    @property
    def effects(self) -> Effects:
        """Reads the whole folder: a build may read any file. What it builds with is no part of what it gives."""
        commands = {"git"} if self.git else set()
        place = {VENV, *self.packages} if self.toolkit is None else {f"/{self.toolkit}"}
        return Effects(
            inputs=frozenset({self.path}),
            reads=frozenset({*place, *commands}),
            writes=frozenset({f"/{self.stage}"}),
            churn=Churn.CODE,
            wanted=False,
            separate_stage=True,
        )


class InstallWheelRequirements(Struct, frozen=True, kw_only=True):
    """What a built wheel depends on; cached while that list stays the same, whatever happens to the code."""

    stage: str
    path: str
    installed_with: tuple[
        InstallRequirements, ...
    ] = ()  # read again, so that contradictions and indexes of theirs count
    git: str | None = None
    resolution: Resolution = AS_DECLARED
    caches: tuple[CacheMount, ...] = ()

    @property
    def effects(self) -> Effects:
        """Reads the list, adds packages."""
        commands = {"git"} if self.git else set()
        return Effects(
            inputs=frozenset[str]().union(*(step.effects.inputs for step in self.installed_with)),
            reads=self.resolution.reads | {VENV, f"/{self.stage}", *commands, *_listings(self.installed_with)},
            writes=frozenset({f"{VENV}/requirements/{self.path}"}),
            churn=Churn.DEPENDENCIES,
            asks_index=True,
        )


class InstallWheel(Struct, frozen=True, kw_only=True):
    """The project itself, from its wheel, without dependencies."""

    stage: str
    path: str  # of the distribution in the project: '.'
    discovers: bool = False  # its build may have been refused

    @property
    def effects(self) -> Effects:
        """Changes with any file of the project."""
        return Effects(
            reads=frozenset({VENV, f"/{self.stage}"}),
            writes=frozenset({f"{VENV}/project/{self.path}"}),
            churn=Churn.CODE,
        )


class CopyGenerated(Struct, frozen=True, kw_only=True):
    """What the build of a distribution generated, beside its copied source: the files that only its wheel has.

    The copied folders come before the packages on the import path, so they must hold a version module, a compiled
    extension or package data as they do after `pip install -e`.
    """

    stage: str
    path: str  # of the distribution in the project: '.'
    over: tuple[str, ...]  # the copies that it completes: 'src'

    @property
    def target(self) -> str:
        """Where its folder is in the image."""
        return in_workdir(self.path)

    @property
    def effects(self) -> Effects:
        """Comes after the copies: what they have of an earlier build, from another machine, gives way."""
        return Effects(
            reads=frozenset({f"/{self.stage}", *(f"{in_workdir(path)}/" for path in self.over)}),
            writes=frozenset({f"{WORKDIR}/generated/{self.path}"}),
            churn=Churn.CODE,
        )


# What uses the network, with the secrets that it takes.
Installing = (
    InstallLock
    | InstallPins
    | InstallRequirements
    | BuildWheel
    | InstallWheelRequirements
    | InstallEditable
    | Compiling
)

Step = (
    InstallGcloud
    | PrepareFolders
    | InstallSystemPackages
    | InstallPython
    | CreateVenv
    | FindPython
    | ExtendImportPath
    | InstallLock
    | InstallPins
    | Compiling
    | InstallRequirements
    | BuildWheel
    | InstallWheelRequirements
    | InstallWheel
    | InstallEditable
    | CopyGenerated
    | CopyFolder
    | RestoreFolderOwners
)
