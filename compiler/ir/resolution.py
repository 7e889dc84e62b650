"""The resolution of an installing step: the decisions of passes, beside the content of its files."""

from msgspec import Struct


class Compiled(Struct, frozen=True, kw_only=True):
    """Wheels that a stage has compiled, and the torch that they are for."""

    stage: str  # 'cuda-wheels'
    names: tuple[str, ...]  # 'flash-attn': these are never built from source


class Resolution(Struct, frozen=True, kw_only=True):
    """The installer's choice among the allowed packages; passes decide it."""

    torch_backend: str | None = None  # 'cpu', 'cu126': PyTorch's own index; None: whatever the index serves
    torch_mirrored: bool = False  # that index is the user's mirror of PyTorch's, which a secret of the build names
    limits: tuple[str, ...] = ()  # 'torch==2.13.0+cpu': no other is taken, whoever requires one
    overrides: tuple[str, ...] = ()  # 'tensorflow==2.21.0': taken so, whoever requires it otherwise
    excludes: tuple[str, ...] = ()  # 'tensorflow': not installed, whoever requires it
    folders: tuple[str, ...] = ()  # names of packages that are folders of the project: no index is asked
    additions: tuple[str, ...] = ()  # 'jax[cuda13]': installed too
    compiled: Compiled | None = None
    reasons: tuple[str, ...] = ()  # of these five, for the comment over the step
    constraints: tuple[str, ...] = ()  # files in the image: what a lock pins is installed already, and stays
    secrets: tuple[str, ...] = ()  # names of variables that the installer may see: `build_secrets`

    @property
    def reads(self) -> frozenset[str]:
        """The paths of the image that an installer reads because of it."""
        return frozenset({*self.constraints, *({f"/{self.compiled.stage}"} if self.compiled else ())})


AS_DECLARED = Resolution()  # nothing was decided
