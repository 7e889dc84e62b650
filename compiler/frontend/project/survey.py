"""An invocation and the project folder into a `Project`: the one stage that reads the user's disk, by way of `Disk`."""

import posixpath
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from caliban.compiler.diagnostics import Rejected, closest
from caliban.compiler.frontend.cli.unparse import unparse_lock
from caliban.compiler.frontend.config import problems as config_problems
from caliban.compiler.frontend.config.config import read_config
from caliban.compiler.frontend.config.resolve_settings import resolve_settings
from caliban.compiler.frontend.config.tables import read_tables
from caliban.compiler.frontend.dependencies.found import find_dependencies
from caliban.compiler.frontend.dependencies.locks.caliban_lock import read_caliban_lock
from caliban.compiler.frontend.dependencies.passwords import passwords_in_copies
from caliban.compiler.frontend.dockerfile.user_base import find_base
from caliban.compiler.frontend.project import content_problems, file_problems, problems
from caliban.compiler.frontend.project.before_build import Copied, Surroundings, warn_before_build
from caliban.compiler.frontend.project.compiling import compiling_calls
from caliban.compiler.frontend.project.copies import Reading, look_at_copies
from caliban.compiler.frontend.project.cuda_sources import with_cuda_sources
from caliban.compiler.frontend.project.directories import extra_directories
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.frontend.project.imports import Code
from caliban.compiler.frontend.project.manifests import sought_manifests
from caliban.compiler.frontend.project.outputs import output_in_project
from caliban.compiler.frontend.project.target import Target, resolve
from caliban.compiler.frontend.project.undeclared import DeclaredPackages
from caliban.compiler.input.caller import Caller, Credentials
from caliban.compiler.input.invocation import Compilation, Explain, Launched, Run
from caliban.compiler.input.project import Entry, Folder, Package, Project

if TYPE_CHECKING:
    from caliban.compiler.experiments.experiments import Experiments


def survey(invocation: Compilation, caller: Caller) -> Project:
    """The facts of the project for this invocation. Raises Rejected."""
    disk = Disk(caller.root)
    config, warnings, password = read_config(disk)
    settings = resolve_settings(invocation, config, caller)
    if settings.base_image is not None:
        settings = replace(settings, base_image=caller.by_root(settings.base_image))
    requirements = (caller.by_root(path).removeprefix(f"{caller.root}/") for path in invocation.build.requirements)
    options = replace(invocation.build, requirements=tuple(requirements))
    target = resolve(disk, caller.by_root(invocation.target), caller.root)
    name = posixpath.basename(caller.root) or "project"
    experiments = _experiments(disk, invocation, caller)
    output = _output(disk, invocation, caller)
    _check_colons(disk, invocation, caller)
    if isinstance(invocation, Run) and invocation.image_id is not None:
        entry = Entry(target=invocation.target, argv=target.argv, code=Folder(path=target.folder, size=0, files=0))
        return Project(
            name=name, entry=entry, config=config, settings=settings, experiments=experiments, warnings=warnings
        )
    if isinstance(invocation, Explain):
        _check_changed(disk, invocation.changed, caller.root)
    named = extra_directories(disk, tuple(map(caller.by_root, invocation.build.directories)), caller.root)
    target = target._replace(folder="." if "." in named else target.folder)
    directories = tuple(path for path in named if path != ".")  # `-d .` says that the whole directory is copied
    copied = (target.folder, *directories)
    found = find_dependencies(disk, options, config, settings, entry=target.file, copied=copied)
    _check_script(target, found.packages)
    command = unparse_lock(invocation)
    lock = read_caliban_lock(disk, command)
    base = find_base(disk, settings, caller.root)
    needed = (*found.needed, *base.needed, *(lock.files if lock is not None else ()))
    if password is not None and password.source in {*needed, *(package.manifest for package in found.packages)}:
        raise Rejected(config_problems.password_in_manifest(password._replace(text=None)))
    code = Code(disk, target.file, _search_path(target))
    copies = look_at_copies(
        disk,
        Reading(
            code=target.folder,
            entry=target.file,
            imports=code,
            directories=directories,
            needed=needed,
            includes=tuple(map(caller.by_root, invocation.build.includes)),
            output=output,
            state=caller.state,
            streams=caller.streams,
            passwords=(password.source,) if password is not None else (),
            keys=tuple(_keys_inside(disk, caller.credentials)),
        ),
    )
    sought = tuple(sought_manifests(disk, found.packages, target.folder, copies))
    return Project(
        name=name,
        entry=Entry(
            target=invocation.target,
            argv=target.argv,
            code=copies.code,
            import_path=target.import_path,
            file=target.file,
        ),
        directories=copies.directories,
        manifests=tuple(Folder(path=fact.path, size=fact.size, files=1) for fact in sought),
        requirements_files=found.files,
        packages=tuple(with_cuda_sources(disk, each, copies.files) for each in found.packages),
        indexes=found.indexes,
        locks=found.locks,
        caliban_lock=lock,
        lock_command=command,
        config=config,
        settings=settings,
        pythons=found.pythons,
        compiling=compiling_calls(disk, copies.files, found.files, found.packages),
        ignore_patterns=copies.patterns,
        ignore_text=disk.text(".dockerignore") or "",
        experiments=experiments,
        tables=read_tables(disk, config.tables, caller.tables),
        base_image=base.image,
        base_dockerfile=base.dockerfile,
        secrets=copies.secrets,
        left_out=copies.left_out,
        mounted_files=_mounted_files(disk, invocation, caller),
        keys_left_out=copies.keys,
        files=tuple(sorted({*copies.files, *sought})) if sought else copies.files,
        warnings=(
            *warnings,
            *found.warnings,
            *base.warnings,
            *copies.warnings,
            *passwords_in_copies(disk, found.files, found.indexes, copied),
            *warn_before_build(
                disk,
                code,
                Copied(folders=copied, copies=copies),
                DeclaredPackages(files=found.files, packages=found.packages, locks=found.locks),
                Surroundings(invocation=invocation, caller=caller, base=base, warnings=found.warnings),
            ),
        ),
    )


