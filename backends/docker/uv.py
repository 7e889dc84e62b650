"""Installing with uv: the RUN lines. uv, the caches and the files that it reads are mounts, and in no layer."""

import posixpath
from collections.abc import Sequence

from caliban.backends.docker.resolution import spell_choices, spell_files, spell_origins
from caliban.backends.docker.words import comment, mount_flag, shell_words
from caliban.compiler.bases import BaseImage
from caliban.compiler.caches import CacheMount
from caliban.compiler.effects import VENV, WORKDIR
from caliban.compiler.project import LineEdit
from caliban.compiler.resolution import Resolution
from caliban.compiler.steps import (
    CreateVenv,
    InstallPython,
    InstallRequirements,
    InstallWheel,
    InstallWheelRequirements,
)
from caliban.compiler.tools import UV_IMAGE

_WRITTEN = "/tmp/as-written"  # where a requirements file is mounted that must be edited first
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


def spell_requirements(step: InstallRequirements, base: BaseImage) -> str:
    """The packages of a requirements file or manifest; relative paths in it are relative to /tmp, as to the project."""
    count = "1 package" if step.count == 1 else f"{step.count} packages"
    remark = f" ({step.remark})" if step.remark else ""
    install = _install((*step.beside, step), base, step.resolution, cached=bool(step.caches), extras=step.extras)
    groups = f", {_named('group', step.groups)}" if step.groups else ""
    told = f"{step.path}{groups}: {count}{remark}{spell_origins(step.resolution, base)}"
    return run(
        [
            *uv_mounts(base, step.caches, step.resolution.secrets),
            *_mounts((*step.beside, step)),
            *_stages(step.resolution),
        ],
        install if step.lines is None else f"{_list(step, step.lines)} && \\\n    {install}",
        note=f"{told}; rebuilt when the requirements change",
        reasons=step.resolution.reasons,
    )


def _list(step: InstallRequirements, lines: Sequence[str]) -> str:
    """Writes the requirements of a file that uv cannot read."""
    words = "".join(f" \\\n      {shell_words(line)}" for line in lines)
    folder = posixpath.dirname(step.listing)
    return f"{shell_words('mkdir', '-p', folder)} && printf '%s\\n'{words} \\\n      > {shell_words(step.listing)}"


def _mounts(steps: Sequence[InstallRequirements]) -> list[str]:
    """The files that they read, each once."""
    paths = {path: _edited(step) for step in steps for path in _read(step)}
    return [
        bind(f"source={path}", f"target={_WRITTEN if path in edited else '/tmp'}/{path}")
        for path, edited in paths.items()
    ]


def _stages(resolution: Resolution) -> list[str]:
    """The stages whose wheels it takes."""
    stage = resolution.compiled.stage if resolution.compiled else None
    return [bind(f"from={stage}", f"source=/{stage}", f"target=/tmp/{stage}")] if stage else []


def _read(step: InstallRequirements) -> tuple[str, ...]:
    return step.includes if step.lines is not None else (step.path, *step.includes)


def _edited(step: InstallRequirements) -> list[str]:
    return list(dict.fromkeys(edit.path for edit in step.edits))


def _install(
    steps: Sequence[InstallRequirements],
    base: BaseImage,
    resolution: Resolution,
    *,
    cached: bool,
    extras: Sequence[str] = (),
    others: Sequence[str] = (),
) -> str:
    """One call of uv for the files of these steps, and for others that are there as they are."""
    edited = [path for step in steps for path in _edited(step)]
    commands = ["cd /tmp"] if edited or any(step.includes or _configures_uv(step) for step in steps) else []
    commands += [_edit(path, step.edits) for step in steps for path in _edited(step)]
    choices = spell_files(resolution)
    commands += choices.values()
    words = [word for extra in extras for word in ("--extra", extra)]
    words += [word for step in steps for word in _asked(step)]
    words += [word for path in others for word in ("--requirements", path)]
    words += spell_choices(resolution)
    commands.append(f"{environment(base)} {pip_install(base, resolution, cached=cached)} {shell_words(*words)}")
    written = [*(f"/tmp/{path}" for path in edited), *choices]
    commands += [shell_words("rm", *written)] if written else []
    return " && \\\n    ".join(commands)


def _configures_uv(step: InstallRequirements) -> bool:
    """Uv takes the indexes of [tool.uv] from the manifest in its working directory alone (tried with 0.13.9)."""
    return step.path == "pyproject.toml" and step.lines is None


def _asked(step: InstallRequirements) -> list[str]:
    """The words of uv for what a step installs."""
    if step.lines is not None:
        return ["--requirements", step.listing]
    if step.groups:
        return [word for group in step.groups for word in ("--group", f"/tmp/{step.path}:{group}")]
    return ["--requirements", f"/tmp/{step.path}"]


def _named(kind: str, names: Sequence[str]) -> str:
    return f"{kind} {names[0]}" if len(names) == 1 else f"{kind}s {', '.join(names)}"


def _edit(path: str, edits: Sequence[LineEdit]) -> str:
    """A copy of the file without the lines that have a step of their own, and the others as uv reads them."""
    script: list[str] = []
    for line in sorted({edit.line for edit in edits if edit.path == path}):
        actions = {edit.action for edit in edits if (edit.path, edit.line) == (path, line)}
        # Joined first: sed counts the lines that it has read, so nothing else finds a joined line by its number.
        join = f":a{line};/\\\\$/{{N;s/ *\\\\\\n */ /;ba{line};}};" if "join" in actions else ""
        plain = r"s/^ *\(-e\|--editable\)[ =]*//;" if "not-editable" in actions else ""
        delete = "d;" if "delete" in actions else ""
        script += ["-e", f"{line}{{{join}{plain}{delete}}}"]
    folder = posixpath.dirname(f"/tmp/{path}")
    start = "" if folder == "/tmp" else f"{shell_words('mkdir', '-p', folder)} && "
    return f"{start}{shell_words('sed', *script, f'{_WRITTEN}/{path}')} > {shell_words(f'/tmp/{path}')}"


def spell_wheel_requirements(step: InstallWheelRequirements, base: BaseImage) -> str:
    """What the project's own wheel depends on."""
    path = f"/tmp/{step.stage}-requirements.txt"
    mount = bind(f"from={step.stage}", f"source=/{step.stage}/requirements.txt", f"target={path}")
    return run(
        [
            *uv_mounts(base, step.caches, step.resolution.secrets),
            *_mounts(step.beside),
            *_stages(step.resolution),
            mount,
        ],
        _install(step.beside, base, step.resolution, cached=bool(step.caches), others=[path]),
        note="what the project depends on: rebuilt when that list changes, not when the code does",
        reasons=step.resolution.reasons,
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
