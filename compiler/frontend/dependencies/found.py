"""Which files of the project declare what it depends on, and what they say: the one place that decides what counts."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from caliban.compiler.config import Config, Settings
from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.frontend.dependencies.packages import read_package, select_extras
from caliban.compiler.frontend.dependencies.pythons import read_pythons
from caliban.compiler.frontend.dependencies.reading import ReadRequirements
from caliban.compiler.frontend.dependencies.requirements_txt import read_requirements
from caliban.compiler.frontend.disk import Disk
from caliban.compiler.invocation import BuildOptions
from caliban.compiler.problems import files as file_problems
from caliban.compiler.problems import target as problems
from caliban.compiler.project import Package, PythonFact, RequirementsFile

_LOCKS = ("uv.lock", "pylock.toml", "poetry.lock", "pdm.lock", "Pipfile", "Pipfile.lock")
_UNREAD = frozenset((*_LOCKS, "environment.yml", "environment.yaml", "conda.yaml"))


class Found(NamedTuple):
    """What the project declares, by the files that declare it."""

    files: tuple[RequirementsFile, ...]
    packages: tuple[Package, ...]
    pythons: tuple[PythonFact, ...]  # the strongest first
    needed: tuple[str, ...]  # files and folders that installing reads
    warnings: tuple[Diagnostic, ...]


def find_dependencies(disk: Disk, options: BuildOptions, config: Config, settings: Settings) -> Found:
    """All that is declared (SPEC §3). Raises Rejected."""
    read = _requirements(disk, options, config.dependencies)
    packages = _packages(disk, read, options, settings)
    return Found(
        files=tuple(each.file for each in read),
        packages=packages,
        pythons=read_pythons(disk, next((package for package in packages if package.path == "."), None)),
        needed=_needed(read, packages),
        warnings=tuple(_unread(disk)),
    )


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


def _needed(read: Sequence[ReadRequirements], packages: Sequence[Package]) -> tuple[str, ...]:
    files = [path for each in read for path in (each.file.path, *each.file.includes)]
    for package in packages:
        files.append(package.path if package.installable else package.manifest)
    return tuple(dict.fromkeys(files))


def _unread(disk: Disk) -> Iterator[Diagnostic]:
    """Files that declare dependencies and that this version does not read: said, not passed over."""
    yield from (file_problems.unread_manifest(name) for name in disk.names(".") if name in _UNREAD)
