"""The releases of the frameworks, as the table `frameworks` has them."""

from collections.abc import Mapping
from functools import cache
from typing import Literal

from msgspec import Struct, field

from caliban.compiler.facts.tables import Tables

Cupy = Literal["cupy-cuda11x", "cupy-cuda12x", "cupy-cuda13x"]
Framework = (
    Literal["torch", "tensorflow", "tensorflow-gpu", "jax", "onnxruntime-gpu", "ctranslate2", "faster-whisper"]
    | Literal["bitsandbytes"]
    | Cupy
)


class Release(Struct, frozen=True, kw_only=True):
    """One release of a framework."""

    version: str  # '2.8.0'
    pythons: tuple[str, ...]  # minors that it has wheels for; their own metadata may promise more
    cuda: str | None = None  # what its wheels on PyPI bring, or need of the system: '12.8'
    cuda_arm64: str | None = None  # the same of its wheels for arm64; None: these have no CUDA
    indexes: tuple[str, ...] = ()  # of PyTorch, with CUDA builds of it, oldest CUDA first: 'cu126', 'cu128'
    indexes_arm64: tuple[str, ...] = ()
    cudnn: str | None = None  # the same of cuDNN, its major: '9'
    cudas: tuple[str, ...] = ()  # all that it has libraries for, where it takes the one of another framework
    image: str | None = None  # the kind of nvidia/cuda image that it needs: 'cudnn-runtime'; None: a slim one will do
    refused: Literal["no-image", "stub"] | None = None  # why there is no way to run it on a GPU
    extra: str | None = None  # what brings CUDA as wheels: 'and-cuda', 'cuda12'
    extra_cuda13: str | None = None
    extra_pythons: tuple[str, ...] = ()  # minors that the extra has wheels for, where they are fewer
    find_links: bool = False  # the builds with CUDA are on no index, only on jax's page of links
    local: Mapping[str, str] = field(default_factory=dict)  # jax's '-local' extras: CUDA major → the minor to install
    trap: str | None = None  # what goes wrong with it
    instead: str | None = None  # the release to take instead, because of that


@cache
def releases(framework: Framework, tables: Tables) -> tuple[Release, ...]:
    """All known releases, oldest first; releases without a row of their own are like the one before them."""
    return tuple(
        Release(
            version=version,
            pythons=tuple(row["pythons"]),
            cuda=row.get("cuda"),
            cuda_arm64=row.get("cuda_arm64"),
            indexes=tuple(row.get("indexes", ())),
            indexes_arm64=tuple(row.get("indexes_arm64", ())),
            cudnn=row.get("cudnn"),
            cudas=tuple(row.get("cudas", ())),
            image=row.get("image"),
            refused=row.get("refused"),
            extra=row.get("extra"),
            extra_cuda13=row.get("extra_cuda13"),
            extra_pythons=tuple(row.get("extra_pythons", ())),
            find_links=row.get("find_links", False),
            local=row.get("local", {}),
            trap=row.get("trap"),
            instead=row.get("instead"),
        )
        for row in tables["frameworks"][framework]
        for version in row["versions"]
    )


def torch_pinned_by(package: str, version: str, tables: Tables) -> str | None:
    """The one torch that this release of a package requires: torchvision 0.23.0 requires 2.8.0."""
    found = tables["frameworks"]["torch_pinned_by"].get(package, {}).get(version)
    return None if found is None else str(found)
