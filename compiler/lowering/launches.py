"""Lowers the options of a run to the job and its launches, which are lazy."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.input.caller import Caller, Credentials
from caliban.compiler.input.config import Settings
from caliban.compiler.input.invocation import LaunchOptions, Variable
from caliban.compiler.input.project import Project
from caliban.compiler.input.secret_variables import holds_secret, secret_variables
from caliban.compiler.ir.job import BindMount, Job, Launch, Launches, SingleLaunch
from caliban.compiler.lowering.mounts import asked_mounts, mount_problems

if TYPE_CHECKING:
    from caliban.compiler.experiments.experiments import Experiments

KEY_TARGET = "/run/caliban/key.json"
CLOUD_SDK_CONFIG = "/tmp/gcloud"  # writable for whoever runs, in every image


def lower_job(project: Project, settings: Settings, launch: LaunchOptions, caller: Caller, *, built: bool) -> Job:
    """The job; `built` says that the image has the project's code. Raises Rejected."""
    key = caller.credentials
    secrets, engine_options = secret_variables((*settings.engine_args, *launch.engine_args))
    asked = asked_mounts(launch, caller)
    wrong = tuple(mount_problems(asked, project, caller.root, built=built))
    if wrong:
        raise Rejected(*wrong)
    out = next((each.mount for each in asked if each.mount.writable), None)
    env = [("COLUMNS", str(caller.terminal[0])), ("LINES", str(caller.terminal[1]))] if caller.terminal else []
    trust = [BindMount(source=path, target=target, writable=False) for path, target in _trusted(caller).items()]
    mounts = [each.mount for each in asked if not each.mount.writable]
    if key is not None:
        mounts.append(BindMount(source=key.path, target=KEY_TARGET, writable=False, secret=True))
        mounts += [BindMount(source=path, target=path, writable=False, secret=True) for path in key.referenced_files]
        users = {variable.name for variable in (*launch.env, *secrets)}
        env += [(name, value) for name, value in _key_variables(key) if name not in users]
    if out is not None:
        env.append(("CALIBAN_OUTPUT_DIR", out.target))
    # Those of the command line come after those of the config, and win; secrets of both travel by the environment.
    configured = {variable.name: variable.value or "" for variable in settings.env}
    private = {name: value for name, value in configured.items() if holds_secret(name, value) and name not in dict(env)}
    variables = {
        **{name: Variable(name=name, value=value) for name, value in private.items()},
        **{variable.name: variable for variable in (*launch.env, *secrets)},
    }
    public = [(name, value) for name, value in configured.items() if name not in variables]
    return Job(
        argv=project.entry.argv,
        launches=_launches(project, launch),
        gpus="all" if settings.mode == "gpu" else "none",
        environment=(*((bundle.variable, _trusted(caller)[bundle.path]) for bundle in caller.bundles), *public, *env),
        proxies=caller.proxies.names,
        variables=tuple(variables.values()),
        mounts=(*trust, *mounts),
        engine_options=engine_options,
        output=out,
        group=launch.group or (caller.group if launch.experiments is not None else None),
        tty=launch.tty,
        stdin=launch.experiments is None,
    )


def credential_notes(key: Credentials | None) -> tuple[str, ...]:
    """Return the note on credentials that the command line does not name."""
    if key is None or key.source.startswith("--"):
        return ()
    return (f"the run acts on Google Cloud with {key.kind}: {key.source} (--no_credentials: with none)",)


def _key_variables(key: Credentials) -> Iterator[tuple[str, str]]:
    """Yield the variables of google-auth and gcloud (`gcloud topic configurations`), with a folder for its files."""
    yield "GOOGLE_APPLICATION_CREDENTIALS", KEY_TARGET
    yield "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", KEY_TARGET
    yield "CLOUDSDK_CORE_ACCOUNT", key.account or "application-default"  # without one, gsutil works without credentials
    yield "CLOUDSDK_CONFIG", CLOUD_SDK_CONFIG
    if key.project:
        yield "GOOGLE_CLOUD_PROJECT", key.project
        yield "CLOUDSDK_CORE_PROJECT", key.project


def _trusted(caller: Caller) -> dict[str, str]:
    """Return the container's paths of files that the host trusts: a proxy that re-signs does so for runs too."""
    paths = dict.fromkeys(bundle.path for bundle in caller.bundles)
    return {path: f"/run/caliban/ca-{number}.pem" for number, path in enumerate(paths, start=1)}


class _Sweep(Struct, frozen=True, kw_only=True):
    """One run per experiment: the user's arguments, then the flags of the experiment."""

    arguments: tuple[str, ...]
    experiments: "Experiments"
    sweep: bool = True

    @property
    def count(self) -> int:
        return self.experiments.count

    def __iter__(self) -> Iterator[Launch]:
        from caliban.compiler.experiments.experiments import flags

        for number, experiment in enumerate(self.experiments, start=1):
            yield Launch(number=number, arguments=(*self.arguments, *flags(experiment)))


def _launches(project: Project, launch: LaunchOptions) -> Launches:
    """One run, or one per experiment."""
    if project.experiments is None:
        return SingleLaunch(arguments=launch.arguments)
    return _Sweep(arguments=launch.arguments, experiments=project.experiments)
