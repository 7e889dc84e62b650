"""Facts into a plan, straightforward and in the order in which things were said; the passes make it good."""

from collections.abc import Iterator

from msgspec.structs import replace

from caliban.compiler.cloud_sdk import install_gcloud
from caliban.compiler.compilers import compilers
from caliban.compiler.config import Settings
from caliban.compiler.copies import CopyFolder
from caliban.compiler.effects import WORKDIR
from caliban.compiler.frontend.respell import respell_lock
from caliban.compiler.host import History, Host
from caliban.compiler.installs import install_dependencies
from caliban.compiler.invocation import Build, Compilation, Launched, LaunchOptions, Lock, Run
from caliban.compiler.launches import credential_notes, lower_container, lower_launches
from caliban.compiler.locks.resolved import Locking
from caliban.compiler.needs import lower_need
from caliban.compiler.plan import ExistingImage, Plan, Recipe
from caliban.compiler.project import Folder, Project
from caliban.compiler.steps import CreateVenv, InstallSystemPackages, PrepareFolders, Step


def lower(invocation: Compilation, project: Project, host: Host) -> Plan:
    """The naive plan."""
    settings = project.settings
    launch = invocation.launch if isinstance(invocation, Launched) else LaunchOptions()
    existing = invocation.image_id if isinstance(invocation, Run) else None
    launches = lower_launches(project, launch)
    locking = _locking(invocation, project)
    image = _recipe(project, settings, host, locking) if existing is None else ExistingImage(reference=existing)
    return Plan(
        project=project.name,
        mode=settings.mode,
        image=replace(image, runs=launches.count) if isinstance(image, Recipe) else image,
        container=lower_container(project, settings, launch, host),
        launches=launches,
        platform=settings.platform,
        no_cache=invocation.build.no_cache,
        max_image_size=invocation.build.max_image_size,
        tag=invocation.tag if isinstance(invocation, Build) else None,
        proxies=() if host.proxies.guarded else host.proxies.names,
        epoch=settings.epoch,
        ignore_patterns=project.ignore_patterns,
        notes=() if isinstance(invocation, Build) else credential_notes(host.credentials),
    )


def _recipe(project: Project, settings: Settings, host: Host, locking: Locking | None) -> Recipe:
    entry = project.entry
    directories = tuple(_outermost(project))
    called = compilers(project, settings)
    return Recipe(
        base=lower_need(project, settings, host),
        steps=(
            install_gcloud(project.config.gcloud, project.config.source, host.credentials is not None, project.tables),
            PrepareFolders(),
            *_system_packages(project, settings),
            CreateVenv(),
            *install_dependencies(project, host, apart=tuple(folder.path for folder in directories)),
            *(_copy(folder, "data", host.history) for folder in directories),
            replace(_copy(entry.code, "code", host.history), calls=called.packages if called else ()),
        ),
        store=host.store,
        earlier_order=host.history.layer_orders.get(settings.mode, ()),
        earlier_bands=host.history.bands.get(settings.mode, ()),
        locking=locking,
        import_path=f"{WORKDIR}/{entry.import_path}" if entry.import_path else None,
    )


def _locking(invocation: Compilation, project: Project) -> Locking | None:
    """What caliban.lock has to say, where somebody asks it."""
    there, command = project.caliban_lock, respell_lock(invocation)
    if isinstance(invocation, Lock):
        return Locking(command=command, making=True)
    if there is None and not invocation.build.locked:
        return None
    return Locking(
        command=command,
        strict=invocation.build.locked,
        there=there is not None,
        earlier=there.modes.get(project.settings.mode) if there is not None else None,
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
