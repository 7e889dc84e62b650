"""What can go wrong between caliban, the machine and the engine; each known failure with its remedy."""

import shlex
from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place, printable


def no_two_builds(root: str) -> Diagnostic:
    """`caliban diff` has nothing to compare."""
    return Diagnostic(
        code="no-two-builds",
        message="caliban remembers less than two builds of this project",
        place=Place(source=root),
        hint="start it in the project's folder, after a second `caliban run` or `caliban build` that built something",
    )


def program_missing(name: str) -> Diagnostic:
    """Not on PATH."""
    if name == "docker":
        return Diagnostic(
            code="no-engine",
            message="no container engine: there is no program called docker on PATH",
            hint="install Docker Engine 23 or newer (docs.docker.com/engine/install); "
            "caliban compile works without one",
        )
    return Diagnostic(code="no-program", message=f"there is no program called {name} on PATH", hint=f"install {name}")


def program_failed(name: str, reason: str) -> Diagnostic:
    """The system would not start it."""
    return Diagnostic(
        code="no-program", message=f"{name} cannot be started: {reason}", hint="check the file that `which` names"
    )


def arguments_too_long(size: int) -> Diagnostic:
    """execve(2): 2 MiB for all arguments and the environment, 128 KiB for each, on Linux."""
    return Diagnostic(
        code="arguments-too-long",
        message=f"the arguments take {size:,} bytes, more than the system passes to a program "
        "(2 MiB in all, 128 KiB for each)",
        place=Place(source="-- ARGS"),
        hint="write them into a file of the project and pass its name",
    )


def engine_unreachable(words: str) -> Diagnostic:
    """The daemon does not answer."""
    return Diagnostic(
        code="no-engine",
        message="the container engine does not answer",
        quotes=(f"docker: {printable(words)}",),
        hint="start it (systemctl start docker, or Docker Desktop), or check $DOCKER_HOST and `docker context ls`",
    )


def engine_forbidden(words: str) -> Diagnostic:
    """The socket belongs to somebody else."""
    return Diagnostic(
        code="no-engine",
        message="you may not talk to the container engine",
        quotes=(f"docker: {printable(words)}",),
        hint="become a member of the group docker (sudo usermod -aG docker $USER, then log in again), "
        "or use a rootless engine",
    )


def buildx_missing(words: str) -> Diagnostic:
    """The client has no buildx plugin."""
    return Diagnostic(
        code="no-buildx",
        message="the docker client has no buildx",
        quotes=(f"docker: {printable(words)}",),
        hint="install it: the package docker-buildx-plugin or docker-buildx of your system (Docker Engine 23 or newer)",
    )


def engine_refused(words: str) -> Diagnostic:
    """Any other answer of the engine, in its own words."""
    return Diagnostic(
        code="engine-refused",
        message="the engine did not start the container",
        quotes=tuple(f"docker: {printable(line)}" for line in words.splitlines() if line.strip()),
        hint="the engine's own log says more: journalctl -u docker",
    )


def image_missing(reference: str) -> Diagnostic:
    """--image_id names nothing that is there."""
    return Diagnostic(
        code="no-image",
        message=f"the engine has no image '{printable(reference)}'",
        place=Place(source="--image_id"),
        hint=f"`docker image ls` lists what is there; `docker pull {shlex.quote(printable(reference))}` may fetch it",
    )


def no_gpu(retry: str, *, on_mac: bool, amd: bool) -> Diagnostic:
    """GPU mode without a GPU that a container can use."""
    lack, ways = "this machine has no NVIDIA GPU", retry
    if on_mac:
        lack = "Docker on macOS gives no GPU to containers"
    elif amd:
        lack = "it is for GPUs of NVIDIA, and this machine's is one of AMD"
        ways = (
            f"{retry}\nfor ROCm, name PyTorch's ROCm index in the requirements, and add to this line\n"
            "--docker_run_args '--device /dev/kfd --device /dev/dri --group-add video'"
        )
    return Diagnostic(code="no-gpu", message=f"GPU mode is the default, but {lack}", hint=ways)


