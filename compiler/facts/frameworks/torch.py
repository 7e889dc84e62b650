"""The build of torch that a project gets on a GPU: requirements, driver and card in, an index of PyTorch out."""

from collections.abc import Sequence

from msgspec import Struct

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.facts.frameworks import problems
from caliban.compiler.facts.frameworks.gpu import Stack, can_run, driver_can_run, index_cuda, oldest_driver
from caliban.compiler.facts.frameworks.releases import Release, releases
from caliban.compiler.facts.frameworks.torch_wants import named_cuda_tag, names_its_build, torch_wants
from caliban.compiler.facts.frameworks.wanted import Wanted, matching
from caliban.compiler.facts.python_versions import numbers
from caliban.compiler.ir.demand import CudaNeed, Demand

_OLD_DEFAULT = "10.2"  # torch <1.13 on PyPI: no kernels for any card since Ampere (2020)


class TorchBuild(Struct, frozen=True, kw_only=True):
    """The build of torch that is right for a project in GPU mode."""

    backend: str | None = None  # 'cu126': the index of PyTorch to take it from; None: where the installer finds it
    stack: Stack | None = None  # None: the project does not name torch


def torch_build(need: Demand) -> TorchBuild:
    """The build for GPU mode; raises Rejected where none runs on the host's driver and card."""
    if names_its_build(need):
        return _named_build(need)
    wants = torch_wants(need)
    if not wants and need.driver is None and need.capability is None:
        return TorchBuild()  # and no table is read
    known = releases("torch", need.tables)
    fitting = _with_wheels(matching(wants, known), need)
    if not fitting:
        asked = " and ".join(f"{want.words} ({want.pin.source})" for want in wants)
        note = (
            f"caliban knows torch {known[0].version} to {known[-1].version}, none of which suits {asked}: default build"
        )
        return TorchBuild(stack=_stack(wants, None, None, note))
    if need.cuda is not None and wants and (wished := _wished_build(need.cuda, wants, fitting, need)) is not None:
        return wished
    default = _default(fitting[-1], need)
    if default and default != _OLD_DEFAULT and can_run(default, need):
        return TorchBuild(stack=_stack(wants, default, fitting[-1]))
    return _routed_build(wants, fitting, need)


def _wished_build(
    wish: CudaNeed, wants: Sequence[Wanted], fitting: Sequence[Release], need: Demand
) -> TorchBuild | None:
    """The newest release with the CUDA that conda would take; None where PyTorch has none that runs here."""
    if wish.version == "cpu":
        return TorchBuild(backend="cpu", stack=Stack(words=f"{wants[0].words} without CUDA ({wish.source})"))
    served = (index for release in reversed(fitting) for index in _indexes(release, need))
    index = next((index for index in served if index_cuda(index) == wish.version), None)
    if index is None or not can_run(wish.version, need):
        return None
    brings = f"{wants[0].words} brings CUDA {wish.version} in its wheels ({wish.source})"
    return TorchBuild(backend=index, stack=Stack(words=brings, cuda=wish.version, cudnn=fitting[-1].cudnn))


def _named_build(need: Demand) -> TorchBuild:
    """Return the build that the user chose, if the driver can run it."""
    wants, tag = torch_wants(need), named_cuda_tag(need)
    cuda = index_cuda(tag) if tag else None
    if not wants:
        return TorchBuild()
    if cuda and not driver_can_run(cuda, need):
        raise Rejected(_too_old(wants, cuda, "name an index with an older CUDA", need))
    if cuda is None:  # '+cpu', a company's index, a file
        return TorchBuild(
            stack=Stack(words=f"{wants[0].words} is the build that the project names ({wants[0].pin.source})")
        )
    fitting = matching(wants, releases("torch", need.tables))
    return TorchBuild(stack=_stack(wants, cuda, fitting[-1] if fitting else None))


