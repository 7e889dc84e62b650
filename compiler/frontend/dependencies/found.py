"""Decides which files of the project count as declarations of dependencies, and reads them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.frontend.dependencies import problems
from caliban.compiler.frontend.dependencies.locks.found_locks import Locked, lock_names, read_locks
from caliban.compiler.frontend.dependencies.manifests.named_indexes import named_indexes
from caliban.compiler.frontend.dependencies.passwords import passwords_in_metadata
from caliban.compiler.frontend.dependencies.paths import is_mountable
from caliban.compiler.frontend.dependencies.pythons import read_pythons
from caliban.compiler.frontend.dependencies.reading import LocalPackage, ReadRequirements
from caliban.compiler.frontend.dependencies.sources import (
    MANIFESTS,
    RequirementSources,
    found_sources,
    named_sources,
    nearest_sources,
)
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.config import Config, Settings
from caliban.compiler.input.invocation import BuildOptions
from caliban.compiler.input.project import NamedIndex, Package, PythonFact, RequirementsFile
from caliban.compiler.locks.lock import LockFile


class FoundManifests(NamedTuple):
    """The project's declarations, by file."""

    files: tuple[RequirementsFile, ...]
    packages: tuple[Package, ...]
    locks: tuple[LockFile, ...]
    indexes: tuple[NamedIndex, ...]
    pythons: tuple[PythonFact, ...]  # the strongest first
    needed: tuple[str, ...]  # files and folders that installing reads
    warnings: tuple[Diagnostic, ...]


def find_dependencies(
    disk: Disk, options: BuildOptions, config: Config, settings: Settings, *, entry: str, copied: Sequence[str]
) -> FoundManifests:
    """All that is declared (SPEC §3), for an entry such as 'trainer/train.py' and the folders that are copied.

    Raises Rejected.
    """
    there = lock_names(disk, options.requirements or config.dependencies, settings.mode)
    own = _own_package(disk, locked=bool(there))
    sources = _sources(disk, options, config, settings)
    if own is None and not sources.read and not sources.packages and not there:
        sources = nearest_sources(disk, entry, config, settings)
    asked = [*sources.packages, *(local for each in sources.read for local in each.local_packages)]
    locked = read_locks(disk, there, _packages(disk, own, asked, options, settings))
    packages = tuple(_in_place(disk, locked.packages, copied))
    if unreadable := _unreadable_in_build(disk, packages):
        raise Rejected(*unreadable)
    unlisted = tuple(_unlisted(packages, others=bool(sources.read)))
    needed = (*_needed(sources.read, packages), *locked.files)
    if wrong := [problems.unmountable(path) for path in needed if not is_mountable(path)]:
        raise Rejected(*wrong)
    files = tuple(each.file for each in sources.read)
    exposed = tuple(passwords_in_metadata(files, packages))
    if refused := [problem for problem in exposed if problem.severity == "error"]:
        raise Rejected(*refused)
    environments = [each.python for each in sources.read if each.python is not None]
    return FoundManifests(
        files=files,
        packages=packages,
        locks=locked.locks,
        indexes=named_indexes(disk),
        pythons=read_pythons(disk, own, (*locked.pythons, *environments)),
        needed=needed,
        warnings=(
            *exposed,
            *locked.warnings,
            *unlisted,
            *sources.warnings,
            *(warning for each in sources.read for warning in each.warnings),
            *_unasked_groups(sources, locked),
        ),
    )


def _sources(disk: Disk, options: BuildOptions, config: Config, settings: Settings) -> RequirementSources:
    named = options.requirements or config.dependencies
    return named_sources(disk, options, config, settings) if named else found_sources(disk, config, settings)


def _unasked_groups(sources: RequirementSources, locked: Locked) -> Iterator[Diagnostic]:
    """A warning where nothing is installed, though a manifest has groups of dependencies."""
    own = next((package for package in locked.packages if package.path == "."), None)
    if sources.read or locked.locks or own is None or own.installable or own.requirements or own.chosen_groups:
        return
    if own.groups:
        yield problems.groups_not_asked(own.manifest, [group.name for group in own.groups])


