"""How the installer is told what to choose: a `Resolution` into words of uv, and the files that these words name."""

from caliban.backends.docker.words import shell_words
from caliban.compiler.bases import BaseImage
from caliban.compiler.resolution import Resolution

_LINES = r"%s\n"
_OVERRIDES = "/tmp/overrides.txt"
_EXCLUDES = "/tmp/excludes.txt"
_OPTION = {_OVERRIDES: "--overrides", _EXCLUDES: "--excludes"}


def spell_choices(resolution: Resolution) -> list[str]:
    """The words of `uv pip install` that say what is taken, left out and added, whatever its files declare."""
    words = [word for path in spell_files(resolution) for word in (_OPTION[path], path)]
    locked = [word for path in resolution.constraints for word in ("--constraints", path)]
    return [*words, *locked, *resolution.additions]


def spell_files(resolution: Resolution) -> dict[str, str]:
    """The files that those words name, each with the command that writes it; they are no part of the image."""
    lines = {_OVERRIDES: resolution.overrides, _EXCLUDES: resolution.excludes}
    return {path: _printing(content, path) for path, content in lines.items() if content}


def spell_torch(resolution: Resolution, base: BaseImage) -> str:
    """Which torch is installed, where a pass chose one: for torch and its kin alone uv asks PyTorch's own index."""
    backend = resolution.torch_backend
    which = "if any" if base.own else "if any, and the base has none"
    return f", torch ({which}) for {'the CPU' if backend == 'cpu' else backend}" if backend else ""


def _printing(lines: tuple[str, ...], path: str) -> str:
    return f"{shell_words('printf', _LINES, *lines)} > {path}"
