"""Problems of the engine."""

import re

from caliban.compiler.diagnostics import Diagnostic, Place, printable
from caliban.compiler.words.quoting import quoted


def no_client() -> Diagnostic:
    """Its client is not on PATH."""
    return Diagnostic(
        code="no-engine",
        message="no container engine: there is no program called docker on PATH",
        hint="install Docker Engine 23 or newer (docs.docker.com/engine/install); `caliban compile` works without one",
    )


def no_docker(question: str) -> Diagnostic:
    """The program succeeds, and does not say what docker would."""
    return Diagnostic(
        code="no-engine",
        message=f"the program docker on PATH does not answer `docker {question}` as docker does",
        hint="check what it is: type -a docker; docker version",
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


def settings_unusable(words: str) -> Diagnostic:
    """The home is not there, not a folder, or read-only: docker keeps its settings and the builder's state there."""
    return Diagnostic(
        code="no-settings",
        message="docker cannot use its own folder, $DOCKER_CONFIG or else ~/.docker",
        quotes=(f"docker: {printable(words)}",),
        hint="name folders that you may write in: export DOCKER_CONFIG=FOLDER CALIBAN_HOME=FOLDER",
    )


def buildx_missing(words: str) -> Diagnostic:
    """The client has no buildx plugin."""
    return Diagnostic(
        code="no-buildx",
        message="the docker client has no buildx",
        quotes=(f"docker: {printable(words)}",),
        hint="install it: the package docker-buildx-plugin or docker-buildx of your system (Docker Engine 23 or newer)",
    )


def engine_refused(words: str, order: str = "start the container") -> Diagnostic:
    """Any other answer of the engine, in its own words."""
    return Diagnostic(
        code="engine-refused",
        message=f"the engine did not {order}",
        quotes=tuple(f"docker: {printable(line)}" for line in words.splitlines() if line.strip()),
        hint="the engine's own log says more: journalctl -u docker",
    )


def container_removed(container: str) -> Diagnostic:
    """It ran, and somebody else removed it."""
    return Diagnostic(
        code="removed",
        message=f"the container {container} was removed by another program while it ran; how it would have ended, and "
        "what it wrote outside mounted folders, is lost",
        hint="look for a `docker rm` or a clean-up of this engine, and give the command again",
    )


def image_gone(image: str) -> Diagnostic:
    """An image that was there a moment ago."""
    return Diagnostic(
        code="no-image",
        message=f"the image {printable(image)} was removed before it could be used",
        hint="give the same command again: what a cleaner of this engine removed is built again",
    )


def image_not_named(tag: str, words: str) -> Diagnostic:
    """The engine has the image, and refused to name it."""
    return Diagnostic(
        code="engine-refused",
        message=f"the engine did not name an image '{printable(tag)}', which keeps it while it is in use",
        quotes=(f"docker: {printable(words)}",),
        hint="the engine's own log says more: journalctl -u docker",
    )


def image_missing(reference: str) -> Diagnostic:
    """--image_id names nothing that is there."""
    fetch = f"`docker pull {quoted(reference)}` may fetch it"
    if re.fullmatch(r"(sha256:)?[0-9a-f]{12,64}", reference):
        fetch = "an id names an image of one engine, and cannot be pulled: build it again, or give the image's name"
    return Diagnostic(
        code="no-image",
        message=f"the engine has no image '{printable(reference)}'",
        place=Place(source="--image_id"),
        hint=f"`docker image ls` lists what is there; {fetch}",
    )


def no_gpu_toolkit(retry: str, words: str) -> Diagnostic:
    """The engine cannot hand a GPU to a container."""
    return Diagnostic(
        code="no-gpu",
        message="the engine cannot give a GPU to a container: the NVIDIA Container Toolkit is missing",
        quotes=(f"docker: {printable(words)}",),
        hint=f"install nvidia-container-toolkit, run `nvidia-ctk runtime configure`, restart the engine; or:\n{retry}",
    )
