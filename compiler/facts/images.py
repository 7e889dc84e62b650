"""Names of images: a Python minor or a CUDA version in, an image that exists out; all go through `mirrored`."""

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts import problems
from caliban.compiler.facts.python_versions import numbers, suite
from caliban.compiler.facts.tables import Tables

_NEWEST_UBUNTU = "ubuntu22.04"  # its glibc is no newer than bookworm's, so what is built on it also runs on slim


def mirrored(image: str, mirror: str | None) -> str:
    """The name under which a mirror has the image; without a mirror the name as it is.

    A mirror is a registry, or a path in one, that keeps Docker Hub's paths and puts any other registry's name in front
    of its paths: 'python:3.11' → 'MIRROR/library/python:3.11', 'ghcr.io/astral-sh/uv' → 'MIRROR/ghcr.io/astral-sh/uv'.
    A name that is on the mirror already, or on this very machine, stays.
    """
    if not mirror:
        return image
    prefix = mirror.removeprefix("https://").removeprefix("http://").rstrip("/")
    registry, path = _split(image)
    if image.startswith(f"{prefix}/") or image == "scratch" or registry.partition(":")[0] == "localhost":
        return image
    if registry != "docker.io":
        return f"{prefix}/{registry}/{path}"
    return f"{prefix}/{path}" if "/" in path else f"{prefix}/library/{path}"


def unmirrored(image: str, mirror: str | None) -> str:
    """The name of an image without the mirror in it, as `mirrored` put it there."""
    prefix = (mirror or "").removeprefix("https://").removeprefix("http://").rstrip("/")
    if not prefix or not image.startswith(f"{prefix}/"):
        return image
    return image.removeprefix(f"{prefix}/").removeprefix("library/")


def python_image(minor: str, tables: Tables) -> str:
    """The slim image of a Python minor, its Debian release written out, because a bare '-slim' moves."""
    return f"python:{minor}-slim-{suite(minor, tables)}"


def cuda_image(cuda: str, kind: str, tables: Tables) -> str:
    """The nvidia/cuda image of a CUDA minor ('11.8') and a kind ('cudnn-runtime', 'cudnn-devel', 'devel').

    Looked up, never composed: cuDNN's part of a tag has changed three times, and X.Y without a patch does not exist.
    Raises Rejected where the tables have none.
    """
    found = [tag for tag in tables["cuda_tags"]["tags"] if tag.startswith(f"{cuda}.") and _kind(tag) == kind]
    usable = [tag for tag in found if _ubuntu(tag) <= _NEWEST_UBUNTU]
    if not usable:
        raise Rejected(problems.no_cuda_image(cuda, kind, tables.sources))
    return f"nvidia/cuda:{max(usable, key=lambda tag: (numbers(tag.partition('-')[0]), _ubuntu(tag)))}"


def toolkit_image(cuda: str, tables: Tables) -> str | None:
    """The nvidia/cuda image with nvcc for a CUDA minor; where it has none, of the nearest minor of the same major.

    torch refuses to compile with another major, and warns of another minor (torch/utils/cpp_extension.py).
    """
    minors = {".".join(tag.split(".")[:2]) for tag in tables["cuda_tags"]["tags"] if _kind(tag) == "devel"}
    near = sorted((minor for minor in minors if minor.partition(".")[0] == cuda.partition(".")[0]), key=numbers)
    below = [minor for minor in near if numbers(minor) <= numbers(cuda)]
    nearest = (below or near[:1])[-1:]
    return cuda_image(nearest[0], "devel", tables) if nearest else None


def serves(image: str, wanted: str) -> bool:
    """Return whether one nvidia/cuda image has everything of another one of the same CUDA major."""
    ours, theirs = image.partition(":")[2], wanted.partition(":")[2]
    parts = {part for part in _kind(theirs).split("-") if part != "runtime"}
    return ours.split(".")[0] == theirs.split(".")[0] and parts <= set(_kind(ours).split("-"))


def _split(image: str) -> tuple[str, str]:
    """Registry and path. The first part is a registry if it could be a host: the engine's own rule."""
    first, slash, rest = image.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        return "docker.io", image
    return ("docker.io" if first == "index.docker.io" else first), rest


def _kind(tag: str) -> str:
    """'cudnn-runtime' of '11.8.0-cudnn8-runtime-ubuntu22.04'."""
    parts = tag.split("-")[1:-1]
    return "-".join("cudnn" if part.startswith("cudnn") else part for part in parts)


def _ubuntu(tag: str) -> str:
    return tag.rpartition("-")[2]
