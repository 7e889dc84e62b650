"""Installing with uv: the RUN lines. uv, the caches and the files that it reads are mounts, and in no layer."""

from collections.abc import Sequence

from caliban.backends.docker.words import comment, mount_flag, shell_words
from caliban.compiler.bases import BaseImage
from caliban.compiler.caches import CacheMount
from caliban.compiler.effects import VENV, WORKDIR
from caliban.compiler.resolution import Resolution
from caliban.compiler.steps import CreateVenv, InstallPython, InstallWheel
from caliban.compiler.tools import UV_IMAGE

PYTHONS = "/opt/python"
# What the host may lend a build, each as a secret: where it lends nothing, the base's own file serves, if it has one.
_CA_TARGET = "/etc/ssl/certs/ca-certificates.crt"
_CA_MOUNT = f"--mount=type=secret,id=ca,target={_CA_TARGET}"
_INDEX_MOUNTS = (
    "--mount=type=secret,id=uv,target=/etc/uv/uv.toml",  # indexes, as uv's configuration of the system
    "--mount=type=secret,id=netrc,target=/root/.netrc",  # passwords, for uv and for git
)
# HOME: the image's own must stay empty and writable, and root's is where the cache and the passwords are mounted.
# copy: the cache is on another file system. UV_SYSTEM_CERTS: trust what the mounted bundle (or the base's own) says.
_ENVIRONMENT = "HOME=/root UV_LINK_MODE=copy"
_HAS_CERTIFICATES = f"[ -s {_CA_TARGET} ] || [ -e /etc/pki ]"  # of Debian and Alpine, of Red Hat; else uv has its own
# Debian marks its Python as its own (PEP 668). NVIDIA's images pin by PIP_CONSTRAINT what fits their own builds.
_INTO_BASE = (
    '--python "$(command -v python)" --break-system-packages',
    '${PIP_CONSTRAINT:+--constraints "$PIP_CONSTRAINT"}',
)
_UNLESS_TORCH = "$(python -c 'from importlib.util import find_spec as find; exit(not find(\"torch\"))'"


def spell_python(step: InstallPython, base: BaseImage) -> str:
    """A Python for a base that has none."""
    return run(
        [*uv_mounts(base)],
        f"{environment(base)} UV_PYTHON_INSTALL_DIR={PYTHONS} uv python install --no-cache {step.version}",
        note=f"the base brings no Python; this one is a standalone build (glibc 2.17 or newer): {step.version}",
    )


def spell_venv(step: CreateVenv, base: BaseImage) -> str:
    """The virtual environment, with `WORKDIR` last on its import path."""
    assert step.python is not None, "choose_python did not run"
    return run(
        [uv_mount(base)],
        f"UV_PYTHON_INSTALL_DIR={PYTHONS} uv venv --quiet --no-cache --python {step.python} {VENV} && \\\n"
        f"    echo {WORKDIR} > {VENV}/lib/python{step.python}/site-packages/caliban.pth",
        note=f"packages go into {VENV}; {WORKDIR} comes last on the import path: no folder of data hides a package",
    )


def spell_wheel(step: InstallWheel, base: BaseImage, *, last: bool) -> str:
    """The project itself."""
    mount = bind(f"from={step.stage}", f"source=/{step.stage}", f"target=/tmp/{step.stage}")
    wheels = f"/tmp/{step.stage}/*.whl"
    what = "the project" if step.path == "." else step.path
    install = f"{environment(base)} {pip_install_file(base, Resolution(), cached=False)} --no-deps {wheels}"
    return run(
        [uv_mount(base), mount],
        f"if ls {wheels} >/dev/null 2>&1; then {install}; fi",
        note=f"{what} itself, last because any file of the project may change it" if last else f"{what} itself",
    )


def environment(base: BaseImage) -> str:
    """Under which uv works; a base that the user names may hold no certificates."""
    if base.own:
        return f"{_ENVIRONMENT} UV_SYSTEM_CERTS=1"
    return f"{_ENVIRONMENT} \\\n      UV_SYSTEM_CERTS=$({_HAS_CERTIFICATES} && echo 1 || echo 0) \\\n     "


def pip_install_file(base: BaseImage, resolution: Resolution, *, cached: bool) -> str:
    """The command, where a wheel is a file: uv would note its time beside it, so that no two images were equal."""
    return f"UV_NO_INSTALLER_METADATA=1 {pip_install(base, resolution, cached=cached)}"


def pip_install(base: BaseImage, resolution: Resolution, *, cached: bool) -> str:
    """The command; into the venv, or into the Python of a base that the user named: a torch that is there stays."""
    backend = f"--torch-backend={resolution.torch_backend}" if resolution.torch_backend else ""
    command = " ".join(("uv pip install", *caching(cached)))
    if base.own:
        return f"{command} {backend}".rstrip()
    kept = (f"{_UNLESS_TORCH} || echo {backend})",) if backend else ()
    return " \\\n      ".join((f"{command} {_INTO_BASE[0]}", _INTO_BASE[1], *kept)) + " \\\n     "


def pip_uninstall(base: BaseImage, names: Sequence[str]) -> str:
    """The command, where packages that are there are wanted no more."""
    return f"uv pip uninstall --no-cache {'' if base.own else f'{_INTO_BASE[0]} '}{shell_words(*names)}"


def caching(cached: bool) -> tuple[str, ...]:
    """The option of uv where no cache is mounted: its own folder would stay in the layer."""
    return () if cached else ("--no-cache",)


def uv_mounts(base: BaseImage, caches: Sequence[CacheMount] = (), secrets: Sequence[str] = ()) -> tuple[str, ...]:
    """What every use of uv with the network needs."""
    return (
        uv_mount(base),
        *(mount_flag("type=cache", f"id={cache.id}", f"target={cache.target}") for cache in caches),
        _CA_MOUNT,
        *_INDEX_MOUNTS,
        *(f"--mount=type=secret,id={name},env={name}" for name in secrets),
    )


def uv_mount(base: BaseImage) -> str:
    """Uv itself, from its own image: in no layer of ours."""
    return f"--mount=from={base.as_pinned(UV_IMAGE)},source=/uv,target=/bin/uv"


def bind(*fields: str) -> str:
    """A bind mount of the build."""
    return mount_flag("type=bind", *fields)


def run(mounts: list[str], command: str, *, note: str | None = None, reasons: Sequence[str] = ()) -> str:
    """A RUN, a mount per line, with its comment."""
    text = "RUN " + " \\\n    ".join((*mounts, command))
    said = [line for remark in (*((note,) if note else ()), *reasons) for line in comment(remark)]
    return "\n".join((*said, text))
