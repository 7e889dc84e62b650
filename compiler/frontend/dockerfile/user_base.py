"""The base that the user names, on the command line or in the config: an image, or a Dockerfile of the project."""

import posixpath
import re
from typing import NamedTuple

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.facts.image_reference import flaw
from caliban.compiler.frontend.dependencies.paths import resembling
from caliban.compiler.frontend.dockerfile import problems
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.config import Settings
from caliban.compiler.input.user_dockerfile import UserDockerfile

_PATH = r"\.{0,2}/.*|.*/|(.*/)?(Dockerfile|Containerfile)[^/:]*|.*\.(Dockerfile|dockerfile)"


class NamedBase(NamedTuple):
    """The base that the user names; empty if caliban is to choose."""

    image: str | None = None
    dockerfile: UserDockerfile | None = None
    needed: tuple[str, ...] = ()  # what the Dockerfile reads of the project
    warnings: tuple[Diagnostic, ...] = ()


def find_base(disk: Disk, settings: Settings, root: str) -> NamedBase:
    """The base; a file of the project wins over an image of that name. Raises Rejected where it is neither."""
    typed = settings.base_image
    if typed is None:
        return NamedBase()
    source = settings.base_source or ""
    path = posixpath.normpath(typed.removeprefix(root.rstrip("/") + "/"))
    if path.isprintable() and disk.is_file(path):
        if path.startswith(("../", "/")) or disk.inside(path) is None:
            raise Rejected(problems.dockerfile_outside(source, typed))
        from caliban.compiler.frontend.dockerfile.read import read_dockerfile  # dockerfile-parse takes 15 ms

        dockerfile, needed, warnings = read_dockerfile(disk, path)
        return NamedBase(dockerfile=dockerfile, needed=needed, warnings=warnings)
    if re.fullmatch(_PATH, typed):
        raise Rejected(_no_dockerfile(disk, typed, path, source))
    if (reason := flaw(typed)) is not None:
        raise Rejected(problems.bad_reference(source, typed, reason, resembling(disk, path)))
    return NamedBase(image=typed)


def _no_dockerfile(disk: Disk, typed: str, path: str, source: str) -> Diagnostic:
    if path == ".." or path.startswith(("../", "/")):
        return problems.dockerfile_outside(source, typed)
    if disk.is_folder(path):
        inside = next((name for name in disk.names(path) if re.fullmatch(_PATH, name)), None)
        return problems.dockerfile_is_folder(source, typed, inside and posixpath.normpath(f"{path}/{inside}"))
    return problems.no_dockerfile(source, typed, resembling(disk, path))
