"""A plan into the command line of `docker run`."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from caliban.backends.command import Command
from caliban.backends.docker.build import image_tag, platform_option
from caliban.backends.docker.hardening import hardening
from caliban.backends.docker.own_mounts import own_mounts
from caliban.backends.docker.words import csv_value
from caliban.compiler.ir.plan import BindMount, Container, Launch, Plan


class RunSite(Struct, frozen=True, kw_only=True):
    """What a real run adds: a container that is owned, and kept until it was inspected."""

    image: str  # by id: a tag may name another image by now
    name: str
    labels: tuple[str, ...]
    output: str | None = None  # the folder for its results
    has_init: bool = True


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
    groups += platform_option(plan)
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
    for mount in own_mounts(container):
        source: str | None = mount.source
        if mount is container.output:
            source = site.output if site is not None else output_of(mount, plan, launch)
            assert source is not None, "a run with an output has a folder for it"
        groups.append(("--mount", _mount(replace(mount, source=source))))
    typed = {*range(len(groups), len(groups) + len(container.engine_args))}
    groups += [argument.words for argument in container.engine_args]
    groups.append(("--entrypoint", container.argv[0]))
    image = site.image if site else image_tag(plan)
    groups.append((image, *container.argv[1:], *launch.arguments))
    return Command(groups=tuple(map(tuple, groups)), typed=frozenset({*typed, len(groups) - 1}))


def output_of(output: BindMount, plan: Plan, launch: Launch) -> str:
    """The folder for the results of one run: of a sweep, each has its own, by its group and number."""
    return f"{output.source}/{plan.container.group}/{launch.number}" if plan.launches.sweep else output.source


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
