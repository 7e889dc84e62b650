"""The wheels of this machine that a build is lent."""

import os
import shutil
from typing import TYPE_CHECKING, NamedTuple

from caliban.compiler.input.project import Project
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.runtime.session import Session

if TYPE_CHECKING:
    from caliban.runtime.settings.local_packages import PackageFile


class LentWheels(NamedTuple):
    """What a build is lent."""

    files: "tuple[PackageFile, ...]" = ()
    digest: str = ""  # of names, sizes and times


NO_WHEELS = LentWheels()


def wheels_of(recipe: Recipe, project: Project, session: Session) -> LentWheels:
    """What the build is lent of this machine's wheel folders."""
    if not (isinstance(recipe.base, BaseImage) and recipe.base.lent_wheels):
        return NO_WHEELS
    from caliban.runtime.settings.asked import told_sources
    from caliban.runtime.settings.collect import collect_wheels
    from caliban.runtime.settings.local_packages import LocalPackages

    return collect_wheels(recipe, project, LocalPackages(told_sources(project.requirements_files, session.installers)))


def lend(wheels: LentWheels, context: str) -> str:
    """Makes `context`: in it one folder of all these files, and none of links, which would lead out of it."""
    flat = os.path.join(context, wheels.digest[:16] or "none")
    os.makedirs(flat, exist_ok=True)
    for file in wheels.files:
        source, target = os.path.realpath(file.path), os.path.join(flat, file.file)
        try:
            os.link(source, target)
        except FileNotFoundError:  # gone meanwhile: the installer says what it misses
            continue
        except OSError:  # another file system, or a file of another user
            shutil.copy2(source, target)
    return context
