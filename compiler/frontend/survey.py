"""An invocation and the project folder into a `Project`: the one stage that reads the user's disk, by way of `Disk`."""

import posixpath
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from caliban.compiler.config import Settings
from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.frontend.config import read_config
from caliban.compiler.frontend.copies import Reading, look_at_copies
from caliban.compiler.frontend.dependencies.git_version import takes_version_from_git
from caliban.compiler.frontend.dependencies.packages import read_package, select_extras
from caliban.compiler.frontend.dependencies.pythons import read_pythons
from caliban.compiler.frontend.dependencies.requirements_txt import ReadRequirements, read_requirements
from caliban.compiler.frontend.directories import extra_directories
from caliban.compiler.frontend.disk import Disk
from caliban.compiler.frontend.imports import unreached_imports
from caliban.compiler.frontend.settle import settle
from caliban.compiler.frontend.target import Target, resolve
from caliban.compiler.host import Host
from caliban.compiler.invocation import BuildOptions, Compilation, Compile, Run
from caliban.compiler.problems import files as file_problems
from caliban.compiler.problems import target as problems
from caliban.compiler.project import Entry, Folder, Package, Project

if TYPE_CHECKING:
    from caliban.compiler.frontend.experiments import Experiments

_LOCKS = ("uv.lock", "pylock.toml", "poetry.lock", "pdm.lock", "Pipfile", "Pipfile.lock")
_UNREAD = frozenset((*_LOCKS, "environment.yml", "environment.yaml", "conda.yaml"))


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
    read = _requirements(disk, invocation.build, config.dependencies)
    packages = _packages(disk, read, invocation.build, settings)
    base_dockerfile = _base_dockerfile(disk, settings, config.base_dockerfile)
    directories = extra_directories(disk, invocation.build.directories, host.root)
    copies = look_at_copies(
        disk,
        Reading(
            code=target.folder,
            entry=target.file,
            directories=directories,
            needed=_needed(read, packages, whole=base_dockerfile is not None),
            includes=invocation.build.includes,
            output=_output(disk, invocation),
            key=disk.inside(host.credentials.path) if host.credentials else None,
        ),
    )
    return Project(
        name=name,
        entry=Entry(target=invocation.target, argv=target.argv, code=copies.code, import_path=target.import_path),
        directories=copies.directories,
        requirements_files=tuple(each.file for each in read),
        packages=packages,
        config=config,
        settings=settings,
        pythons=read_pythons(disk, next((package for package in packages if package.path == "."), None)),
        ignore_patterns=copies.patterns,
        experiments=experiments,
        base_dockerfile=base_dockerfile,
        secrets=copies.secrets,
        left_out=copies.left_out,
        files=copies.files,
        warnings=(*warnings, *_unread(disk), *copies.warnings, *_unreached(disk, target, directories, packages)),
    )


def git_version_wanted(root: str) -> bool:
    """Whether the project's version is in its git history, so that the host must be asked for it."""
    disk = Disk(root)
    return disk.exists(".git") and takes_version_from_git(disk, ".")


def read_experiments(disk: Disk, path: str, stdin: str | None, *, source: str) -> "Experiments":
    """The experiments of a file, or of what came on stdin. Raises Rejected."""
    from caliban.compiler.frontend.experiments import parse_experiments

    text = stdin if stdin is not None else disk.text(path)
    if text is None:
        raise Rejected(file_problems.missing(path, source, disk.names(posixpath.dirname(path) or ".")))
    return parse_experiments(text, "stdin" if stdin is not None else path)


def _experiments(disk: Disk, invocation: Compilation, host: Host) -> "Experiments | None":
    launch = invocation.launch if isinstance(invocation, Run | Compile) else None
    if launch is None or launch.experiments is None:
        return None
    return read_experiments(disk, launch.experiments, host.stdin, source="--experiment_config")


def _requirements(disk: Disk, options: BuildOptions, configured: Sequence[str]) -> tuple[ReadRequirements, ...]:
    """Those that are named, else requirements.txt."""
    paths = options.requirements or configured or (("requirements.txt",) if disk.is_file("requirements.txt") else ())
    return tuple(read_requirements(disk, path) for path in dict.fromkeys(paths))


def _packages(
    disk: Disk, read: Sequence[ReadRequirements], options: BuildOptions, settings: Settings
) -> tuple[Package, ...]:
    """The project itself, if it is a distribution, and the folders of it that requirements name."""
    own = read_package(disk, ".")
    asked = [local for each in read for local in each.local_packages]
    packages: list[Package] = []
    if own is not None:
        extras = [extra for local in asked if local.path == "." for extra in local.extras]
        packages.append(select_extras(own, (*options.extras, *extras), settings.mode))
    elif options.extras:
        raise Rejected(problems.extras_of_nothing(options.extras))
    for path in dict.fromkeys(local.path for local in asked if local.path != "."):
        package = read_package(disk, path)
        if package is None:
            place = next(local.place for local in asked if local.path == path)
            raise Rejected(problems.no_distribution(path, place))
        extras = [extra for local in asked if local.path == path for extra in local.extras]
        packages.append(select_extras(package, tuple(extras), settings.mode))
    return tuple(packages)


def _output(disk: Disk, invocation: Compilation) -> str | None:
    """The folder of -o, if it is in the project, and not the project itself."""
    output = invocation.launch.output if isinstance(invocation, Run | Compile) else None
    inside = disk.inside(output.source) if output is not None else None
    return None if inside == "." else inside


def _needed(read: Sequence[ReadRequirements], packages: Sequence[Package], *, whole: bool) -> tuple[str, ...]:
    """The files and folders that installing reads; the user's own Dockerfile may read anything."""
    files = [path for each in read for path in (each.file.path, *each.file.includes)]
    for package in packages:
        files.append(package.path if package.installable else package.manifest)
    return tuple(dict.fromkeys((*files, *((".",) if whole else ()))))


def _unread(disk: Disk) -> Iterator[Diagnostic]:
    """Files that declare dependencies and that this version does not read: said, not passed over."""
    yield from (file_problems.unread_manifest(name) for name in disk.names(".") if name in _UNREAD)


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


def _base_dockerfile(disk: Disk, settings: Settings, configured: str | None) -> str | None:
    """The text of the user's own Dockerfile, where --base_image or the config names one."""
    path = settings.base_image if settings.base_image and disk.is_file(settings.base_image) else None
    if path is None and settings.base_image is None:
        path = configured
    return disk.text(path) if path is not None else None
