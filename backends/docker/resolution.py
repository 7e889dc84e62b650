"""Renders a `Resolution` as options of uv, and the files that these name."""

from caliban.backends.docker.uv import LIMITS
from caliban.backends.docker.words import shell_words
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.resolution import Resolution

TORCH = "torch.txt"  # in the folder of compiled wheels: the torch that they are for, as a constraint
_LINES = r"%s\n"
_OVERRIDES = "/tmp/overrides.txt"
_EXCLUDES = "/tmp/excludes.txt"
_OPTION = {LIMITS: "--constraints", _OVERRIDES: "--overrides", _EXCLUDES: "--excludes"}


def render_choices(resolution: Resolution, base: BaseImage) -> list[str]:
    """The words of `uv pip install` that say what is taken, left out and added, whatever its files declare."""
    kept = {LIMITS} if not base.own else set()  # there `pip_install` says it, where the base has no torch
    words = [word for path in render_files(resolution) if path not in kept for word in (_OPTION[path], path)]
    locked = [word for path in resolution.constraints for word in ("--constraints", path)]
    folders = [word for name in resolution.folders for word in ("--no-sources-package", name)]
    return [*words, *folders, *_compiled(resolution), *locked, *resolution.additions]


def _compiled(resolution: Resolution) -> list[str]:
    """Return the options that take compiled packages from their stage, with the torch of their compilation."""
    compiled = resolution.compiled
    if compiled is None:
        return []
    folder = f"/tmp/{compiled.stage}"
    wheels = [word for name in compiled.names for word in ("--only-binary", name)]
    links = ["--find-links", folder] if wheels else []
    return [*links, "--constraints", f"{folder}/{TORCH}", *wheels]


def render_files(resolution: Resolution) -> dict[str, str]:
    """The files that those words name, each with the command that writes it; they are no part of the image."""
    lines = {
        LIMITS: resolution.limits,
        _OVERRIDES: resolution.overrides,
        _EXCLUDES: (*resolution.excludes, *resolution.folders),
    }
    return {path: _printing(content, path) for path, content in lines.items() if content}


def render_origins(resolution: Resolution, base: BaseImage) -> str:
    """Render the origin of packages, if it is not the index: for torch's family alone uv asks PyTorch's own."""
    backend, compiled = resolution.torch_backend, resolution.compiled
    which = "if any" if base.own else "if any, and the base has none"
    mirror = " from $CALIBAN_TORCH_INDEX" if resolution.torch_mirrored else ""
    torch = f", torch ({which}) for {'the CPU' if backend == 'cpu' else backend}{mirror}" if backend else ""
    if resolution.limits:
        torch = f", torch ({which}) for the CPU, from a wheel folder of the machine"
    wheels = f", {' and '.join(compiled.names)} as compiled above" if compiled and compiled.names else ""
    folders = f", {' and '.join(resolution.folders)} from folders of the project" if resolution.folders else ""
    return torch + wheels + folders


def _printing(lines: tuple[str, ...], path: str) -> str:
    return f"{shell_words('printf', _LINES, *lines)} > {path}"
