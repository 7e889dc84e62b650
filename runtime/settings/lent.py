"""The wheels of this machine that a build is lent."""

import os
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from caliban.backends.docker.host_wheels import NO_WHEELS
from caliban.compiler.input.project import Project
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.runtime.session import Session

if TYPE_CHECKING:
    from caliban.runtime.settings.local_packages import PackageFile


class LentWheels(NamedTuple):
    """The wheels that a build is lent, in groups: each step mounts the one whose name it has."""

    files: "tuple[PackageFile, ...]" = ()
    digest: str = ""  # of names, sizes and times
    groups: "tuple[WheelGroup, ...]" = ()


class WheelGroup(NamedTuple):
    """The wheels for one step, or for all in which the installer chooses."""

    name: str  # 'all', 'uv.lock.pins'
    files: "tuple[PackageFile, ...]"
    digest: str


NOTHING_LENT = LentWheels()


def wheels_of(recipe: Recipe, project: Project, session: Session) -> LentWheels:
    """Return the wheels of this machine's folders that a build may install."""
    if not (isinstance(recipe.base, BaseImage) and recipe.base.lent_wheels):
        return NOTHING_LENT
    from caliban.runtime.settings.asked import configured_sources
    from caliban.runtime.settings.collected import collected
    from caliban.runtime.settings.local_packages import LocalPackages

    local = LocalPackages(configured_sources(project.requirements_files, session.installers))
    return collected(recipe, project, local, session.index, session.root)


def lend(wheels: LentWheels, context: str) -> str:
    """Make the folder `context`, with a folder for each group, and in that one folder of its wheels; return its path.

    It holds no links, which would lead out of it.
    """
    for group in wheels.groups:
        copy_wheels(group.files, os.path.join(context, group.name, group.digest[:16] or NO_WHEELS))
    return context


def copy_wheels(files: "Sequence[PackageFile]", folder: str) -> None:
    """Make a folder of these files, by hard links where the file system allows them."""
    os.makedirs(folder, exist_ok=True)
    for file in files:
        source, target = os.path.realpath(file.path), os.path.join(folder, file.file)
        try:
            os.link(source, target)
        except FileNotFoundError:  # gone meanwhile: the installer says what it misses
            continue
        except OSError:  # another file system, or a file of another user
            shutil.copy2(source, target)
