"""Problems of choosing the Python, the base image and the builds that go with them."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic, Place
from caliban.compiler.problems.places import place_of_source

_NO_GPU = "or do without the GPU: --nogpu"
_OTHER_CARD = "or say which GPU the machine has that will run it: CALIBAN_GPU_CAPABILITY=VERSION"
_OTHER_HOST = "or say which driver the machine has that will run it: CALIBAN_GPU_DRIVER=VERSION"


def unknown_python(text: str, source: str, oldest: str) -> Diagnostic:
    """A choice that names no Python minor, or one that nothing can install into any more."""
    return Diagnostic(
        code="unknown-python",
        message=f"no Python that caliban can use: '{text}'",
        place=place_of_source(source),
        hint=f"name a minor version from {oldest} on, for example --python 3.11; or a base of your own: --base_image",
    )


def python_contradiction(minor: str, chosen_by: str, specifier: str, source: str, works: str | None) -> Diagnostic:
    """A chosen Python that the project itself rules out."""
    return Diagnostic(
        code="python-contradiction",
        message=f"{chosen_by} chooses Python {minor}, but {source} asks for {specifier}",
        place=place_of_source(chosen_by),
        hint=f"{_use(works)}change {source}" if works else f"change {source}",
    )


def no_python(ranges: Sequence[tuple[str, str]]) -> Diagnostic:
    """Ranges that no known Python is in. Each range with its source."""
    asked = ", ".join(f"{specifier} ({source})" for specifier, source in ranges)
    return Diagnostic(
        code="no-python",
        message=f"no Python fits {asked}",
        place=place_of_source(ranges[0][1]),
        hint="change one of them so that they have a Python in common",
    )


def no_wheels(words: str, source: str, minor: str, minor_by: str, works: str | None) -> Diagnostic:
    """A pin without wheels for the Python that is asked for."""
    return Diagnostic(
        code="no-wheels",
        message=f"{words} has no wheels for Python {minor}, which {minor_by} asks for",
        place=place_of_source(source),
        hint=f"Python {works} has wheels for all your pins: --python {works}"
        if works
        else f"pin another version, or change {minor_by}",
    )


def no_common_python(limits: Sequence[tuple[str, str, str]]) -> Diagnostic:
    """Pins and ranges that exclude each other. Each with its source and the Pythons that it leaves."""
    asked = ", ".join(f"{words} leaves {pythons} ({source})" for words, source, pythons in limits)
    return Diagnostic(
        code="no-python",
        message=f"no Python suits all of these: {asked}",
        place=place_of_source(limits[0][1]),
        hint="change one of the pins",
    )


def no_cuda_image(cuda: str, kind: str, changed_by: Sequence[str]) -> Diagnostic:
    """The tables, as the user changed them, have no such image."""
    return Diagnostic(
        code="no-cuda-image",
        message=f"no image nvidia/cuda:{cuda}.N-{kind}-ubuntu22.04 or of an older Ubuntu is known",
        place=Place(source=changed_by[-1]) if changed_by else None,
        hint='name one that exists in a file for $CALIBAN_TABLES: {"cuda_tags": {"tags": {TAG: true}}},\n'
        f"name a base image of your own: --base_image IMAGE,\n{_NO_GPU}",
    )


def driver_too_old(words: str, source: str, needed: str, driver: str, way_out: str | None) -> Diagnostic:
    """CUDA that is newer than the host's driver."""
    ways = (f"{way_out}," if way_out else None, f"update the driver to {needed} or newer,", f"{_NO_GPU},", _OTHER_HOST)
    return Diagnostic(
        code="driver-too-old",
        message=f"{words} needs an NVIDIA driver of {needed} or newer, and this machine has {driver}",
        place=place_of_source(source),
        hint="\n".join(way for way in ways if way),
    )


def no_kernels(words: str, source: str, capability: str, way_out: str | None) -> Diagnostic:
    """No build for this card: everything would install, and every operation on the GPU fail."""
    ways = (f"{way_out}," if way_out else None, _NO_GPU)
    return Diagnostic(
        code="no-kernels",
        message=f"{words} has no build with kernels for this machine's GPU (compute capability {capability})",
        place=place_of_source(source),
        hint="\n".join(way for way in ways if way),
    )


def no_toolkit(cuda: str, words: str, source: str) -> Diagnostic:
    """Something has to be compiled with an nvcc of which there is no image any more."""
    return Diagnostic(
        code="no-toolkit",
        message=f"no image has the nvcc of CUDA {cuda}, which this needs because {words}",
        place=place_of_source(source),
        hint=f"pin a newer torch,\nname a base image that has it: --base_image IMAGE,\n{_NO_GPU}",
    )


def needs_cuda(words: str, source: str) -> Diagnostic:
    """A package that cannot be installed, or does nothing, without CUDA."""
    return Diagnostic(
        code="needs-cuda",
        message=f"{words} needs CUDA, and CPU mode has none",
        place=place_of_source(source),
        hint="use GPU mode: --gpu,\nor declare it where CPU mode does not look, such as in an extra 'gpu',\n"
        "or name a base image that has what it needs: --base_image IMAGE",
    )


def card_too_old(words: str, source: str, needed: str, capability: str, way_out: str | None) -> Diagnostic:
    """A package that has no kernels for cards as old as this one."""
    ways = (f"{way_out or f'leave {words} out'},", _OTHER_CARD)
    return Diagnostic(
        code="no-kernels",
        message=f"{words} needs a GPU of compute capability {needed} or newer, and this machine's has {capability}",
        place=place_of_source(source),
        hint="\n".join(ways),
    )


def tensorflow_too_old(words: str, source: str) -> Diagnostic:
    """NVIDIA has deleted the images with CUDA 10."""
    return Diagnostic(
        code="tensorflow-too-old",
        message=f"{words} needs CUDA 10 or older, and images with it no longer exist",
        place=place_of_source(source),
        hint=f"write tensorflow>=2.4,\nname a base image of your own: --base_image IMAGE,\n{_NO_GPU}",
    )


def tensorflow_gpu_stub(words: str, source: str) -> Diagnostic:
    """The package was removed, and its page says so."""
    return Diagnostic(
        code="tensorflow-gpu-removed",
        message=f"{words} cannot be installed: since 2.12 the package tensorflow-gpu only raises an error",
        place=place_of_source(source),
        hint="write tensorflow[and-cuda]",
    )


def _use(works: str) -> str:
    return f"use --python {works}, or "
