"""The CUDA toolkit for requirements that call nvcc, when they are built or when they run."""

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
from caliban.compiler.ir.demand import Demand, Pin


class Toolkit(Struct, frozen=True, kw_only=True):
    """A CUDA toolkit for what is compiled against torch."""

    cuda: str  # '12.8'
    image: str  # 'nvidia/cuda:12.8.1-devel-ubuntu22.04'
    notes: tuple[str, ...] = ()


class Compilation(Struct, frozen=True, kw_only=True):
    """The sources that are compiled when the image is built, and the tools for it."""

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


def runtime_stack(demand: Demand) -> Stack | None:
    """The stack of what compiles kernels when it runs, or None without any; raises Rejected where none can serve it."""
    wants = calling_nvcc(demand, "at_run")
    if not wants and demand.compiles is None:
        return None
    pin = wants[0].pin if wants else Pin(name="", text="", source=demand.compiles or "")
    words, where = wants[0].words if wants else "the project's own code", pin.source
    found = toolkit(demand, pin)
    told = f"{words} compiles kernels when it runs, with nvcc of torch's CUDA {found.cuda} ({where})"
    return Stack(words=told, cuda=found.cuda, image=found.image, notes=found.notes)


def calling_nvcc(demand: Demand, when: str) -> tuple[Wanted, ...]:
    """The requirements that call nvcc 'at_build' or 'at_run'; a wheel that is named by its address is built already."""
    names = demand.tables["frameworks"]["nvcc"][when]
    found = wanted(demand.packages, names, demand.chosen_python, demand.platform)
    return tuple(want for want in found if not (when == "at_build" and ".whl" in want.pin.text))


def toolkit(demand: Demand, pin: Pin) -> Toolkit:
    """The toolkit of torch's CUDA, for what a requirement compiles. Raises Rejected where there is no image of it."""
    packages = demand.packages
    if torch_build(demand).stack is None:  # it comes with the package
        packages = (*packages, replace(pin, name="torch", text=newest_torch_under(pin, demand.tables)))
    torch = torch_build(replace(demand, packages=packages)).stack
    assert torch is not None, "torch is among the packages"
    cuda = torch.cuda or releases("torch", demand.tables)[-1].cuda or ""
    image = toolkit_image(cuda, demand.tables)
    if image is None:
        raise Rejected(problems.no_toolkit(cuda, torch.words, pin.source))
    guess = f"caliban does not know torch's CUDA here: what is compiled, is so for CUDA {cuda} ({pin.source})"
    return Toolkit(cuda=cuda, image=image, notes=() if torch.cuda else (guess,))


def compilation(demand: Demand, own: str | None) -> Compilation | None:
    """Return the compilation of a build; `own` is where the project says that it has CUDA sources itself.

    None where nothing is; raises Rejected where no image has the nvcc for it.
    """
    wants = calling_nvcc(demand, "at_build")
    if not wants and own is None:
        return None
    pin = wants[0].pin if wants else Pin(name="", text="", source=own or "")
    found = toolkit(demand, pin)
    texts = [want.text for want in wants]
    listed = demand.tables["frameworks"]["nvcc"]
    inside = (extra for want in wants for extra in sorted(want.extras) if extra in listed["at_build"])
    names = tuple(dict.fromkeys((*(want.pin.name for want in wants), *inside)))
    what = " and ".join(want.words for want in wants) or "the project's own extension"
    calls = "calls" if len(wants) < 2 else "call"
    torches = tuple(dict.fromkeys(want.text for want in torch_wants(demand)))
    return Compilation(
        toolkit=found,
        packages=(*texts, *(name for name in names if name not in {want.pin.name for want in wants})),
        names=names,
        direct=tuple(want.pin.name for want in wants if want.direct),
        first=(*(torches or (newest_torch_under(pin, demand.tables),)), *listed["build_tools"]),
        indexes=tuple(
            index for index in demand.indexes if index.startswith(("--extra-index-url", "--index-url", "-i"))
        ),
        architectures=_architectures(found.cuda, demand),
        git=any("git+" in text for text in texts),
        reason=f"{what} {calls} nvcc ({pin.source}): compiled aside, with the toolkit of torch's CUDA {found.cuda} and "
        "torch there first; the image gets the wheel and no compiler",
        note=f"{what} {calls} nvcc ({pin.source}): compiling takes long, and is done again only when it must",
    )


def _architectures(cuda: str, demand: Demand) -> str:
    """Return the architectures to compile for: the host's card if known, else all common ones of this CUDA."""
    if demand.capability:
        return demand.capability
    rows = demand.tables["frameworks"]["nvcc"]["architectures"]
    fitting = [row["list"] for row in rows if numbers(row["cuda"]) <= numbers(cuda)]
    return str(fitting[-1] if fitting else rows[0]["list"])