def read_experiments(disk: Disk, path: str, stdin: str | None, *, source: str) -> "Experiments":
    """The experiments of a file, or of what came on stdin. Raises Rejected."""
    from caliban.compiler.experiments.experiments import parse_experiments

    text = stdin if stdin is not None else disk.typed_text(path, source)
    if text is None:
        raise Rejected(file_problems.missing(path, source, disk.names(posixpath.dirname(path) or ".")))
    return parse_experiments(text, "stdin" if stdin is not None else path)


def _experiments(disk: Disk, invocation: Compilation, caller: Caller) -> "Experiments | None":
    launch = invocation.launch if isinstance(invocation, Launched) else None
    if launch is None or launch.experiments is None:
        return None
    return read_experiments(disk, launch.experiments, caller.stdin, source="--experiment_config")


def _check_changed(disk: Disk, typed: Sequence[str], root: str) -> None:
    """Raises Rejected for each path of --changed at which the project has nothing: nothing would be rebuilt."""
    wrong = []
    for text in typed:
        path = posixpath.normpath(text)
        inside = path.removeprefix(root.rstrip("/") + "/")
        if path != inside and disk.exists(inside):
            wrong.append(problems.changed_missing(text, inside))
        elif path == ".." or path.startswith(("../", "/")) or not disk.exists(path):
            folder = posixpath.dirname(path)
            names = [posixpath.join(folder, name) for name in disk.names(folder)]
            wrong.append(problems.changed_missing(text, closest(path, names)))
    if wrong:
        raise Rejected(*wrong)


def _output(disk: Disk, invocation: Compilation, caller: Caller) -> str | None:
    """The folder of -o, if it is in the project. Raises Rejected."""
    output = invocation.launch.output if isinstance(invocation, Launched) else None
    return output_in_project(disk, caller.by_root(output.source), output.source) if output is not None else None


def _check_colons(disk: Disk, invocation: Compilation, caller: Caller) -> None:
    """Raises Rejected where DIR:PATH is as a whole the name of something that exists; an absolute PATH is no name."""
    launch = invocation.launch if isinstance(invocation, Launched) else None
    asked = [("--mount", mount) for mount in launch.mounts] if launch is not None else []
    if launch is not None and launch.output is not None:
        asked.append(("--output", launch.output))
    for option, mount in asked:
        source, target = mount.source, mount.target
        if target is None or target.startswith("/") or ":" in source:  # a colon in DIR was written with a backslash
            continue
        if disk.exists(caller.by_root(f"{source}:{target}")):
            raise Rejected(content_problems.read_as_two(option, source, target))


def _mounted_files(disk: Disk, invocation: Compilation, caller: Caller) -> tuple[str, ...]:
    mounts = invocation.launch.mounts if isinstance(invocation, Launched) else ()
    return tuple(mount.source for mount in mounts if disk.is_file(caller.by_root(mount.source)))


def _check_script(target: Target, packages: Sequence[Package]) -> None:
    """Raises Rejected for a command of the project where nothing installs it."""
    if target.script is not None and not any(package.path == "." and package.installable for package in packages):
        raise Rejected(problems.script_not_installed(target.argv[0], target.file, target.script))


def _search_path(target: Target) -> tuple[str, ...]:
    """The folders of the project on Python's path when the entry runs."""
    by_path = posixpath.normpath(target.argv[-1]) == target.file
    first = target.import_path or (posixpath.dirname(target.file) or "." if by_path else ".")
    return tuple(dict.fromkeys((first, ".")))


def _keys_inside(disk: Disk, credentials: Credentials | None) -> Iterator[str]:
    """The credentials in use that lie in the project, be it at the end of a link."""
    paths = (credentials.path, *credentials.referenced_files) if credentials is not None else ()
    for path in paths:
        if (inside := disk.inside(path)) is not None:
            yield inside
