"""Facts into a plan, straightforward and in the order in which things were said; the passes make it good."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from caliban.compiler.cloud_sdk import install_gcloud
from caliban.compiler.compilers import compilers
from caliban.compiler.config import Settings
from caliban.compiler.effects import WORKDIR
from caliban.compiler.host import History, Host
from caliban.compiler.invocation import Build, Compilation, Launched, LaunchOptions, Run
from caliban.compiler.launches import credential_notes, lower_container, lower_launches
from caliban.compiler.locks.steps import InstallLock
from caliban.compiler.needs import lower_need
from caliban.compiler.plan import ExistingImage, Plan, Recipe
from caliban.compiler.project import Folder, Package, Project
from caliban.compiler.resolution import Resolution
from caliban.compiler.steps import (
    BuildWheel,
    CopyFolder,
    CreateVenv,
    InstallRequirements,
    InstallSystemPackages,
    InstallWheel,
    InstallWheelRequirements,
    PrepareFolders,
    Step,
)


def lower(invocation: Compilation, project: Project, host: Host) -> Plan:
    """The naive plan."""
    settings = project.settings
    launch = invocation.launch if isinstance(invocation, Launched) else LaunchOptions()
    existing = invocation.image_id if isinstance(invocation, Run) else None
    image = _recipe(project, settings, host) if existing is None else ExistingImage(reference=existing)
    return Plan(
        project=project.name,
        mode=settings.mode,
        image=image,
        container=lower_container(project, settings, launch, host),
        launches=lower_launches(project, launch),
        platform=settings.platform,
        no_cache=invocation.build.no_cache,
        tag=invocation.tag if isinstance(invocation, Build) else None,
        proxies=() if host.proxies.guarded else host.proxies.names,
        ignore_patterns=project.ignore_patterns,
        notes=() if isinstance(invocation, Build) else credential_notes(host.credentials),
    )


def _recipe(project: Project, settings: Settings, host: Host) -> Recipe:
    entry = project.entry
    files = tuple(_requirements(project))
    alone = tuple(replace(step, beside=()) for step in files)
    called = compilers(project, settings)
    return Recipe(
        base=lower_need(project, settings, host),
        steps=(
            install_gcloud(project.config.gcloud, project.config.source, host.credentials is not None, project.tables),
            PrepareFolders(),
            *_system_packages(project, settings),
            CreateVenv(),
            *(InstallLock(lock=lock, resolution=_resolution(project)) for lock in project.locks),
            *(step for step in files if step.count or step.includes),
            *(
                step
                for package, stage in zip(project.packages, _stages(project.packages), strict=True)
                for step in _package(package, stage, alone, project, settings, host)
            ),
            *(_copy(folder, "data", host.history) for folder in _outermost(project)),
            replace(_copy(entry.code, "code", host.history), calls=called.packages if called else ()),
        ),
        earlier_order=host.history.layer_orders.get(settings.mode, ()),
        earlier_bands=host.history.bands.get(settings.mode, ()),
        import_path=f"{WORKDIR}/{entry.import_path}" if entry.import_path else None,
    )


def _system_packages(project: Project, settings: Settings) -> Iterator[Step]:
    if settings.apt_packages:
        yield InstallSystemPackages(packages=settings.apt_packages, reason=f"apt_packages of {project.config.source}")
    if (called := compilers(project, settings)) is not None:
        yield called
    places = [file.git for file in project.requirements_files] + [package.git for package in project.packages]
    locked = next((place for lock in project.locks if (place := lock.from_git())), None)
    place = next((str(place) for place in places if place), locked)
    reason = f"git, for {place}" if place else "git, for requirements that are fetched by it"
    yield InstallSystemPackages(packages=("git", "ca-certificates"), reason=reason, wanted=False)


def _requirements(project: Project) -> Iterator[InstallRequirements]:
    """One step per file; each reads those before it again, so that none undoes what another asks for."""
    before: tuple[InstallRequirements, ...] = ()
    for file in project.requirements_files:
        if not file.requirements and not file.includes and not file.indexes:
            continue
        step = InstallRequirements(
            path=file.path,
            lines=file.lines,
            remark=file.remark,
            includes=file.includes,
            count=len(file.requirements),
            edits=file.edits,
            beside=before,
            git=str(file.git) if file.git else None,
            resolution=_resolution(project),
        )
        yield step
        before = (*before, replace(step, beside=()))


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
    settings: Settings,
    host: Host,
) -> Iterator[Step]:
    """A distribution of the project: its dependencies, from the manifest or from its wheel, and itself."""
    git = str(package.git) if package.git else None
    listed = package.locked_by is None
    groups = tuple(_groups(package, files, project)) if listed else ()
    yield from groups
    files = (*files, *(replace(step, beside=()) for step in groups))
    if listed and package.requirements and (package.static or not package.installable):
        yield InstallRequirements(
            path=package.manifest,
            lines=None if package.static else tuple(requirement.text for requirement in package.requirements),
            count=len(package.requirements),
            extras=package.selected if package.static else (),
            beside=files,
            git=git,
            resolution=_resolution(project),
        )
    if not package.installable:
        return
    implicit = () if package.extras is not None else (settings.mode,)
    known = package.requirements
    yield BuildWheel(
        path=package.path,
        stage=stage,
        extras=package.selected,
        implicit_extras=implicit,
        without=tuple(folder.path for folder in _outermost(project)) if package.path == "." else (),
        version=(host.version or "0.0.0") if package.git_version else None,
        listed=listed and not package.static,
        fallback=None if known is None else tuple(requirement.text for requirement in known),
        git=git,
        cuda=str(package.cuda) if package.cuda is not None else None,
        build_requires=package.build_requires,
        resolution=_resolution(project),
    )
    if listed and not package.static:
        yield InstallWheelRequirements(
            stage=stage, path=package.path, beside=files, git=git, resolution=_resolution(project)
        )
    yield InstallWheel(stage=stage, path=package.path)


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
                beside=files,
                git=str(package.git) if package.git else None,
                resolution=_resolution(project),
            )


def _outermost(project: Project) -> Iterator[Folder]:
    """The extra directories that no other copy brings along."""
    code = project.entry.code.path
    others = {folder.path for folder in project.directories}
    if code == ".":
        return
    for folder in dict.fromkeys(project.directories):
        parents = {"/".join(folder.path.split("/")[:depth]) for depth in range(1, folder.path.count("/") + 1)}
        if folder.path != code and not parents & {*others, code}:
            yield folder


def _copy(folder: Folder, kind: str, history: History) -> CopyFolder:
    return CopyFolder(
        path=folder.path,
        kind="code" if kind == "code" else "data",
        size=folder.size,
        files=folder.files,
        changes=history.changes_of(folder.path),
        excluded=folder.excluded,
    )
