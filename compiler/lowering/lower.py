"""Facts into a plan, straightforward and in the order in which things were said; the passes make it good."""

from collections.abc import Iterator
from typing import Literal

from msgspec.structs import replace

from caliban.compiler.input.caller import Caller
from caliban.compiler.input.config import Settings
from caliban.compiler.input.invocation import Build, Compilation, Launched, LaunchOptions, Lock, Run
from caliban.compiler.input.project import Folder, Project
from caliban.compiler.ir.effects import WORKDIR
from caliban.compiler.ir.plan import ExistingImage, Plan, Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.gcloud import install_gcloud
from caliban.compiler.ir.steps.python import CreateVenv
from caliban.compiler.ir.steps.step import Step
from caliban.compiler.ir.steps.system import InstallSystemPackages, PrepareFolders
from caliban.compiler.locks.resolved import Locking
from caliban.compiler.lowering.compilers import compilers
from caliban.compiler.lowering.demand import lower_base, lower_demand
from caliban.compiler.lowering.installs import NO_VERSION, install_dependencies, install_generated
from caliban.compiler.lowering.launches import credential_notes, lower_job
from caliban.compiler.lowering.observed import History, Observed


def lower(invocation: Compilation, project: Project, caller: Caller, observed: Observed) -> Plan:
    """The naive plan."""
    settings = project.settings
    launch = invocation.launch if isinstance(invocation, Launched) else LaunchOptions()
    existing = invocation.image_id if isinstance(invocation, Run) else None
    locking = _locking(invocation, project)
    image = (
        _recipe(project, settings, caller, observed, locking) if existing is None else ExistingImage(reference=existing)
    )
    return Plan(
        project=project.name,
        mode=settings.mode,
        image=image,
        job=lower_job(project, settings, launch, caller, built=existing is None),
        root=caller.root,
        platform=settings.platform,
        no_cache=invocation.build.no_cache,
        max_image_size=invocation.build.max_image_size,
        tag=invocation.tag if isinstance(invocation, Build) else None,
        proxies=() if caller.proxies.guarded else caller.proxies.names,
        epoch=settings.epoch,
        ignore_patterns=project.ignore_patterns,
        notes=() if isinstance(invocation, Build) else credential_notes(caller.credentials),
    )


def _recipe(
    project: Project, settings: Settings, caller: Caller, observed: Observed, locking: Locking | None
) -> Recipe:
    entry = project.entry
    directories = tuple(_outermost(project))
    called = compilers(project, settings)
    return Recipe(
        demand=lower_demand(project, settings, caller, observed),
        base=lower_base(project, settings),
        steps=(
            install_gcloud(
                project.config.gcloud, project.config.source, caller.credentials is not None, project.tables
            ),
            PrepareFolders(),
            *_system_packages(project, settings),
            CreateVenv(),
            *install_dependencies(project, observed.version, apart=tuple(folder.path for folder in directories)),
            *(_copy(folder, "data", observed.history) for folder in directories),
            *(_copy(file, "manifest", observed.history) for file in project.manifests),
            replace(_copy(entry.code, "code", observed.history), calls=called.packages if called else ()),
            *install_generated(project, (*(folder.path for folder in directories), entry.code.path)),
        ),
        notes=tuple(_unversioned(project, observed.version)),
        store=observed.store,
        earlier_order=observed.history.layer_orders.get(settings.mode, ()),
        earlier_bands=observed.history.bands.get(settings.mode, ()),
        locking=locking,
        import_path=f"{WORKDIR}/{entry.import_path}" if entry.import_path else None,
    )


def _locking(invocation: Compilation, project: Project) -> Locking | None:
    """Return the use of caliban.lock, if it exists or is asked for."""
    there, command = project.caliban_lock, project.lock_command
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


def _unversioned(project: Project, version: str | None) -> Iterator[str]:
    """Yield a note for each version that should come from git, if git has none."""
    for package in project.packages:
        if package.installable and package.git_version and package.fallback_version is None and version is None:
            yield (
                f"{package.manifest} takes the version from git, which has none here: it is {NO_VERSION}; "
                "commit the project in a git repository, and tag it: git tag v1.0"
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


def _copy(folder: Folder, kind: Literal["code", "data", "manifest"], history: History) -> CopyFolder:
    return CopyFolder(
        path=folder.path,
        kind=kind,
        size=folder.size,
        files=folder.files,
        changes=history.changes_of(folder.path),
        excluded=folder.excluded,
    )
