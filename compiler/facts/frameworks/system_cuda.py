"""The stack of a release that takes CUDA and cuDNN from the system."""

from caliban.compiler.facts.frameworks.choice import Choice
from caliban.compiler.facts.frameworks.gpu import Stack, require_driver
from caliban.compiler.facts.frameworks.torch import torch_build
from caliban.compiler.facts.images import cuda_image
from caliban.compiler.ir.demand import Demand


def system_stack(found: Choice, demand: Demand) -> Stack:
    """The stack: the libraries of torch, where they are of the same majors, or an image of nvidia/cuda.

    Raises Rejected where the driver is too old for it.
    """
    want, release = found.want, found.release
    where = want.pin.source
    assert release.cuda and release.image, f"frameworks.json does not say what {want.words} needs of the system"
    require_driver(release.cuda, want, demand)
    major, torch = release.cuda.partition(".")[0], torch_build(demand).stack
    if torch is not None and torch.cuda and (torch.cuda.partition(".")[0], torch.cudnn) == (major, release.cudnn):
        words = f"{want.words} finds the CUDA {major} and cuDNN {release.cudnn} of torch ({where})"
        return Stack(words=words, notes=(f"{want.words} finds CUDA only if torch is imported before it ({where})",))
    with_cudnn = f" and cuDNN {release.cudnn}" if release.cudnn else ""
    return Stack(
        words=f"{want.words} needs CUDA {release.cuda}{with_cudnn} of the system ({where})",
        cuda=release.cuda,
        image=cuda_image(release.cuda, release.image, demand.tables),
        notes=_notes(found),
    )


def _notes(found: Choice) -> tuple[str, ...]:
    if not found.unknown:
        return ()
    return (f"caliban knows {found.want.pin.name} up to {found.release.version} and nothing of {found.want.words}",)
