"""An invocation back into a command line: for the comment over a Dockerfile, and for hints that can be pasted."""

import shlex
from collections.abc import Iterator

from msgspec.structs import replace

from caliban.compiler.diagnostics import printable
from caliban.compiler.invocation import Compilation, Launched, LaunchOptions, Lock, Mode, Mount, Run


def respell(invocation: Compilation, *, mode: Mode | None = None, output: str | None = None) -> str:
    """`caliban run …` on one line, control characters escaped; `mode` and `output` are put in place of what was typed.

    Values of `--env` are left out: what is printed holds no secret.
    """
    launch = invocation.launch if isinstance(invocation, Launched) else LaunchOptions()
    words = ["caliban", "run", *_options(invocation, launch, mode, output), invocation.target]
    if launch.arguments:
        words += ["--", *launch.arguments]
    return printable(shlex.join(words))


def _options(invocation: Compilation, launch: LaunchOptions, mode: Mode | None, output: str | None) -> Iterator[str]:
    build = invocation.build
    match mode or build.mode:
        case "cpu":
            yield "--nogpu"
        case "gpu":
            yield "--gpu"
        case None:
            pass
    image_id = invocation.image_id if isinstance(invocation, Run) else None
    single = {
        "--image_id": image_id,
        "--base_image": build.base_image,
        "--python": build.python,
        "--platform": build.platform,
        "--cloud_key": build.cloud_key,
        "--experiment_config": launch.experiments,
        "--xgroup": launch.group,
    }
    repeated = {
        "-d": build.directories,
        "--extras": build.extras,
        "--include": build.includes,
        "--requirements": build.requirements,
        "--build_secret": build.secrets,
        "--env": tuple(variable.name for variable in launch.env),
        "--mount": tuple(_mount(mount) for mount in launch.mounts),
    }
    for name, value in single.items():
        if value is not None:
            yield from (name, value)
    for name, values in repeated.items():
        for value in values:
            yield from (name, value)
    if launch.engine_args:
        yield from ("--docker_run_args", shlex.join(word for argument in launch.engine_args for word in argument.words))
    written = output or (_mount(launch.output) if launch.output else None)
    if written is not None:
        yield from ("-o", written)
    if not build.rewrites:
        yield "--no_rewrites"
    if build.no_cache:
        yield "--no_cache"
    if build.max_image_size is not None:
        yield from ("--max_image_size", f"{build.max_image_size / 1e9:g}GB")
    if build.locked:
        yield "--locked"
    if not build.credentials:
        yield "--no_credentials"
    if launch.tty:
        yield "--tty"


def _mount(mount: Mount) -> str:
    parts = (mount.source,) if mount.target is None else (mount.source, mount.target)
    return ":".join(part.replace(":", "\\:") for part in parts)


def respell_lock(invocation: Compilation) -> str:
    """The `caliban lock …` whose answer a build of this invocation uses."""
    build = invocation.build
    asked = Lock(
        target=invocation.target,
        build=replace(build, directories=(), includes=(), no_cache=False, max_image_size=None, locked=False),
    )
    words = ["caliban", "lock", *_options(asked, LaunchOptions(), None, None), asked.target]
    return printable(shlex.join(words))


def respell_container(argv: tuple[str, ...], arguments: tuple[str, ...]) -> str:
    """What a container runs, on one line."""
    return printable(shlex.join((*argv, *arguments)))
