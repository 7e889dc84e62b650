"""Places of host folders in the container: none may hide files of the run."""

import posixpath
from collections.abc import Iterator, Sequence
from stat import S_ISDIR, S_ISLNK

from msgspec import Struct

from caliban.compiler.diagnostics import Diagnostic
from caliban.compiler.input.caller import Caller
from caliban.compiler.input.invocation import LaunchOptions, Mount
from caliban.compiler.input.project import Project
from caliban.compiler.ir.effects import FOUND_PYTHON, HOME, VENV, WORKDIR
from caliban.compiler.ir.job import BindMount
from caliban.compiler.lowering import problems

# What makes a container one, which the engine or the kernel mounts itself.
_KERNEL = ("/proc", "/sys")
# What programs are made of: below any of them a file or folder may be mounted, in place of it or above it none.
_SYSTEM = ("/bin", "/dev", "/etc", "/lib", "/lib64", "/sbin", "/usr/bin", "/usr/lib", "/usr/local/bin",
           "/usr/local/lib", "/run/caliban", FOUND_PYTHON, VENV, "/opt/python", posixpath.dirname(HOME))  # fmt: skip


_FOLDERS = ("/home", "/mnt", "/opt", "/root", "/srv", "/tmp", "/var", HOME)  # that every image has
OUTPUTS = "/outputs"


class AskedMount(Struct, frozen=True, kw_only=True):
    """A mount that the command line asks for."""

    option: str  # '--mount', '--output'
    typed: str  # 'data', 'data:trainer/data'
    source: str  # as typed
    mount: BindMount


def asked_mounts(launch: LaunchOptions, caller: Caller) -> tuple[AskedMount, ...]:
    """Those of --mount, in their order, and the one of --output."""
    mounts = [_asked("--mount", mount, _mount_target(mount, caller), caller, writable=False) for mount in launch.mounts]
    if (output := launch.output) is not None:
        mounts.append(_asked("--output", output, _in_container(output.target or OUTPUTS), caller, writable=True))
    return tuple(mounts)


def mount_problems(asked: Sequence[AskedMount], project: Project, root: str, *, built: bool) -> Iterator[Diagnostic]:
    """Yield the problems of mounts; `root` is the project's absolute path, `built`: the image has its code."""
    taken: dict[str, AskedMount] = {}
    for each in asked:
        target = each.mount.target
        other = taken.setdefault(target, each)
        hidden = _hidden(each, project, root) if built else None
        if other is not each:
            yield problems.same_place(each.option, each.typed, other.typed, target)
        elif _is_systems(target):
            yield problems.hides_system(each.option, each.source, target)
        elif hidden is not None:
            yield problems.hides_code(each.option, each.source, target, hidden)
        elif target in _FOLDERS and each.source in project.mounted_files:
            yield problems.other_kind(each.option, each.source, target, is_file=True)
        elif built and (problem := _of_kind(each, project)) is not None:
            yield problem


def _asked(option: str, mount: Mount, target: str, caller: Caller, *, writable: bool) -> AskedMount:
    bound = BindMount(source=_on_host(mount.source, caller), target=target, writable=writable)
    typed = mount.source if mount.target is None else f"{mount.source}:{mount.target}"
    return AskedMount(option=option, typed=typed, source=mount.source, mount=bound)


def _on_host(path: str, caller: Caller) -> str:
    return posixpath.normpath(posixpath.join(caller.root, caller.by_root(path)))


def _mount_target(mount: Mount, caller: Caller) -> str:
    """Return the asked place; else the same place under `WORKDIR` as under the project, or under the root."""
    if mount.target is not None:
        return _in_container(mount.target)
    source = _on_host(mount.source, caller)
    return WORKDIR if source == caller.root else _in_container(source.removeprefix(f"{caller.root}/").lstrip("/"))


def _in_container(path: str) -> str:
    """A path as typed into one of the container: relative ones are under `WORKDIR`."""
    target = posixpath.normpath(posixpath.join(WORKDIR, path))
    return f"/{target.lstrip('/')}"  # of two leading slashes, normpath keeps both


def _is_systems(target: str) -> bool:
    if any(f"{target}/".startswith(f"{place}/") for place in _KERNEL):
        return True
    return target == "/" or any(f"{place}/".startswith(f"{target}/") for place in (*_KERNEL, *_SYSTEM))


def _hidden(asked: AskedMount, project: Project, root: str) -> str | None:
    """Return the part of the run's code or data that a mount would hide; None if it is the same on the host."""
    mount = asked.mount
    if f"{WORKDIR}/".startswith(f"{mount.target}/"):
        same = mount.target == WORKDIR and mount.source == root
        return None if same else "the whole project"
    path = mount.target.removeprefix(f"{WORKDIR}/")
    if path == mount.target or mount.source == f"{root}/{path}":
        return None
    entry = project.entry
    if _is_in(entry.file, path):
        return f"{entry.file}, which is to run"
    return next((f"-d {folder.path}" for folder in project.directories if _is_in(folder.path, path)), None)


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _of_kind(asked: AskedMount, project: Project) -> Diagnostic | None:
    """A file can only be mounted over a file, a folder over a folder."""
    path = asked.mount.target.removeprefix(f"{WORKDIR}/")
    fact = next((fact for fact in project.files if fact.path == path), None)
    if fact is None or S_ISLNK(fact.mode):
        return None
    is_file = asked.source in project.mounted_files
    if is_file == S_ISDIR(fact.mode):
        return problems.other_kind(asked.option, asked.source, path, is_file=is_file)
    return None