def _routed_build(wants: Sequence[Wanted], fitting: Sequence[Release], need: Demand) -> TorchBuild:
    """The newest build of the newest release that has one for this driver and card."""
    default = _default(fitting[-1], need)
    for release in reversed(fitting):
        for index in reversed(_indexes(release, need)):
            cuda = index_cuda(index)
            if cuda and can_run(cuda, need):
                return TorchBuild(backend=index, stack=_stack(wants, cuda, release, _why(wants, cuda, default, need)))
    if not wants:  # torch may come with another package, or not: nothing to refuse
        return TorchBuild()
    words = wants[0].words
    if default and can_run(default, need):
        note = f"{words} brings CUDA {default}: no kernels for cards since 2020"
        return TorchBuild(stack=_stack(wants, default, fitting[-1], note))
    if not any(_builds(release, need) for release in fitting):
        note = f"{words} has no build with CUDA for arm64: write torch>=2.5, or use --platform linux/amd64"
        return TorchBuild(stack=Stack(words=f"{words} without CUDA on arm64 ({wants[0].pin.source})", notes=(note,)))
    raise Rejected(_no_build(wants, fitting, need))


def _why(wants: Sequence[Wanted], cuda: str, default: str | None, need: Demand) -> str | None:
    """The note for a build that is not the default one."""
    if not wants:
        return None
    if default is None:
        reason = "its default build for arm64 has none"
    elif not driver_can_run(default, need):
        reason = f"driver {need.driver} cannot run the default, CUDA {default}"
    elif default == _OLD_DEFAULT:
        reason = f"the default, CUDA {default}, has no kernels for cards since 2020"
    else:
        reason = f"the default, CUDA {default}, has no kernels for a card of compute capability {need.capability}"
    return f"{wants[0].words} is taken with CUDA {cuda}: {reason} ({wants[0].pin.source})"


def _no_build(wants: Sequence[Wanted], fitting: Sequence[Release], need: Demand) -> Diagnostic:
    """Explain why no build of these releases runs here, with the newest release that does as the remedy."""
    others = _with_wheels(releases("torch", need.tables), need)
    runs = [
        (release, cuda) for release in others for cuda in _builds(release, need) if can_run(cuda, need)
    ]  # oldest first, and within a release the oldest CUDA first
    way_out = f"pin torch=={runs[-1][0].version}, which has a build for CUDA {runs[-1][1]}" if runs else None
    cudas = [cuda for release in fitting for cuda in _builds(release, need)]
    oldest = min(cudas, key=numbers)
    if any(driver_can_run(cuda, need) for cuda in cudas):
        return problems.no_kernels(wants[0].words, wants[0].pin.source, need.capability or "", way_out)
    return _too_old(wants, oldest, way_out, need)


def _too_old(wants: Sequence[Wanted], cuda: str, way_out: str | None, need: Demand) -> Diagnostic:
    needed = oldest_driver(cuda, need.tables) or ""
    return problems.driver_too_old(
        f"{wants[0].words} with CUDA {cuda}", wants[0].pin.source, needed, need.driver or "", way_out
    )


def _stack(wants: Sequence[Wanted], cuda: str | None, release: Release | None, note: str | None = None) -> Stack | None:
    if not wants:
        return None
    brings = f"CUDA {cuda}" if cuda else "CUDA"
    words = f"{wants[0].words} brings {brings} in its wheels ({wants[0].pin.source})"
    return Stack(words=words, cuda=cuda, cudnn=release.cudnn if release else None, notes=(note,) if note else ())


def _with_wheels(known: Sequence[Release], need: Demand) -> tuple[Release, ...]:
    """Those with wheels for the chosen Python, or all if none has: then the installer says so."""
    return tuple(release for release in known if need.python in release.pythons) or tuple(known)


def _builds(release: Release, need: Demand) -> tuple[str, ...]:
    """The CUDA versions that a release is built for, oldest first."""
    cudas = {index_cuda(index) for index in _indexes(release, need)} | {_default(release, need)}
    return tuple(sorted((cuda for cuda in cudas if cuda), key=numbers))


def _default(release: Release, need: Demand) -> str | None:
    return release.cuda_arm64 if _is_arm(need) else release.cuda


def _indexes(release: Release, need: Demand) -> tuple[str, ...]:
    return release.indexes_arm64 if _is_arm(need) else release.indexes


def _is_arm(need: Demand) -> bool:
    return "arm64" in need.platform
