"""Steps that build and install the project itself.

A project is built in a stage of its own: one build gives the wheel and the list of its requirements, no build tool
reaches the image, and the layer of the requirements is keyed by that list alone. If a wheel would tell nothing new, the
project is installed in place instead (`compiler/frontend/dependencies/editable.py`). Files that only the wheel has are
copied over the source: links to site-packages would be read-only, and `python -m` puts the working directory first.
"""

from msgspec import Struct

from caliban.compiler.input.project import EditableInstall
from caliban.compiler.ir.caches import CacheMount
from caliban.compiler.ir.effects import VENV, WORKDIR, Churn, Effects, in_workdir
from caliban.compiler.ir.resolution import AS_DECLARED, Resolution


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
    """Copies the files that only a distribution's wheel has, over its copied source.

    The copied folders come before the packages on the import path, so they must hold a version module, a compiled
    extension or package data as they do after `pip install -e`.
    """

    stage: str
    path: str  # of the distribution in the project: '.'
    over: tuple[str, ...]  # the copies that it completes: 'src'

    @property
    def target(self) -> str:
        """The path of its folder in the image."""
        return in_workdir(self.path)

    @property
    def effects(self) -> Effects:
        """Comes after the copies: what they have of an earlier build, from another machine, gives way."""
        return Effects(
            reads=frozenset({f"/{self.stage}", *(f"{in_workdir(path)}/" for path in self.over)}),
            writes=frozenset({f"{WORKDIR}/generated/{self.path}"}),
            churn=Churn.CODE,
        )


class InstallEditable(Struct, frozen=True, kw_only=True):
    """A distribution of the project, in place: its metadata and commands; its modules are those that are copied."""

    path: str  # of the distribution in the project: '.'
    install: EditableInstall
    resolution: Resolution = AS_DECLARED  # of what the build of its metadata needs
    caches: tuple[CacheMount, ...] = ()

    @property
    def target(self) -> str:
        """The path of its modules in the image."""
        return in_workdir(self.path)

    @property
    def effects(self) -> Effects:
        """Reads what decides about the metadata, no module."""
        return Effects(
            inputs=frozenset(self.install.files),
            reads=frozenset({VENV, WORKDIR}),
            writes=frozenset({f"{VENV}/project/{self.path}"}),
            churn=Churn.METADATA,
        )
