"""Wheels of the host's folders in a build: an empty stage, in whose place the runtime lends a folder for each group.

BuildKit keys a RUN by all that its mounts hold. So each step that installs pins mounts a group with the wheels of these
packages alone: another wheel, for another package, reinstalls nothing of it.
"""

import posixpath
import re
from collections.abc import Iterator

from caliban.backends.docker.words import comment, mount_flag
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.effects import LISTS
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.locked import InstallPins
from caliban.compiler.ir.steps.step import Installing, Step

HOST_WHEELS = "host-wheels"
ALL_WHEELS = "all"  # the group of the steps for which the installer chooses
NO_WHEELS = "none"  # the folder of a group that holds nothing
_TARGET = "/tmp/host-wheels"
# The one folder in it: uv's cache knows a wheel by its path, so other wheels are lent in a folder of another name.
FIND_HOST_WHEELS = f"--find-links {_TARGET}/*"


def wheel_group(step: Step) -> str:
    """Return the group of wheels that a step mounts: 'all', or for pins one named like their list, 'uv.lock.pins'."""
    if not isinstance(step, InstallPins):
        return ALL_WHEELS
    return re.sub(r"[^\w.-]", "-", posixpath.relpath(step.listing, LISTS).removesuffix(".txt"), flags=re.ASCII)


def wheel_groups(recipe: Recipe) -> tuple[str, ...]:
    """Return the groups that the steps of a recipe mount, each once."""
    return tuple(dict.fromkeys(wheel_group(step) for step in recipe.steps if isinstance(step, Installing)))


def wheel_mounts(base: BaseImage, group: str) -> Iterator[str]:
    """Yield the mount of a group, if the host has wheel folders."""
    if base.lent_wheels:
        yield mount_flag("type=bind", f"from={HOST_WHEELS}", f"source=/{group}", f"target={_TARGET}")


def render_host_wheels(recipe: Recipe) -> str:
    """Render the stage: plain docker builds it, with nothing in the groups."""
    note = "empty: in its place caliban lends a build the wheels of this machine's folders that it may install"
    folders = [f"WORKDIR /{group}/{NO_WHEELS}" for group in wheel_groups(recipe)]
    return "\n".join((*comment(note), f"FROM scratch AS {HOST_WHEELS}", *folders))
