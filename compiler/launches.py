"""How the image is run: what all launches have in common, and the launches themselves, lazily."""

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from caliban.compiler.config import Settings
from caliban.compiler.effects import WORKDIR
from caliban.compiler.host import Credentials, Host
from caliban.compiler.invocation import LaunchOptions, Mount
from caliban.compiler.plan import BindMount, Container, Launch, Launches
from caliban.compiler.project import Project

if TYPE_CHECKING:
    from caliban.compiler.frontend.experiments import Experiments

OUTPUTS = "/outputs"
KEY_TARGET = "/run/caliban/key.json"
CLOUD_SDK_CONFIG = "/tmp/gcloud"  # writable for whoever runs, in every image


def lower_container(project: Project, settings: Settings, launch: LaunchOptions, host: Host) -> Container:
    """The container of every launch."""
    key = host.credentials
    out = None
    if launch.output is not None:
        target = _in_container(launch.output.target or OUTPUTS)
        out = BindMount(source=_on_host(launch.output.source, host), target=target, writable=True)
    env = [("COLUMNS", str(host.terminal[0])), ("LINES", str(host.terminal[1]))] if host.terminal else []
    trust = [BindMount(source=path, target=target, writable=False) for path, target in _trusted(host).items()]
    mounts = [
        BindMount(source=_on_host(mount.source, host), target=_mount_target(mount, host), writable=False)
        for mount in launch.mounts
    ]
    if key is not None:
        mounts.append(BindMount(source=key.path, target=KEY_TARGET, writable=False, secret=True))
        mounts += [BindMount(source=path, target=path, writable=False, secret=True) for path in key.beside]
        users = {variable.name for variable in launch.env}
        env += [(name, value) for name, value in _key_variables(key) if name not in users]
    if out is not None:
        env.append(("CALIBAN_OUTPUT_DIR", out.target))
    # Those of the config are declared to be no secret; those of the command line come after them, and win.
    configured = [(variable.name, variable.value or "") for variable in settings.env]
    return Container(
        argv=project.entry.argv,
        mode=settings.mode,
        uid=host.uid,
        gid=host.gid,
        user=host.user,
        memory=host.memory,
        env=(*((bundle.variable, _trusted(host)[bundle.path]) for bundle in host.bundles), *configured, *env),
        proxies=host.proxies.names,
        variables=launch.env,
        mounts=(*trust, *mounts),
        engine_args=(*settings.engine_args, *launch.engine_args),
        output=out,
        group=launch.group,
        tty=launch.tty,
        stdin=launch.experiments is None,
    )


def credential_notes(key: Credentials | None) -> tuple[str, ...]:
    """What is said of credentials that the command line does not name itself."""
    if key is None or key.source.startswith("--"):
        return ()
    return (f"the run acts on Google Cloud with {key.kind}: {key.source} (--no_credentials: with none)",)


def _key_variables(key: Credentials) -> Iterator[tuple[str, str]]:
    """What google-auth reads, and what gcloud does (`gcloud topic configurations`), with a folder for its own files."""
    yield "GOOGLE_APPLICATION_CREDENTIALS", KEY_TARGET
    yield "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", KEY_TARGET
    yield "CLOUDSDK_CORE_ACCOUNT", key.account or "application-default"  # without one, gsutil works without credentials
    yield "CLOUDSDK_CONFIG", CLOUD_SDK_CONFIG
    if key.project:
        yield "GOOGLE_CLOUD_PROJECT", key.project
        yield "CLOUDSDK_CORE_PROJECT", key.project


def _trusted(host: Host) -> dict[str, str]:
    """Where the container has the files that the host trusts: a proxy that re-signs does so for runs too."""
    paths = dict.fromkeys(bundle.path for bundle in host.bundles)
    return {path: f"/run/caliban/ca-{number}.pem" for number, path in enumerate(paths, start=1)}


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


class _Single(Struct, frozen=True, kw_only=True):
    """One run, with the user's arguments."""

    arguments: tuple[str, ...]
    count: int = 1
    sweep: bool = False

    def __iter__(self) -> Iterator[Launch]:
        yield Launch(number=1, arguments=self.arguments)


class _Sweep(Struct, frozen=True, kw_only=True):
    """One run per experiment: the user's arguments, then the flags of the experiment."""

    arguments: tuple[str, ...]
    experiments: "Experiments"
    sweep: bool = True

    @property
    def count(self) -> int:
        return self.experiments.count

    def __iter__(self) -> Iterator[Launch]:
        from caliban.compiler.frontend.experiments import flags

        for number, experiment in enumerate(self.experiments, start=1):
            yield Launch(number=number, arguments=(*self.arguments, *flags(experiment)))


def lower_launches(project: Project, launch: LaunchOptions) -> Launches:
    """One run, or one per experiment."""
    if project.experiments is None:
        return _Single(arguments=launch.arguments)
    return _Sweep(arguments=launch.arguments, experiments=project.experiments)
