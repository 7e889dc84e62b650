"""Installing with uv: the RUN lines. uv, the caches and the files that it reads are mounts, and in no layer."""

from collections.abc import Sequence

from msgspec.structs import replace

from caliban.backends.docker.host_wheels import ALL_WHEELS, FIND_HOST_WHEELS, wheel_mounts
from caliban.backends.docker.words import comment, mount_flag, shell_words
from caliban.compiler.facts.tools import UV_IMAGE
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.caches import CacheMount
from caliban.compiler.ir.effects import VENV, WORKDIR
from caliban.compiler.ir.resolution import Resolution
from caliban.compiler.ir.steps.project import InstallWheel
from caliban.compiler.ir.steps.python import CreateVenv, InstallPython

PYTHONS = "/opt/python"
LIMITS = "/tmp/caliban-limits.txt"  # the versions of torch and its family that are taken, if any
TORCH_INDEX = "CALIBAN_TORCH_INDEX"  # a secret of the build, and the variable that has it, outside and inside
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
# uv compiles what it has just installed, and removes the bytecode of what it uninstalls. By a hash that no run checks
# (PEP 552), and with one order of sets: equal packages give equal bytes, with no time in them. py_compile wants the
# mode in capitals.
_BYTECODE = "UV_COMPILE_BYTECODE=1 PYC_INVALIDATION_MODE=UNCHECKED_HASH PYTHONHASHSEED=0"
_HAS_CERTIFICATES = f"[ -s {_CA_TARGET} ] || [ -e /etc/pki ]"  # of Debian and Alpine, of Red Hat; else uv has its own
# Debian marks its Python as its own (PEP 668). NVIDIA's images pin by PIP_CONSTRAINT what fits their own builds.
_INTO_BASE = (
    '--python "$(command -v python)" --break-system-packages',
    '${PIP_CONSTRAINT:+--constraints "$PIP_CONSTRAINT"}',
)
_UNLESS_TORCH = "$(python -c 'from importlib.util import find_spec as find; exit(not find(\"torch\"))'"


def render_python(step: InstallPython, base: BaseImage) -> str:
    """A Python for a base that has none."""
    return run(
        [*network_mounts(base)],
        f"{environment(base)} UV_PYTHON_INSTALL_DIR={PYTHONS} uv python install --no-cache {step.version}",
        note=f"the base brings no Python; this one is a standalone build (glibc 2.17 or newer): {step.version}",
    )


def render_venv(step: CreateVenv, base: BaseImage) -> str:
    """The virtual environment, with `WORKDIR` last on its import path."""
    assert step.python is not None, "choose_python did not run"
    return run(
        [uv_mount(base)],
        f"UV_PYTHON_INSTALL_DIR={PYTHONS} uv venv --quiet --no-cache --python {step.python} {VENV} && \\\n"
        f"    cd {VENV}/lib/python{step.python}/site-packages && \\\n"
        f"    echo {WORKDIR} > caliban.pth && touch sitecustomize.py usercustomize.py",
        note=f"packages go into {VENV}, each compiled to bytecode by the RUN that installs it, so that no run has to; "
        f"{WORKDIR} comes last on the import path: no folder of data hides a package, "
        "and Python runs nothing of it when it starts",
    )


def render_wheel(step: InstallWheel, base: BaseImage, *, last: bool) -> str:
    """The project itself."""
    mount = bind(f"from={step.stage}", f"source=/{step.stage}", f"target=/tmp/{step.stage}")
    wheels = f"/tmp/{step.stage}/*.whl"
    what = "the project" if step.path == "." else step.path
    alone = replace(base, lent_wheels=False)
    command = f"{install(alone, Resolution(), cached=False, files=True)} --no-deps {wheels}"
    return run(
        [uv_mount(base), mount],
        f"if ls {wheels} >/dev/null 2>&1; then {command}; fi" if step.discovers else command,
        note=f"{what} itself, last because any file of the project may change it" if last else f"{what} itself",
    )


def environment(base: BaseImage, *, compiles: bool = False) -> str:
    """Under which uv works, and compiles what it installs; a base that the user names may hold no certificates."""
    bytecode = f" \\\n      {_BYTECODE}" if compiles else ""
    if base.own:
        return f"{_ENVIRONMENT} UV_SYSTEM_CERTS=1{bytecode}" + (" \\\n     " if compiles else "")
    return f"{_ENVIRONMENT} \\\n      UV_SYSTEM_CERTS=$({_HAS_CERTIFICATES} && echo 1 || echo 0){bytecode} \\\n     "


def install(base: BaseImage, resolution: Resolution, *, cached: bool, files: bool = False) -> str:
    """The command that installs into the image, without what it installs.

    `files`: a wheel is a file, of which uv would note the time beside it, so that no two images were equal.
    """
    metadata = "UV_NO_INSTALLER_METADATA=1 " if files else ""
    return f"{environment(base, compiles=True)} {metadata}{pip_install(base, resolution, cached=cached)}"


def pip_install(base: BaseImage, resolution: Resolution, *, cached: bool) -> str:
    """The command; into the venv, or into the Python of a base that the user named: a torch that is there stays."""
    routed = resolution.torch_backend is not None and not resolution.torch_mirrored
    backend = f"--torch-backend={resolution.torch_backend}" if routed else ""
    found = (FIND_HOST_WHEELS,) if base.lent_wheels else ()
    command = " ".join(("uv pip install", *caching(cached), *found))
    if base.own:
        return f"{command} {backend}".rstrip()
    chosen = f"--constraints {LIMITS}" if resolution.limits else backend
    kept = (f"{_UNLESS_TORCH} || echo {chosen})",) if chosen else ()
    return " \\\n      ".join((f"{command} {_INTO_BASE[0]}", _INTO_BASE[1], *kept)) + " \\\n     "


def pip_uninstall(base: BaseImage, names: Sequence[str]) -> str:
    """The command, where packages that are there are wanted no more."""
    return f"uv pip uninstall --no-cache {'' if base.own else f'{_INTO_BASE[0]} '}{shell_words(*names)}"


def caching(cached: bool) -> tuple[str, ...]:
    """The option of uv where no cache is mounted: its own folder would stay in the layer."""
    return () if cached else ("--no-cache",)


def uv_mounts(
    base: BaseImage,
    caches: Sequence[CacheMount] = (),
    secrets: Sequence[str] = (),
    *,
    mirrored: bool = False,
    wheels: str = ALL_WHEELS,
) -> tuple[str, ...]:
    """Return the mounts of a step that installs packages.

    `mirrored`: with the index of torch that the user names. `wheels`: the group of the host's wheels.
    """
    first, *others = network_mounts(base)
    return (
        first,
        *(mount_flag("type=cache", f"id={cache.id}", f"target={cache.target}") for cache in caches),
        *others,
        *(f"--mount=type=secret,id={name},env={name}" for name in secrets),
        *((f"--mount=type=secret,id={TORCH_INDEX},env={TORCH_INDEX}",) if mirrored else ()),
        *wheel_mounts(base, wheels),
    )


def network_mounts(base: BaseImage) -> tuple[str, ...]:
    """Return the mounts of every use of uv with the network."""
    return (uv_mount(base), _CA_MOUNT, *_INDEX_MOUNTS)


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