def _own_package(disk: Disk, *, locked: bool) -> Package | None:
    """The distribution that the project is; most are none, and need no reader of manifests."""
    if MANIFESTS.isdisjoint(disk.names(".")):
        return None
    from caliban.compiler.frontend.dependencies.manifests.packages import read_package

    return read_package(disk, ".", locked=locked)


def _unlisted(packages: Sequence[Package], *, others: bool) -> Iterator[Diagnostic]:
    """Warnings about packages whose requirements caliban cannot tell; raises Rejected where it knows no others."""
    for package in packages:
        from caliban.compiler.frontend.dependencies.manifests.packages import check_listed

        yield from check_listed(package, others=others)


def _in_place(disk: Disk, packages: Sequence[Package], copied: Sequence[str]) -> Iterator[Package]:
    """The packages, with what an editable install reads of those that may be installed so."""
    for package in packages:
        if not package.installable:
            yield package
            continue
        from caliban.compiler.frontend.dependencies.editable import with_editable_install
        from caliban.compiler.frontend.dependencies.own_builds import discovers_modules

        in_place = package if package.only_listed else with_editable_install(disk, package, copied)
        yield in_place if in_place.editable else replace(in_place, discovers=discovers_modules(disk, package))


def _packages(
    disk: Disk, own: Package | None, asked: Sequence[LocalPackage], options: BuildOptions, settings: Settings
) -> tuple[Package, ...]:
    """The project itself, if it is a distribution, and the folders of it that requirements name."""
    if own is None and options.extras:
        raise Rejected(problems.extras_of_nothing(options.extras))
    if own is None and not asked:
        return ()
    from caliban.compiler.frontend.dependencies.manifests.packages import read_package, select_extras

    packages: list[Package] = []
    if own is not None:
        extras = [extra for local in asked if local.path == "." for extra in local.extras]
        selected = select_extras(own, (*options.extras, *extras), settings.mode)
        packages.append(selected if settings.install_project else _dependencies_only(selected))
        if packages[-1].installable and _has_nothing_to_package(disk, own):
            packages[-1] = replace(packages[-1], installable=False)
    queue = [*asked, *(local for package in packages for local in _folders(package))]
    known = {"."}
    for first in queue:  # which grows
        if first.path in known:
            continue
        known.add(first.path)
        package = read_package(disk, first.path)
        if package is None:
            raise Rejected(problems.no_distribution(first.path, first.place))
        extras = [extra for local in queue if local.path == first.path for extra in local.extras]
        packages.append(select_extras(package, tuple(extras), settings.mode))
        queue += _folders(packages[-1])
    return tuple(packages)


def _dependencies_only(package: Package) -> Package:
    """The package without itself; where only its build can tell what it depends on, that build lists it."""
    if package.requirements is None and package.installable:
        return replace(package, only_listed=True)
    return replace(package, installable=False)


def _has_nothing_to_package(disk: Disk, package: Package) -> bool:
    from caliban.compiler.frontend.dependencies.own_builds import has_nothing_to_package

    return has_nothing_to_package(disk, package)


def _unreadable_in_build(disk: Disk, packages: Sequence[Package]) -> tuple[Diagnostic, ...]:
    """A problem for each file that a build is sure to read, and will not find."""
    if not any(package.installable for package in packages):
        return ()
    from caliban.compiler.frontend.dependencies.own_builds import unreadable_files

    return tuple(unreadable_files(disk, packages))


def _folders(package: Package) -> Iterator[LocalPackage]:
    """The folders of the project that a package requires."""
    for folder in package.folders:
        if folder.path is not None:
            yield LocalPackage(path=folder.path, extras=folder.extras, place=folder.place)


def _needed(read: Sequence[ReadRequirements], packages: Sequence[Package]) -> tuple[str, ...]:
    files = [path for each in read for path in (each.file.path, *each.file.includes)]
    for package in packages:
        if package.editable is not None:
            files += package.editable.files
        else:
            files.append(package.path if package.installable else package.manifest)
    return tuple(dict.fromkeys(files))
