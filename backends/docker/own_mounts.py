"""Mounts of the job, except at places where the user's arguments mount something."""

import csv
import posixpath
from collections.abc import Iterator, Sequence

from caliban.compiler.input.invocation import EngineArgument
from caliban.compiler.ir.job import BindMount, Job


def own_mounts(job: Job) -> tuple[BindMount, ...]:
    """Those of the job, the one for results last.

    The engine refuses two mounts of one place, and the user's arguments for `docker run` win.
    """
    places = {*_places(job.engine_options)}
    output = (job.output,) if job.output is not None else ()
    return tuple(mount for mount in (*job.mounts, *output) if mount.target not in places)


def _places(arguments: Sequence[EngineArgument]) -> Iterator[str]:
    """The paths in the container at which options mount: `-v X:/data:ro`, `--tmpfs /x`, `--mount type=…,dst=/y`."""
    for argument in arguments:
        value = argument.value or ""
        match argument.name:
            case "--volume":
                parts = value.split(":")
                yield _normal(parts[1] if len(parts) > 1 else parts[0])
            case "--tmpfs":
                yield _normal(value.partition(":")[0])
            case "--mount":
                fields = (field.partition("=") for row in csv.reader([value]) for field in row)
                yield from (_normal(path) for name, _, path in fields if name.lower() in _TARGET)


_TARGET = ("target", "dst", "destination")  # https://docs.docker.com/engine/storage/bind-mounts


def _normal(path: str) -> str:
    return posixpath.normpath(f"/{path.lstrip('/')}")
