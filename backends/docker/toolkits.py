"""The stages that compile with nvcc: an image with the toolkit and torch, then what is compiled against it."""

from collections.abc import Sequence

from caliban.backends.docker.apt import render_system_packages
from caliban.backends.docker.resolution import TORCH
from caliban.backends.docker.torch_mirror import render_from_mirror
from caliban.backends.docker.uv import PYTHONS, environment, pip_install, run, uv_mounts
from caliban.backends.docker.words import comment, env_value, render_indexes, shell_words
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.effects import VENV
from caliban.compiler.ir.steps.cuda import CompileWheels, PrepareToolkit
from caliban.compiler.ir.steps.system import InstallSystemPackages

_CACHE = "/tmp/uv-cache"  # of this step alone: uv keeps what it builds in its cache, and nowhere else


def render_toolkit(step: PrepareToolkit, base: BaseImage) -> str:
    """The stage in which things are compiled."""
    env = {
        "VIRTUAL_ENV": VENV,
        "PATH": f"{VENV}/bin:$PATH",
        "UV_PYTHON_INSTALL_DIR": PYTHONS,
        "TORCH_CUDA_ARCH_LIST": step.architectures,
    }
    commands = (
        f"{environment(base)} uv venv --quiet --no-cache --python {step.python} {VENV}",
        *_install(step, base),
        f"mkdir /{step.stage} && uv pip freeze | grep -E '^torch(==| @)' > /{step.stage}/{TORCH}",
    )
    git = InstallSystemPackages(packages=("git", "ca-certificates"), reason="git, for a source that it fetches")
    return "\n".join(
        (
            *comment(step.reason),
            f"FROM {step.image} AS {step.stage}",
            "ENV " + " \\\n    ".join(f"{name}={env_value(value)}" for name, value in env.items()),
            *((render_system_packages(git, base),) if step.git else ()),
            render_indexes(),
            run(
                [*uv_mounts(base, step.caches, step.resolution.secrets, mirrored=step.resolution.torch_mirrored)],
                " && \\\n    ".join(commands),
            ),
        )
    )


def _install(step: PrepareToolkit, base: BaseImage) -> list[str]:
    """Render the install of the packages that sources are compiled against."""
    cached = bool(step.caches)
    install = f"{environment(base)} {pip_install(base, step.resolution, cached=cached)}"
    words = (*_options(step.indexes), *step.first)
    if not step.resolution.torch_mirrored:
        return [f"{install} {shell_words(*words)}"]
    return render_from_mirror(
        lambda *more: f"{install} {shell_words(*more, *words)}", base, step.resolution, cached=cached
    )


def render_compiled(step: CompileWheels, base: BaseImage) -> str:
    """The stage with the wheels: uv keeps each one that it builds, as a file, in its cache."""
    out = f"/{step.stage}"
    words = shell_words("--no-build-isolation", "--no-deps", *_options(step.indexes), *step.packages)
    commands = (
        f"{environment(base)} UV_CACHE_DIR={_CACHE} {pip_install(base, step.resolution, cached=True)} {words}",
        f"mkdir {out} && cp /{step.toolkit}/{TORCH} {out}",
        f"find {_CACHE} -name '*.whl' -exec cp {{}} {out} \\;",
        f"rm -r {_CACHE}",
    )
    return "\n".join(
        (
            *comment("compiled here, and again only when one of these or torch changes"),
            f"FROM {step.toolkit} AS {step.stage}",
            run([*uv_mounts(base, secrets=step.resolution.secrets)], " && \\\n    ".join(commands)),
        )
    )


def _options(indexes: Sequence[str]) -> list[str]:
    """The options of a requirements file as words of a command line."""
    return [word for index in indexes for word in index.replace("=", " ", 1).split()]
