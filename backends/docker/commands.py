"""A plan into the command lines of `docker`: buildx build, run."""

from collections.abc import Sequence

from msgspec import Struct

from caliban.backends.command import Command
from caliban.backends.docker.hardening import hardening
from caliban.backends.docker.words import INDEXES, csv_value, tag_name
from caliban.compiler.plan import BindMount, Container, ExistingImage, Launch, Plan

LABEL = "caliban=image"
# The builder rewrites no times of an image that it puts into the engine's store itself: "conflicts with unpack"
# (docker/cli #5256). Provenance would tell when it was built.
_ARCHIVE = ("--provenance=false", "--output", "type=oci,rewrite-timestamp=true,dest=-")
_LOAD = ("docker", "load")


class BuildSite(Struct, frozen=True, kw_only=True):
    """Where a real build finds things; a dry run needs none of it."""

    dockerfile: str
    context: str
    contexts: tuple[tuple[str, str], ...] = ()  # name, folder: in place of a stage or an image
    secrets: tuple[tuple[str, str], ...] = ()  # id, file
    secret_variables: tuple[tuple[str, str], ...] = ()  # id, name of the variable in the client's environment
    indexes: str = ""  # what tells those that are asked from others
    host_network: bool = False
    archive: bool = False  # the image comes as an archive: only there does the builder rewrite times
    tags: tuple[str, ...] = ()


class RunSite(Struct, frozen=True, kw_only=True):
    """What a real run adds: a container that is owned, and kept until it was inspected."""

    image: str  # by id: a tag can be overtaken
    name: str
    labels: tuple[str, ...]
    has_init: bool = True


def image_tag(plan: Plan) -> str:
    """The tag of a project's image: 'caliban/example:cpu'."""
    if isinstance(plan.image, ExistingImage):
        return plan.image.reference
    return f"caliban/{tag_name(plan.project)}:{plan.mode}"


def build_command(plan: Plan, dockerfile: str, site: BuildSite | None = None) -> Command:
    """`docker buildx build`; without a site, of the current directory, the Dockerfile on its standard input."""
    container = plan.container
    tags = (image_tag(plan), *(site.tags if site else ()), *((plan.tag,) if plan.tag else ()))
    groups: list[Sequence[str]] = [
        ("docker", "buildx", "build"),
        *_platform(plan),
        ("--build-arg", f"CALIBAN_UID={container.uid}", "--build-arg", f"CALIBAN_GID={container.gid}"),
        *(("--build-arg", name) for name in plan.proxies),
        *_epoch(plan),
        ("--label", LABEL),
        *(("--tag", tag) for tag in tags),
    ]
    if plan.no_cache:
        groups.append(("--no-cache",))
    archive = plan.epoch is not None if site is None else site.archive
    reader = _LOAD if archive else ()
    if site is None:
        groups += [_ARCHIVE if archive else (), ("--file", "-"), (".",)]
        return _command(groups, stdin=dockerfile, reader=reader)
    groups += [("--build-arg", f"{INDEXES}={site.indexes}")] if site.indexes else []
    groups += [("--build-context", f"{name}={folder}") for name, folder in site.contexts]
    groups += [("--secret", csv_value(f"id={name}", f"src={file}")) for name, file in site.secrets]
    groups += [("--secret", csv_value(f"id={name}", f"env={variable}")) for name, variable in site.secret_variables]
    groups += [("--network", "host")] if site.host_network else []
    groups += [_ARCHIVE if archive else ("--load",), ("--file", site.dockerfile), (site.context,)]
    return _command(groups, reader=reader)


def run_command(plan: Plan, launch: Launch, site: RunSite | None = None) -> Command:
    """`docker run` of one launch; where the user's arguments contradict ours, ours are left out or come first."""
    container = plan.container
    given = {argument.name for argument in container.engine_args}
    groups: list[Sequence[str]] = [("docker", "run")]
    if site is None:
        groups.append(("--rm", *_interaction(container)))
    else:
        groups.append(("--name", site.name, *_interaction(container)))
        groups += [("--label", label) for label in site.labels]
    if container.group is not None and site is None:
        groups.append(("--label", f"caliban.group={container.group}"))
    groups += _platform(plan)
    if container.mode == "gpu" and "--gpus" not in given:
        groups.append(("--gpus", "all"))
    if "--user" not in given:
        groups.append(("--user", f"{container.uid}:{container.gid}"))
    groups.append(("--env", f"USER={container.user}", "--env", f"LOGNAME={container.user}"))
    if (site is None or site.has_init) and "--init" not in given:
        groups.append(("--init",))
    if not given & {"--shm-size", "--ipc"}:
        groups.append(("--shm-size", _half(container.memory)))
    groups += hardening(container)
    groups += [("--env", name) for name in container.proxies]
    groups += [("--env", f"{name}={value}") for name, value in container.env]
    groups += [("--env", variable.name) for variable in container.variables]
    groups += [("--mount", _mount(mount)) for mount in container.mounts]
    if container.output is not None:
        groups.append(("--mount", _mount(output_of(container.output, plan, launch))))
    groups += [argument.words for argument in container.engine_args]
    groups.append(("--entrypoint", container.argv[0]))
    image = site.image if site else image_tag(plan)
    return _command([*groups, (image, *container.argv[1:], *launch.arguments)])


def output_of(output: BindMount, plan: Plan, launch: Launch) -> BindMount:
    """The folder for the results of one run: of a sweep, each has its own."""
    if not plan.launches.sweep:
        return output
    width = len(str(plan.launches.count))
    return BindMount(source=f"{output.source}/{launch.number:0{width}}", target=output.target, writable=True)


def _command(groups: Sequence[Sequence[str]], stdin: str | None = None, reader: tuple[str, ...] = ()) -> Command:
    return Command(groups=tuple(tuple(group) for group in groups if group), stdin=stdin, reader=reader)


def _platform(plan: Plan) -> list[tuple[str, str]]:
    return [("--platform", plan.platform)] if plan.platform else []


def _epoch(plan: Plan) -> list[tuple[str, str]]:
    """For the builder itself: a RUN sees it only where its Dockerfile declares it."""
    return [("--build-arg", f"SOURCE_DATE_EPOCH={plan.epoch}")] if plan.epoch is not None else []


def _interaction(container: Container) -> tuple[str, ...]:
    if container.tty:
        return ("--interactive", "--tty")
    return ("--interactive",) if container.stdin else ()


def _half(memory: int) -> str:
    """Half the memory for /dev/shm, where data loaders of several processes meet: docker's own 64 MB are too few."""
    mebibytes = max(64, memory // 2 >> 20)
    return f"{mebibytes >> 10}g" if mebibytes % 1024 == 0 else f"{mebibytes}m"


def _mount(mount: BindMount) -> str:
    fields = ("type=bind", f"source={mount.source}", f"target={mount.target}")
    return csv_value(*fields) if mount.writable else csv_value(*fields, "readonly")
