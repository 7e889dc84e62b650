"""Facts into a plan, straightforward and in the order in which things were said; the passes make it good."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from caliban.compiler.config import Settings
from caliban.compiler.frontend.experiments import Experiments, flags
from caliban.compiler.host import Host
from caliban.compiler.invocation import Build, Compilation, Compile, LaunchOptions, Mount, Run
from caliban.compiler.plan import (
    WORKDIR,
    BaseNeed,
    BindMount,
    BuildWheel,
    Container,
    CopyFolder,
    CreateVenv,
    ExistingImage,
    InstallNamed,
    InstallRequirements,
    InstallSystemPackages,
    InstallWheel,
    InstallWheelRequirements,
    Launch,
    Launches,
    Pin,
    Plan,
    PrepareFolders,
    PythonNeed,
    Recipe,
    Step,
)
from caliban.compiler.project import Folder, Package, Project, PythonFact, Requirement

VERSION_FILES = (".python-version", "runtime.txt")
OUTPUTS = "/outputs"
KEY_TARGET = "/run/caliban/key.json"


def lower(invocation: Compilation, project: Project, host: Host) -> Plan:
    """The naive plan."""
    settings = project.settings
    launch = invocation.launch if isinstance(invocation, Run | Compile) else LaunchOptions()
    existing = invocation.image_id if isinstance(invocation, Run) else None
    image = _recipe(project, settings, host) if existing is None else ExistingImage(reference=existing)
    return Plan(
        project=project.name,
        mode=settings.mode,
        image=image,
        container=_container(project, settings, launch, host),
        launches=_launches(project, launch),
        platform=settings.platform,
        no_cache=invocation.build.no_cache,
        tag=invocation.tag if isinstance(invocation, Build) else None,
        ignore_patterns=project.ignore_patterns,
    )


def _recipe(project: Project, settings: Settings, host: Host) -> Recipe:
    entry = project.entry
    return Recipe(
        base=BaseNeed(
            mode=settings.mode,
            platform=settings.platform or host.platform,
            given=settings.base_image,
            given_by=settings.base_source,
            dockerfile=project.base_dockerfile,
            host_python=host.python,
            python_facts=_python_needs(project, settings),
            packages=tuple(_pins(project)),
            indexes=tuple(index for file in project.requirements_files for index in file.indexes),
            driver=host.gpu_driver,
            capability=host.gpu_capability,
            mirror=settings.mirror,
        ),
        steps=(
            PrepareFolders(),
            *_system_packages(project, settings),
            CreateVenv(),
            *_requirements(project, settings),
            *(step for package in project.packages for step in _package(package, project, settings, host)),
            *(_copy(folder, "data") for folder in _outermost(project)),
            _copy(entry.code, "code"),
        ),
        import_path=f"{WORKDIR}/{entry.import_path}" if entry.import_path else None,
    )


def _python_needs(project: Project, settings: Settings) -> tuple[PythonNeed, ...]:
    chosen = (
        (PythonNeed(specifier=f"=={settings.python}.*", source=settings.python_source or "", exact=True),)
        if settings.python
        else ()
    )
    return (*chosen, *(_python_need(fact) for fact in project.pythons))


def _python_need(fact: PythonFact) -> PythonNeed:
    """A file of its own is a choice; what a manifest demands is a range, be it a narrow one."""
    chosen = fact.place.source in VERSION_FILES
    return PythonNeed(specifier=fact.specifier, source=fact.place.source if chosen else str(fact.place), exact=chosen)


def _all_requirements(project: Project) -> Iterator[Requirement]:
    for file in project.requirements_files:
        yield from file.requirements
    for package in project.packages:
        yield from package.requirements or ()


def _pins(project: Project) -> Iterator[Pin]:
    for requirement in _all_requirements(project):
        yield Pin(name=requirement.name, text=requirement.text, source=str(requirement.place))


def _system_packages(project: Project, settings: Settings) -> Iterator[Step]:
    if settings.apt_packages:
        yield InstallSystemPackages(packages=settings.apt_packages, reason=f"apt_packages of {project.config.source}")
    places = (*(file.git for file in project.requirements_files), *(package.git for package in project.packages))
    place = next((place for place in places if place), None)
    reason = f"git, for {place}" if place else "git, for requirements that are fetched by it"
    yield InstallSystemPackages(packages=("git", "ca-certificates"), reason=reason, wanted=False)


def _requirements(project: Project, settings: Settings) -> Iterator[Step]:
    for file in project.requirements_files:
        if not file.requirements and not file.includes:
            continue
        yield InstallRequirements(
            path=file.path,
            includes=file.includes,
            count=len(file.requirements),
            edits=file.edits,
            git=str(file.git) if file.git else None,
            secrets=settings.build_secrets,
        )


def _package(package: Package, project: Project, settings: Settings, host: Host) -> Iterator[Step]:
    """A distribution of the project: its dependencies, from the manifest or from its wheel, and itself."""
    git = str(package.git) if package.git else None
    if package.static and package.requirements:
        yield InstallRequirements(
            path=package.manifest,
            count=len(package.requirements),
            extras=package.selected,
            git=git,
            secrets=settings.build_secrets,
        )
    if not package.installable:
        if not package.static and package.requirements:
            names = tuple(requirement.text for requirement in package.requirements)
            yield InstallNamed(names=names, manifest=package.manifest, git=git, secrets=settings.build_secrets)
        return
    stage = "wheel" if package.path == "." else f"wheel-{package.path.strip('./').replace('/', '-').lower()}"
    implicit = () if package.extras is not None else (settings.mode,)
    known = package.requirements
    yield BuildWheel(
        path=package.path,
        stage=stage,
        extras=package.selected,
        implicit_extras=implicit,
        without=tuple(folder.path for folder in _outermost(project)) if package.path == "." else (),
        version=(host.version or "0.0.0") if package.git_version else None,
        listed=not package.static,
        fallback=None if known is None else tuple(requirement.text for requirement in known),
        git=git,
        secrets=settings.build_secrets,
    )
    if not package.static:
        yield InstallWheelRequirements(stage=stage, path=package.path, git=git, secrets=settings.build_secrets)
    yield InstallWheel(stage=stage, path=package.path)


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


def _copy(folder: Folder, kind: str) -> CopyFolder:
    return CopyFolder(
        path=folder.path,
        kind="code" if kind == "code" else "data",
        size=folder.size,
        files=folder.files,
        excluded=folder.excluded,
    )


def _container(project: Project, settings: Settings, launch: LaunchOptions, host: Host) -> Container:
    key = host.credentials
    out = None
    if launch.output is not None:
        target = _in_container(launch.output.target or OUTPUTS)
        out = BindMount(source=_on_host(launch.output.source, host), target=target, writable=True)
    env = [("COLUMNS", str(host.terminal[0])), ("LINES", str(host.terminal[1]))] if host.terminal else []
    mounts = [
        BindMount(source=_on_host(mount.source, host), target=_mount_target(mount, host), writable=False)
        for mount in launch.mounts
    ]
    if key is not None:
        mounts.append(BindMount(source=key.path, target=KEY_TARGET, writable=False))
        env.append(("GOOGLE_APPLICATION_CREDENTIALS", KEY_TARGET))
        env += [("GOOGLE_CLOUD_PROJECT", key.project)] if key.project else []
    if out is not None:
        env.append(("CALIBAN_OUTPUT_DIR", out.target))
    given = {variable.name for variable in launch.env}
    return Container(
        argv=project.entry.argv,
        mode=settings.mode,
        uid=host.uid,
        gid=host.gid,
        user=host.user,
        memory=host.memory,
        env=tuple(env),
        variables=(*(variable for variable in settings.env if variable.name not in given), *launch.env),
        mounts=tuple(mounts),
        engine_args=(*settings.engine_args, *launch.engine_args),
        output=out,
        group=launch.group,
        tty=launch.tty,
        stdin=launch.experiments is None,
    )


def _on_host(path: str, host: Host) -> str:
    return posixpath.normpath(posixpath.join(host.root, path))


def _mount_target(mount: Mount, host: Host) -> str:
    """Where it is asked to be; else at the same place under `WORKDIR` as under the project, or under the root."""
    if mount.target is not None:
        return _in_container(mount.target)
    return _in_container(_on_host(mount.source, host).removeprefix(f"{host.root}/").lstrip("/"))


def _in_container(path: str) -> str:
    """A path as typed into one of the container: relative ones are under `WORKDIR`."""
    if path.startswith("/"):
        return path
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    return "/".join((WORKDIR, *parts))


@dataclass(frozen=True, kw_only=True)
class _Single:
    """One run, with the user's arguments."""

    arguments: tuple[str, ...]
    count: int = 1
    sweep: bool = False

    def __iter__(self) -> Iterator[Launch]:
        yield Launch(number=1, arguments=self.arguments)


@dataclass(frozen=True, kw_only=True)
class _Sweep:
    """One run per experiment: the user's arguments, then the flags of the experiment."""

    arguments: tuple[str, ...]
    experiments: Experiments
    sweep: bool = True

    @property
    def count(self) -> int:
        return self.experiments.count

    def __iter__(self) -> Iterator[Launch]:
        for number, experiment in enumerate(self.experiments, start=1):
            yield Launch(number=number, arguments=(*self.arguments, *flags(experiment)))


def _launches(project: Project, launch: LaunchOptions) -> Launches:
    if project.experiments is None:
        return _Single(arguments=launch.arguments)
    return _Sweep(arguments=launch.arguments, experiments=project.experiments)
