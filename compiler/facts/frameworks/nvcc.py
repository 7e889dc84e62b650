"""What calls nvcc, when it is built or when it runs: requirements in, the CUDA toolkit for it out."""

from msgspec import Struct
from msgspec.structs import replace

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.frameworks import problems
from caliban.compiler.facts.frameworks.gpu import Stack
from caliban.compiler.facts.frameworks.releases import releases
from caliban.compiler.facts.frameworks.torch import torch_build
from caliban.compiler.facts.frameworks.torch_wants import newest_torch_under, torch_wants
from caliban.compiler.facts.frameworks.wanted import Wanted, wanted
from caliban.compiler.facts.images import toolkit_image
from caliban.compiler.facts.python_versions import numbers
from caliban.compiler.ir.base import BaseNeed, Pin


class Toolkit(Struct, frozen=True, kw_only=True):
    """A CUDA toolkit for what is compiled against torch."""

    cuda: str  # '12.8'
    image: str  # 'nvidia/cuda:12.8.1-devel-ubuntu22.04'
    notes: tuple[str, ...] = ()


class Compilation(Struct, frozen=True, kw_only=True):
    """What is compiled when the image is built, and with what."""

    toolkit: Toolkit
    packages: tuple[str, ...]  # 'flash-attn==2.8.3'
    names: tuple[str, ...]  # 'flash-attn'
    direct: tuple[str, ...]  # those of them that are named by an address
    first: tuple[str, ...]  # 'torch==2.8.0', 'ninja': what their setup.py files import
    indexes: tuple[str, ...]  # '--extra-index-url https://…'
    architectures: str  # '8.0;9.0+PTX'
    git: bool  # whether something is fetched by it
    reason: str  # for the comment over the stage
    note: str  # for the user


def runtime_stack(need: BaseNeed) -> Stack | None:
    """The stack of what compiles kernels when it runs, or None without any; raises Rejected where none can serve it."""
    wants = calling_nvcc(need, "at_run")
    if not wants and need.compiles is None:
        return None
    pin = wants[0].pin if wants else Pin(name="", text="", source=need.compiles or "")
    words, where = wants[0].words if wants else "the project's own code", pin.source
    found = toolkit(need, pin)
    told = f"{words} compiles kernels when it runs, with nvcc of torch's CUDA {found.cuda} ({where})"
    return Stack(words=told, cuda=found.cuda, image=found.image, notes=found.notes)


def calling_nvcc(need: BaseNeed, when: str) -> tuple[Wanted, ...]:
    """The requirements that call nvcc 'at_build' or 'at_run'; a wheel that is named by its address is built already."""
    names = need.tables["frameworks"]["nvcc"][when]
    found = wanted(need.packages, names, need.python or need.host_python, need.platform)
    return tuple(want for want in found if not (when == "at_build" and ".whl" in want.pin.text))


def toolkit(need: BaseNeed, pin: Pin) -> Toolkit:
    """The toolkit of torch's CUDA, for what a requirement compiles. Raises Rejected where there is no image of it."""
    packages = need.packages
    if torch_build(need).stack is None:  # it comes with the package
        packages = (*packages, replace(pin, name="torch", text=newest_torch_under(pin, need.tables)))
    torch = torch_build(replace(need, packages=packages)).stack
    assert torch is not None, "torch is among the packages"
    cuda = torch.cuda or releases("torch", need.tables)[-1].cuda or ""
    image = toolkit_image(cuda, need.tables)
    if image is None:
        raise Rejected(problems.no_toolkit(cuda, torch.words, pin.source))
    guess = f"caliban does not know torch's CUDA here: what is compiled, is so for CUDA {cuda} ({pin.source})"
    return Toolkit(cuda=cuda, image=image, notes=() if torch.cuda else (guess,))


def compilation(need: BaseNeed, own: str | None) -> Compilation | None:
    """What is compiled when the image is built; `own` is where the project says that it has CUDA sources itself.

    None where nothing is; raises Rejected where no image has the nvcc for it.
    """
    wants = calling_nvcc(need, "at_build")
    if not wants and own is None:
        return None
    pin = wants[0].pin if wants else Pin(name="", text="", source=own or "")
    found = toolkit(need, pin)
    texts = [want.text for want in wants]
    listed = need.tables["frameworks"]["nvcc"]
    inside = (extra for want in wants for extra in sorted(want.extras) if extra in listed["at_build"])
    names = tuple(dict.fromkeys((*(want.pin.name for want in wants), *inside)))
    what = " and ".join(want.words for want in wants) or "the project's own extension"
    calls = "calls" if len(wants) < 2 else "call"
    torches = tuple(dict.fromkeys(want.text for want in torch_wants(need)))
    return Compilation(
        toolkit=found,
        packages=(*texts, *(name for name in names if name not in {want.pin.name for want in wants})),
        names=names,
        direct=tuple(want.pin.name for want in wants if want.direct),
        first=(*(torches or (newest_torch_under(pin, need.tables),)), *listed["build_tools"]),
        indexes=tuple(index for index in need.indexes if index.startswith(("--extra-index-url", "--index-url", "-i"))),
        architectures=_architectures(found.cuda, need),
        git=any("git+" in text for text in texts),
        reason=f"{what} {calls} nvcc ({pin.source}): compiled aside, with the toolkit of torch's CUDA {found.cuda} and "
        "torch there first; the image gets the wheel and no compiler",
        note=f"{what} {calls} nvcc ({pin.source}): compiling takes long, and is done again only when it must",
    )


def _architectures(cuda: str, need: BaseNeed) -> str:
    """What to compile for: the host's card where one is known, else all common ones that this CUDA can."""
    if need.capability:
        return need.capability
    rows = need.tables["frameworks"]["nvcc"]["architectures"]
    fitting = [row["list"] for row in rows if numbers(row["cuda"]) <= numbers(cuda)]
    return str(fitting[-1] if fitting else rows[0]["list"])
