"""Asks what processes report of a project that was surveyed: the `Observed` that joins at lowering."""

from caliban.compiler.input.host_wheels import HostWheel
from caliban.compiler.input.invocation import Build, Compilation, Run
from caliban.compiler.input.project import Project
from caliban.compiler.lowering.observed import NO_HISTORY, History, Observed
from caliban.runtime.observing import gpu
from caliban.runtime.session import Session


def observe(invocation: Compilation, project: Project, session: Session) -> Observed:
    """The answers, as far as this project and this command depend on them."""
    version = None
    if any(package.git_version for package in project.packages):
        from caliban.runtime.observing.version import version_from_git

        version = version_from_git(session.root)
    on_gpu, environment = project.settings.mode == "gpu", session.environment
    return Observed(
        gpu_driver=environment.get("CALIBAN_GPU_DRIVER") or (gpu.driver() if on_gpu else None),
        gpu_capability=environment.get("CALIBAN_GPU_CAPABILITY") or (gpu.capability() if on_gpu else None),
        history=_history(invocation, project, session),
        store=_store(invocation, project, session),
        torch_at_hand=_torch_at_hand(project, session),
        version=version,
    )


def _torch_at_hand(project: Project, session: Session) -> tuple[HostWheel, ...] | None:
    """The builds of torch in this machine's wheel folders, where something is installed."""
    if not (project.requirements_files or project.packages or project.locks or project.caliban_lock):
        return None
    from caliban.runtime.settings.asked import configured_sources

    sources = configured_sources(project.requirements_files, session.installers)
    if not any(not address.startswith("http") for address in sources.addresses):
        return None
    from caliban.compiler.facts.frameworks.torch_at_hand import FAMILY
    from caliban.runtime.settings.local_packages import LocalPackages

    local = LocalPackages(sources)
    files = (file for name in FAMILY for file in local.files(name) if file.file.endswith(".whl"))
    return tuple(HostWheel(file.name, file.version, file.file) for file in files) if local.places else None


def _history(invocation: Compilation, project: Project, session: Session) -> History:
    """Return the history, if there is anything to order or split."""
    ordered, locked = bool(project.directories), bool(project.locks) or project.caliban_lock is not None
    if invocation.build.no_cache or not (ordered or locked):
        return NO_HISTORY
    from caliban.runtime.observing.history import observe_history

    return observe_history(session, ask_git=ordered)


def _store(invocation: Compilation, project: Project, session: Session) -> str | None:
    """Return the engine's store, which decides whether data is linked; asked only if the command needs the engine."""
    if not project.directories:
        return None
    from caliban.runtime.observing.store import observe_store

    needs_engine = isinstance(invocation, Build) or (isinstance(invocation, Run) and not invocation.dry_run)
    return observe_store(session, may_ask=needs_engine)
