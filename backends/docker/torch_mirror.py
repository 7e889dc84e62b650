"""Installing torch and its family from a mirror of PyTorch's index, and everything else from where it always comes.

uv routes the family to PyTorch's own index alone, and an index that is put in front also gives other packages. So the
command is resolved once with the mirror in front, the pins of the family are installed from it, and then the rest.
"""

from collections.abc import Callable

from caliban.backends.docker.uv import TORCH_INDEX, install
from caliban.compiler.facts.frameworks.torch_at_hand import FAMILY, ON_TORCH_INDEX
from caliban.compiler.facts.tools import PYTORCH_INDEX
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.resolution import Resolution

_LOG = "/tmp/torch.log"
_PINS = "/tmp/torch.txt"


def render_from_mirror(
    install_all: Callable[..., str], base: BaseImage, resolution: Resolution, *, cached: bool
) -> list[str]:
    """The commands in place of one `uv pip install`; `install_all` gives that command with more words of uv.

    The address is read from a variable that is a secret of the build: it may hold a password, so it is in no argument.
    """
    backend = resolution.torch_backend
    of_all = f'UV_INDEX="$torch_index" UV_INDEX_STRATEGY=unsafe-first-match {install_all("--dry-run")}'
    of_torch = f"{install(base, Resolution(), cached=cached)} --no-deps --requirements {_PINS}"
    check = (
        f"{{ ! grep -E '^({'|'.join(FAMILY)})==' {_PINS} | grep -v '[+]{backend}$' >&2 || \\\n"
        f"      {{ echo 'caliban: the index of torch has no build for {backend} of these' >&2; exit 1; }}; }}"
    )
    return [
        index_of(resolution),
        f"{{ {of_all} > {_LOG} 2>&1 || {{ cat {_LOG} >&2; exit 1; }}; }}",
        rf"sed -n -E 's/^ \+ (({'|'.join(ON_TORCH_INDEX)})==[^ ]+)$/\1/p' {_LOG} > {_PINS}",
        *(() if "arm64" in base.platform else (check,)),  # builds for arm64 were not always marked
        f'{{ [ ! -s {_PINS} ] || \\\n      UV_INDEX="$torch_index" UV_INDEX_STRATEGY=unsafe-first-match {of_torch}; }}',
        install_all("--constraints", _PINS),
        f"rm {_LOG} {_PINS}",
    ]


def index_of(resolution: Resolution) -> str:
    """The command that sets `torch_index`; where a build is lent none, PyTorch's own serves."""
    return f'torch_index="${{{TORCH_INDEX}:-{PYTORCH_INDEX}}}/{resolution.torch_backend}"'