def no_gpu_toolkit(retry: str, words: str) -> Diagnostic:
    """The engine cannot hand a GPU to a container."""
    return Diagnostic(
        code="no-gpu",
        message="the engine cannot give a GPU to a container: the NVIDIA Container Toolkit is missing",
        quotes=(f"docker: {printable(words)}",),
        hint=f"install nvidia-container-toolkit, run `nvidia-ctk runtime configure`, restart the engine; or:\n{retry}",
    )


def install_failed(quotes: Sequence[str], place: Place | None, hint: str | None, what: str) -> Diagnostic:
    """Uv could not install; its own words, once."""
    return Diagnostic(
        code="build-failed",
        message=f"uv could not install {what}",
        place=place,
        quotes=tuple(f"uv: {printable(line)}" for line in quotes),
        hint=hint,
    )


def build_failed(step: str | None, quotes: Sequence[str], hint: str | None, place: Place | None = None) -> Diagnostic:
    """A step of the build failed for another reason."""
    return Diagnostic(
        code="build-failed",
        message=f"the image could not be built: {printable(step)}" if step else "the image could not be built",
        place=place,
        quotes=tuple(printable(line) for line in quotes),
        hint=hint,
    )


def disk_full(words: str) -> Diagnostic:
    """No space left on device."""
    return Diagnostic(
        code="disk-full",
        message="the disk is full",
        quotes=(printable(words),),
        hint="`docker system df` says what the engine keeps, `docker builder prune` frees its cache",
    )


def changed_while_built(paths: Sequence[str]) -> Diagnostic:
    """Files that were written to after we had read them, and before the engine had."""
    which = ", ".join("the project's folder" if path == "." else f"'{printable(path)}'" for path in paths[:3])
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return Diagnostic(
        code="changed-while-built",
        message=f"{which}{more} changed while the builder read it; what is built may have it as it was or as it is",
        place=Place(source=paths[0]),
        hint="give the same command again: the next build starts from what is there then;\n"
        "what other programs go on writing may be left out with a line in .dockerignore",
        severity="warning",
    )


def tables_unreadable(path: str, reason: str) -> Diagnostic:
    """$CALIBAN_TABLES names no file."""
    return Diagnostic(
        code="unreadable",
        message=f"cannot be read: {reason}",
        place=Place(source=f"$CALIBAN_TABLES: {path}"),
        hint="name a file with tables of your own, or unset $CALIBAN_TABLES",
    )


def mount_missing(path: str, option: str) -> Diagnostic:
    """A host folder that is not there."""
    return Diagnostic(
        code="no-directory",
        message=f"there is no '{printable(path)}' on this machine",
        place=Place(source=option),
        hint="check the path; it is relative to the current directory",
    )


def output_unusable(path: str, reason: str, option: str) -> Diagnostic:
    """What an option names for results cannot be made, or not written to."""
    return Diagnostic(
        code="bad-output",
        message=f"'{printable(path)}' cannot be written: {reason}",
        place=Place(source=option),
        hint="name a place that you may write to",
    )


def output_exists(path: str, option: str) -> Diagnostic:
    """Nothing that is there is overwritten."""
    return Diagnostic(
        code="exists",
        message=f"'{printable(path)}' is there already, and is not overwritten",
        place=Place(source=option),
        hint="name a folder that does not exist yet",
    )


def variable_unset(name: str) -> Diagnostic:
    """`--env NAME` takes the value from caliban's own environment."""
    return Diagnostic(
        code="bad-variable",
        message=f"--env {name} takes the value from the environment, where {name} is not set",
        place=Place(source="--env"),
        hint=f"export {name}=…, or --env {name}=VALUE",
    )


def secrets_not_granted(source: str, names: Sequence[str]) -> Diagnostic:
    """A config asks for variables that are set: the code of the project, and of all it installs, would see them."""
    options = " ".join(f"--build_secret {name}" for name in names)
    return Diagnostic(
        code="secret-not-granted",
        message=f"the project asks for variables of your environment while it is built: {', '.join(names)}",
        place=Place(source=source),
        hint=f"if you trust what it installs with them: {options}\n"
        f"or once for all projects: export CALIBAN_BUILD_SECRETS={','.join(names)}",
    )
