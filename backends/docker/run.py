"""A plan into the command line of `docker run`."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from caliban.backends.command import Command
from caliban.backends.docker.build import image_tag, platform_option
from caliban.backends.docker.hardening import hardening
from caliban.backends.docker.own_mounts import own_mounts
from caliban.backends.docker.words import csv_value
from caliban.compiler.input.machine import Machine
from caliban.compiler.ir.job import BindMount, Job, Launch
from caliban.compiler.ir.plan import Plan


class RunSite(Struct, frozen=True, kw_only=True):
    """The facts that a real run adds: a container that is owned, and kept until it was inspected."""

    image: str  # by id: a tag may name another image by now
    name: str
    labels: tuple[str, ...]
    output: str | None = None  # the folder for its results
    has_init: bool = True


def run_command(plan: Plan, launch: Launch, machine: Machine, site: RunSite | None = None) -> Command:
    """`docker run` of one launch; where the user's arguments contradict ours, ours are left out or come first."""
    job = plan.job
    given = {argument.name for argument in job.engine_options}
    groups: list[Sequence[str]] = [("docker", "run")]
    if site is None:
        groups.append(("--rm", *_interaction(job)))
    else:
        groups.append(("--name", site.name, *_interaction(job)))
        groups += [("--label", label) for label in site.labels]
    if job.group is not None and site is None:
        groups.append(("--label", f"caliban.group={job.group}"))
    groups += platform_option(plan)
    if job.gpus == "all" and "--gpus" not in given:
        groups.append(("--gpus", "all"))
    if "--user" not in given:
        groups.append(("--user", f"{machine.uid}:{machine.gid}"))
    groups.append(("--env", f"USER={machine.user}", "--env", f"LOGNAME={machine.user}"))
    if (site is None or site.has_init) and "--init" not in given:
        groups.append(("--init",))
    if not given & {"--shm-size", "--ipc"}:
        groups.append(("--shm-size", _half(machine.memory)))
    groups += hardening(job, machine)
    groups += [("--env", name) for name in job.proxies]
    groups += [("--env", f"{name}={value}") for name, value in job.environment]
    groups += [("--env", variable.name) for variable in job.variables]
    for mount in own_mounts(job):
        source: str | None = mount.source
        if mount is job.output:
            source = site.output if site is not None else output_of(mount, plan, launch)
            assert source is not None, "a run with an output has a folder for it"
        groups.append(("--mount", _mount(replace(mount, source=source))))
    typed = {*range(len(groups), len(groups) + len(job.engine_options))}
    groups += [argument.words for argument in job.engine_options]
    groups.append(("--entrypoint", job.argv[0]))
    image = site.image if site else image_tag(plan)
    groups.append((image, *job.argv[1:], *launch.arguments))
    return Command(groups=tuple(map(tuple, groups)), typed=frozenset({*typed, len(groups) - 1}))


def output_of(output: BindMount, plan: Plan, launch: Launch) -> str:
    """The folder for the results of one run: of a sweep, each has its own, by its group and number."""
    return f"{output.source}/{plan.job.group}/{launch.number}" if plan.job.launches.sweep else output.source


def _interaction(job: Job) -> tuple[str, ...]:
    if job.tty:
        return ("--interactive", "--tty")
    return ("--interactive",) if job.stdin else ()


def _half(memory: int) -> str:
    """Half the memory for /dev/shm, where data loaders of several processes meet: docker's own 64 MB are too few."""
    mebibytes = max(64, memory // 2 >> 20)
    return f"{mebibytes >> 10}g" if mebibytes % 1024 == 0 else f"{mebibytes}m"


def _mount(mount: BindMount) -> str:
    fields = ("type=bind", f"source={mount.source}", f"target={mount.target}")
    return csv_value(*fields) if mount.writable else csv_value(*fields, "readonly")
