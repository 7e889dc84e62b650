"""Starts the builder directly: docker would first ask it who it is, which takes as long as its own start."""

import os
import shutil
from collections.abc import Mapping, Sequence

_PLUGIN = "docker-buildx"
# https://github.com/docker/cli/blob/master/cli-plugins/manager/manager_unix.go; the user's own comes before them.
_FOLDERS = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)


def direct_builder(argv: Sequence[str], environment: Mapping[str, str]) -> Sequence[str]:
    """`docker buildx build …` as `docker-buildx build …`, where it is sure that docker would start that program.

    What it does by itself: https://github.com/docker/buildx#manual-download, "standalone".
    """
    if tuple(argv[:2]) != ("docker", "buildx") or not _is_docker(shutil.which("docker", path=environment.get("PATH"))):
        return argv
    program = _program(environment)
    return argv if program is None else (program, *argv[2:])


def _is_docker(path: str | None) -> bool:
    """Return whether a program is docker itself: no wrapper script, and no other program of its name."""
    if path is None or os.path.basename(os.path.realpath(path)) != "docker":
        return False
    try:
        with open(path, "rb") as file:
            return file.read(2) != b"#!"
    except OSError:
        return False


def _program(environment: Mapping[str, str]) -> str | None:
    """The first plugin of the name in docker's own order; None where its settings may name other folders."""
    settings = environment.get("DOCKER_CONFIG") or os.path.join(os.path.expanduser("~"), ".docker")
    try:
        with open(os.path.join(settings, "config.json"), encoding="utf-8", errors="replace") as file:
            if "cliPluginsExtraDirs" in file.read():
                return None
    except FileNotFoundError:
        pass
    except OSError:
        return None
    candidates = (os.path.join(folder, _PLUGIN) for folder in (os.path.join(settings, "cli-plugins"), *_FOLDERS))
    program = next((path for path in candidates if os.path.lexists(path)), None)
    return program if program is not None and os.access(program, os.X_OK) else None
