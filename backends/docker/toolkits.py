"""The stages that compile with nvcc: an image with the toolkit and torch, then what is compiled against it."""

from collections.abc import Sequence

from caliban.backends.docker.apt import spell_system_packages
from caliban.backends.docker.resolution import TORCH
from caliban.backends.docker.uv import PYTHONS, environment, pip_install, run, uv_mounts
from caliban.backends.docker.words import comment, env_value, shell_words, spell_indexes
from caliban.compiler.bases import BaseImage
from caliban.compiler.cuda_steps import CompileWheels, PrepareToolkit
from caliban.compiler.effects import VENV
from caliban.compiler.steps import InstallSystemPackages

_CACHE = "/tmp/uv-cache"  # of this step alone: uv keeps what it builds in its cache, and nowhere else


def spell_toolkit(step: PrepareToolkit, base: BaseImage) -> str:
    """The stage in which things are compiled."""
    env = {
        "VIRTUAL_ENV": VENV,
        "PATH": f"{VENV}/bin:$PATH",
        "UV_PYTHON_INSTALL_DIR": PYTHONS,
        "TORCH_CUDA_ARCH_LIST": step.architectures,
    }
    words = shell_words(*_options(step.indexes), *step.first)
    commands = (
        f"{environment(base)} uv venv --quiet --no-cache --python {step.python} {VENV}",
        f"{environment(base)} {pip_install(base, step.resolution, cached=bool(step.caches))} {words}",
        f"mkdir /{step.stage} && uv pip freeze | grep -E '^torch(==| @)' > /{step.stage}/{TORCH}",
    )
    git = InstallSystemPackages(packages=("git", "ca-certificates"), reason="git, for a source that it fetches")
    return "\n".join(
        (
            *comment(step.reason),
            f"FROM {step.image} AS {step.stage}",
            "ENV " + " \\\n    ".join(f"{name}={env_value(value)}" for name, value in env.items()),
            *((spell_system_packages(git, base),) if step.git else ()),
            spell_indexes(),
            run([*uv_mounts(base, step.caches, step.resolution.secrets)], " && \\\n    ".join(commands)),
        )
    )


def spell_compiled(step: CompileWheels, base: BaseImage) -> str:
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
