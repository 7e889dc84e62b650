"""Problems of choosing the base image and the builds that go with it."""

from caliban.compiler.diagnostics import Diagnostic
from caliban.compiler.facts.places import place_of_source

_NO_GPU = "or do without the GPU: --nogpu"
_OTHER_CARD = "or say which GPU the machine has that will run it: CALIBAN_GPU_CAPABILITY=VERSION"
_OTHER_HOST = "or say which driver the machine has that will run it: CALIBAN_GPU_DRIVER=VERSION"


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
