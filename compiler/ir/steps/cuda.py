"""The steps that compile with nvcc, in stages of their own: neither a compiler nor a CUDA toolkit reaches the image."""

from msgspec import Struct

from caliban.compiler.ir.caches import CacheMount
from caliban.compiler.ir.effects import Churn, Effects
from caliban.compiler.ir.resolution import AS_DECLARED, Resolution


class PrepareToolkit(Struct, frozen=True, kw_only=True):
    """A stage with nvcc, a Python, and there already what setup.py files import: torch, of the build that is used."""

    stage: str  # 'cuda'
    image: str  # 'nvidia/cuda:12.8.1-devel-ubuntu22.04'
    python: str  # '3.11'
    first: tuple[str, ...]  # 'torch==2.8.0', 'ninja': in the environment, because builds are not isolated from it
    indexes: tuple[str, ...] = ()  # '--extra-index-url https://…'
    architectures: str  # '8.0;9.0+PTX': compute capabilities to compile for
    git: bool = False  # whether something is fetched by it
    reason: str
    resolution: Resolution = AS_DECLARED
    caches: tuple[CacheMount, ...] = ()

    @property
    def effects(self) -> Effects:
        """Only worth it when something is compiled."""
        return Effects(
            writes=frozenset({f"/{self.stage}"}),
            churn=Churn.DEPENDENCIES,
            asks_index=True,
            wanted=False,
            separate_stage=True,
        )


class CompileWheels(Struct, frozen=True, kw_only=True):
    """Packages that come as source and call nvcc: their wheels; again only when one of them or torch changes."""

    toolkit: str  # the stage that has nvcc: 'cuda'
    stage: str  # 'cuda-wheels'
    packages: tuple[str, ...]  # 'flash-attn==2.8.3'
    indexes: tuple[str, ...] = ()
    resolution: Resolution = AS_DECLARED

    @property
    def effects(self) -> Effects:
        """Gives wheels, and with them the version of torch that they fit."""
        return Effects(
            reads=frozenset({f"/{self.toolkit}"}),
            writes=frozenset({f"/{self.stage}"}),
            churn=Churn.DEPENDENCIES,
            asks_index=True,
            wanted=False,
            separate_stage=True,
        )


Compiling = PrepareToolkit | CompileWheels
