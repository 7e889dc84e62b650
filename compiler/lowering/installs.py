"""Lowers the project's declarations to installing steps, in the order of declaration."""

import posixpath
import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from caliban.compiler.input.project import Package, Project
from caliban.compiler.ir.resolution import Resolution
from caliban.compiler.ir.steps.locked import InstallLock
from caliban.compiler.ir.steps.project import BuildWheel, CopyGenerated, InstallEditable, InstallWheel
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.ir.steps.step import Step

NO_VERSION = "0.0.0"  # of a project that takes its version from git, where git has none


def install_dependencies(project: Project, version: str | None, *, apart: tuple[str, ...]) -> Iterator[Step]:
    """The steps for locks, for files of requirements and for distributions; `apart` are folders of data in it."""
    yield from (InstallLock(lock=lock, resolution=_resolution(project)) for lock in project.locks)
    files = tuple(_requirements(project))
    yield from files
    alone = tuple(replace(step, installed_with=()) for step in files)
    for package, stage in zip(project.packages, _stages(project.packages), strict=True):
        yield from _package(package, stage, alone, project, version, apart)


def _requirements(project: Project) -> Iterator[InstallRequirements]:
    """One step per file; each reads those before it again, so that none undoes what another asks for."""
    before: tuple[InstallRequirements, ...] = ()
    for file in project.requirements_files:
        if file.is_empty:
            continue
        step = InstallRequirements(
            path=file.path,
            lines=file.lines,
            listed=file.listed,
            remark=file.remark,
            includes=file.includes,
            count=len(file.requirements) + file.unnamed,
            edits=file.edits,
            encodings=file.encodings,
            options=tuple(_installer_options(file.options)),
            installed_with=before,
            git=str(file.git) if file.git else None,
            hashed=file.hashed,
            resolution=_resolution(project),
        )
        yield step
        before = (*before, replace(step, installed_with=()))


def _installer_options(options: Sequence[str]) -> Iterator[str]:
    """Yield the options that uv 0.13.9 follows on its command line alone: in files, it warns of them and goes on."""
    for option in dict.fromkeys(options):
        name, value = (*re.split(r"[\s=]+", option, maxsplit=1), "")[:2]
        if name == "--pre":
            yield "--prerelease=allow"
        elif name == "--trusted-host":
            yield f"--allow-insecure-host={value}"


def _resolution(project: Project) -> Resolution:
    """Packages that are folders of the project are built from there, each in a stage of its own."""
    folders = dict.fromkeys(folder.name for package in project.packages for folder in package.folders)
    return Resolution(folders=tuple(folders), secrets=project.settings.build_secrets)


def _stages(packages: Sequence[Package]) -> Iterator[str]:
    """The name of the stage that builds each: 'wheel', 'wheel-libs-tools'; no two are alike."""
    taken: set[str] = set()
    for package in packages:
        name = "-".join(("wheel", *re.findall("[a-z0-9]+", package.path.lower())))
        while name in taken:
            name += "-2"
        taken.add(name)
        yield name


def _package(
    package: Package,
    stage: str,
    files: tuple[InstallRequirements, ...],
    project: Project,
    version: str | None,
    apart: tuple[str, ...],
) -> Iterator[Step]:
    """A distribution of the project: its dependencies, from the manifest or from its wheel, and itself."""
    git = str(package.git) if package.git else None
    listed = package.locked_by is None
    groups = tuple(_groups(package, files, project)) if listed else ()
    yield from groups
    files = (*files, *(replace(step, installed_with=()) for step in groups))
    if listed and package.requirements and (package.static or not package.installable):
        yield InstallRequirements(
            path=package.manifest,
            lines=None if package.static else tuple(requirement.text for requirement in package.requirements),
            count=len(package.requirements),
            extras=package.selected if package.static else (),
            installed_with=files,
            git=git,
            resolution=_resolution(project),
        )
    if not package.installable:
        return
    shown = () if package.only_listed else tuple(_inside(package.path, (project.entry.code.path, *apart)))
    if package.editable is not None:
        yield InstallEditable(path=package.path, install=package.editable, resolution=_resolution(project))
        return
    implicit = () if package.extras is not None else (project.settings.mode,)
    known = package.requirements
    yield BuildWheel(
        path=package.path,
        stage=stage,
        extras=package.selected,
        implicit_extras=implicit,
        without=_data(project, apart) if package.path == "." else (),
        version=(version or package.fallback_version or NO_VERSION) if package.git_version else None,
        listed=listed and not package.static,
        discovers=package.discovers,
        fallback=None if known is None else tuple(requirement.text for requirement in known),
        shown=shown,
        git=git,
        packages=project.settings.apt_packages,
        cuda=str(package.cuda) if package.cuda is not None else None,
        build_requires=package.build_requires,
        resolution=_resolution(project),
    )
    if listed and not package.static:
        yield InstallWheelRequirements(
            stage=stage, path=package.path, installed_with=files, git=git, resolution=_resolution(project)
        )
    if not package.only_listed:
        yield InstallWheel(stage=stage, path=package.path, discovers=package.discovers)


def install_generated(project: Project, copies: Sequence[str]) -> Iterator[Step]:
    """The steps that complete the copies of distributions by what their builds generate."""
    for package, stage in zip(project.packages, _stages(project.packages), strict=True):
        over = tuple(copy for copy in copies if any(_inside(package.path, (copy,))))
        if over and package.installable and package.editable is None and not package.only_listed:
            yield CopyGenerated(stage=stage, path=package.path, over=over)


def _inside(folder: str, copies: Sequence[str]) -> Iterator[str]:
    """The copies that are in a folder, or that hold it ('.'), by their paths from there."""
    for copy in copies:
        if copy in (".", folder) or folder.startswith(f"{copy}/"):
            yield "."
        elif folder == "." or copy.startswith(f"{folder}/"):
            yield posixpath.relpath(copy, folder)


def _data(project: Project, folders: tuple[str, ...]) -> tuple[str, ...]:
    """The folders that a build of the project need not see: no package is in them, nor one folder below."""
    packages = {file.path.removesuffix("/__init__.py") for file in project.files if file.path.endswith("/__init__.py")}
    above = {package.rpartition("/")[0] for package in packages}
    return tuple(folder for folder in folders if folder not in packages | above)


def _groups(
    package: Package, files: tuple[InstallRequirements, ...], project: Project
) -> Iterator[InstallRequirements]:
    """The dependency groups: those that the installer can read, and those of poetry."""
    for standard in (True, False):
        groups = [group for group in package.chosen_groups if group.standard is standard and group.requirements]
        found = [requirement for group in groups for requirement in group.requirements]
        if found:
            yield InstallRequirements(
                path=package.manifest,
                groups=tuple(group.name for group in groups),
                lines=None if standard else tuple(requirement.text for requirement in found),
                count=len(found),
                installed_with=files,
                git=str(package.git) if package.git else None,
                resolution=_resolution(project),
            )
