"""An invocation and the project folder into a `Project`: the one stage that reads the user's disk, by way of `Disk`."""

import posixpath
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.frontend.caliban_lock import read_caliban_lock
from caliban.compiler.frontend.compiling import compiling_calls
from caliban.compiler.frontend.config import read_config
from caliban.compiler.frontend.copies import Reading, look_at_copies
from caliban.compiler.frontend.cuda_sources import with_cuda_sources
from caliban.compiler.frontend.dependencies.found import find_dependencies
from caliban.compiler.frontend.dependencies.git_version import takes_version_from_git
from caliban.compiler.frontend.dependencies.locked import is_lock
from caliban.compiler.frontend.dependencies.passwords import passwords_in_copies
from caliban.compiler.frontend.directories import extra_directories
from caliban.compiler.frontend.disk import Disk
from caliban.compiler.frontend.imports import unreached_imports
from caliban.compiler.frontend.named_base import find_base
from caliban.compiler.frontend.settle import settle
from caliban.compiler.frontend.tables import read_tables
from caliban.compiler.frontend.target import Target, resolve
from caliban.compiler.host import Credentials, Host
from caliban.compiler.invocation import Compilation, Launched, Run
from caliban.compiler.locks.resolved import CALIBAN_LOCK
from caliban.compiler.problems import files as file_problems
from caliban.compiler.project import Entry, Folder, Package, Project

if TYPE_CHECKING:
    from caliban.compiler.frontend.experiments import Experiments


def survey(invocation: Compilation, host: Host) -> Project:
    """The facts of the project for this invocation. Raises Rejected."""
    disk = Disk(host.root)
    config, warnings = read_config(disk)
    settings = settle(invocation, config, host)
    target = resolve(disk, invocation.target, host.root)
    name = posixpath.basename(host.root) or "project"
    experiments = _experiments(disk, invocation, host)
    if isinstance(invocation, Run) and invocation.image_id is not None:
        entry = Entry(target=invocation.target, argv=target.argv, code=Folder(path=target.folder, size=0, files=0))
        return Project(
            name=name, entry=entry, config=config, settings=settings, experiments=experiments, warnings=warnings
        )
    directories = extra_directories(disk, invocation.build.directories, host.root)
    copied = (target.folder, *directories)
    found = find_dependencies(disk, invocation.build, config, settings, entry=target.file, copied=copied)
    lock = read_caliban_lock(disk)
    base = find_base(disk, settings, host.root)
    copies = look_at_copies(
        disk,
        Reading(
            code=target.folder,
            entry=target.file,
            directories=directories,
            needed=(*found.needed, *base.needed, *(lock.files if lock is not None else ())),
            includes=invocation.build.includes,
            output=_output(disk, invocation),
            keys=tuple(_keys_inside(disk, host.credentials)),
        ),
    )
    return Project(
        name=name,
        entry=Entry(target=invocation.target, argv=target.argv, code=copies.code, import_path=target.import_path),
        directories=copies.directories,
        requirements_files=found.files,
        packages=tuple(with_cuda_sources(disk, each, copies.files) for each in found.packages),
        indexes=found.indexes,
        locks=found.locks,
        caliban_lock=lock,
        config=config,
        settings=settings,
        pythons=found.pythons,
        compiling=compiling_calls(disk, copies.files, found.files, found.packages),
        ignore_patterns=copies.patterns,
        experiments=experiments,
        tables=read_tables(disk, config.tables, host.tables),
        base_image=base.image,
        base_dockerfile=base.dockerfile,
        secrets=copies.secrets,
        left_out=copies.left_out,
        keys_left_out=copies.keys,
        files=copies.files,
        warnings=(
            *warnings,
            *found.warnings,
            *base.warnings,
            *copies.warnings,
            *passwords_in_copies(disk, found.files, found.indexes, copied),
            *_unreached(disk, target, directories, found.packages),
        ),
    )


def git_version_wanted(root: str) -> bool:
    """Whether the project's version is in its git history, so that the host must be asked for it."""
    disk = Disk(root)
    return disk.exists(".git") and takes_version_from_git(disk, ".")


def has_lock(root: str, named: Sequence[str]) -> bool:
    """Whether a lock file counts, so that earlier builds of its packages do."""
    names = Disk(root).names(".")
    return CALIBAN_LOCK in names or any(map(is_lock, named or names))


def read_experiments(disk: Disk, path: str, stdin: str | None, *, source: str) -> "Experiments":
    """The experiments of a file, or of what came on stdin. Raises Rejected."""
    from caliban.compiler.frontend.experiments import parse_experiments

    text = stdin if stdin is not None else disk.typed_text(path)
    if text is None:
        raise Rejected(file_problems.missing(path, source, disk.names(posixpath.dirname(path) or ".")))
    return parse_experiments(text, "stdin" if stdin is not None else path)


def _experiments(disk: Disk, invocation: Compilation, host: Host) -> "Experiments | None":
    launch = invocation.launch if isinstance(invocation, Launched) else None
    if launch is None or launch.experiments is None:
        return None
    return read_experiments(disk, launch.experiments, host.stdin, source="--experiment_config")


def _output(disk: Disk, invocation: Compilation) -> str | None:
    """The folder of -o, if it is in the project, and not the project itself."""
    output = invocation.launch.output if isinstance(invocation, Launched) else None
    inside = disk.inside(output.source) if output is not None else None
    return None if inside == "." else inside


def _keys_inside(disk: Disk, credentials: Credentials | None) -> Iterator[str]:
    """The credentials in use that lie in the project, be it at the end of a link."""
    paths = (credentials.path, *credentials.beside) if credentials is not None else ()
    for path in paths:
        if (inside := disk.inside(path)) is not None:
            yield inside


def _unreached(
    disk: Disk, target: Target, directories: Sequence[str], packages: Sequence[Package]
) -> Iterator[Diagnostic]:
    """What the entry imports from folders of the project that the container will not have."""
    first = target.import_path or ("." if "-m" in target.argv else posixpath.dirname(target.file) or ".")
    folders = tuple(dict.fromkeys((first, ".")))
    if any(package.installable for package in packages):
        return  # what that installs, only its build could tell
    for name in unreached_imports(disk, target.file, folders, (target.folder, *directories), ()):
        yield name.warning()
