"""Warns before the build of everything that would fail or surprise in the run, with remedies."""

import posixpath
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from caliban.compiler.diagnostics import Diagnostic
from caliban.compiler.facts.workdir import WORKDIR
from caliban.compiler.frontend.dockerfile.user_base import NamedBase
from caliban.compiler.frontend.project.absence import InContainer
from caliban.compiler.frontend.project.arguments import absent_arguments
from caliban.compiler.frontend.project.copies import Copies
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.git_files import empty_submodules, lfs_pointers
from caliban.compiler.frontend.project.imports import Code, unreached_imports
from caliban.compiler.frontend.project.links import broken_links
from caliban.compiler.frontend.project.undeclared import DeclaredPackages, undeclared_imports
from caliban.compiler.input.caller import Caller
from caliban.compiler.input.invocation import Compilation, Launched, LaunchOptions, Mount
from caliban.compiler.input.project import Package

# Problems that name what may declare the packages which an entry imports, and is not read.
_NAMED_ALREADY = ("unused-requirements", "lock-alone")
_MOUNTS = ("--volume", "--mount", "--volumes-from")  # options of `docker run`


class Copied(NamedTuple):
    """The part of the project that the container has."""

    folders: tuple[str, ...]  # 'trainer', and those of -d
    copies: Copies


class Surroundings(NamedTuple):
    """Everything else that decides what a run finds."""

    invocation: Compilation
    caller: Caller
    base: NamedBase
    warnings: Sequence[Diagnostic]  # of dependencies

    @property
    def launch(self) -> LaunchOptions:
        """The options of the run, if the command has any."""
        return self.invocation.launch if isinstance(self.invocation, Launched) else LaunchOptions()


def warn_before_build(
    disk: Disk, code: Code, copied: Copied, declared: DeclaredPackages, around: Surroundings
) -> Iterator[Diagnostic]:
    """The warnings: imports, arguments of the script, links, and files that stand for others."""
    yield from _unreached(code, copied.folders, declared.packages)
    yield from _undeclared(code, copied, declared, around)
    yield from _not_found(disk, copied, around)


def _unreached(code: Code, folders: Sequence[str], packages: Sequence[Package]) -> Iterator[Diagnostic]:
    """Warn of imports from folders of the project that the container will not have."""
    installed = [package for package in packages if package.installable]
    if any(package.editable is None for package in installed):
        return  # what that installs, only its build could tell
    provided = {path.rpartition("/")[2] for each in installed if each.editable for path in each.editable.modules}
    for name in unreached_imports(code, folders, provided):
        yield name.warning()


def _undeclared(code: Code, copied: Copied, declared: DeclaredPackages, around: Surroundings) -> Iterator[Diagnostic]:
    """Packages that the entry imports and that nothing declares, unless the user's base or a mount may have them."""
    mounts = [*around.launch.mounts, *(each for each in around.launch.engine_args if each.name in _MOUNTS)]
    if around.base.image is not None or around.base.dockerfile is not None or mounts:
        return
    if not any(warning.code in _NAMED_ALREADY for warning in around.warnings):
        yield from undeclared_imports(code, copied.folders, declared, copied.copies.files)


def _not_found(disk: Disk, copied: Copied, around: Surroundings) -> Iterator[Diagnostic]:
    """Warn of files that the run will not find in the container, or find replaced."""
    copies, launch = copied.copies, around.launch
    container = InContainer(folders=copied.folders, files=copies.files, patterns=copies.patterns, keys=copies.keys)
    asked = [*launch.mounts, *([launch.output] if launch.output is not None else [])]
    mounted = tuple(_mounted_at(mount, around.caller) for mount in asked)
    below = tuple(place.removeprefix(f"{WORKDIR}/") for place in mounted if place.startswith(f"{WORKDIR}/"))
    yield from absent_arguments(disk, launch.arguments, container, below)
    yield from broken_links(disk, copies.links, container, around.caller.root, mounted)
    yield from lfs_pointers(disk, container, uses_lfs=copies.uses_lfs)
    yield from empty_submodules(disk, container)


def _mounted_at(mount: Mount, caller: Caller) -> str:
    """The absolute path in the container at which a mount lies, where it is none of the default ones."""
    inside = mount.target or caller.by_root(mount.source).removeprefix(f"{caller.root}/")
    return posixpath.normpath(posixpath.join(WORKDIR, inside))
