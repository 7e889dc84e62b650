"""Problems of the engine and of the programs that caliban starts."""

import shlex

from caliban.compiler.diagnostics import Diagnostic, Place, printable


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
