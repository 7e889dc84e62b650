"""Checks what this machine must have for a run, before anything is built."""

import os
from collections.abc import Iterator, Mapping

from caliban.backends.docker.own_mounts import own_mounts
from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.ir.job import Job
from caliban.compiler.ir.plan import Plan
from caliban.runtime.engine.engine import Engine
from caliban.runtime.observing.gpu import has_amd_gpu, has_gpu
from caliban.runtime.running import problems
from caliban.runtime.running.output import make_output
from caliban.runtime.say import report
from caliban.runtime.settings.proxies import is_loopback
from caliban.runtime.terminals import is_background_job


def check_host(plan: Plan, environment: Mapping[str, str], retry: str, project: str) -> None:
    """Raises Rejected for what is missing; makes the folder of -o, wherever it is.

    `retry` is the command line for where there is no GPU, `project` the project's absolute path.
    """
    job = plan.job
    if plan.mode == "gpu" and not has_gpu(environment):
        raise Rejected(problems.no_gpu(retry, on_mac=os.uname().sysname == "Darwin", amd=has_amd_gpu()))
    missing = [
        problems.mount_missing(mount.source, "--mount") for mount in job.mounts if not os.path.exists(mount.source)
    ]
    unset = [
        problems.variable_unset(variable.name)
        for variable in job.variables
        if variable.value is None and variable.name not in environment
    ]
    garbled = [
        problems.variable_not_utf8(name)
        for name in dict.fromkeys((*_taken(job), *job.proxies))
        if not _is_utf8(environment.get(name, ""))
    ]
    beneath = () if missing else tuple(_places_missing(job))
    if missing or unset or garbled or beneath:
        raise Rejected(*missing, *unset, *garbled, *beneath)
    if names := _proxies_out_of_reach(job, environment):
        report(problems.proxy_out_of_reach(names))
    if job.output is not None:
        make_output(job.output.source, project)


def _places_missing(job: Job) -> Iterator[Diagnostic]:
    """A problem for each mount below a read-only one that has nothing to mount it at: the engine cannot make that."""
    mounts, output = own_mounts(job), job.output
    for mount in mounts:
        above = [other for other in mounts if mount.target.startswith(f"{other.target}/")]
        if not above:
            continue
        outer = max(above, key=lambda other: len(other.target))
        place = outer.source + mount.target[len(outer.target) :]
        is_made = output is not None and f"{output.source}/".startswith(f"{place}/")
        is_folder = mount is output or os.path.isdir(mount.source)
        if outer.writable or is_made or (os.path.isdir(place) if is_folder else os.path.isfile(place)):
            continue
        option = "--output" if mount is output else "--mount"
        yield problems.no_place_to_mount(option, mount.source, mount.target, outer.source, place)


def _taken(job: Job) -> Iterator[str]:
    """The variables whose values docker's client takes from the environment."""
    yield from (variable.name for variable in job.variables if variable.value is None)
    values = (argument.value or "=" for argument in job.engine_options if argument.name == "--env")
    yield from (value for value in values if "=" not in value)


def _is_utf8(text: str) -> bool:
    return not any("\udc80" <= char <= "\udcff" for char in text)  # bytes that were none: os.fsdecode


def check_arguments(plan: Plan, engine: Engine) -> None:
    """Raises Rejected where docker would refuse the user's options for `docker run`, or has no terminal to give."""
    job = plan.job
    given = {argument.name for argument in job.engine_options if argument.value in (None, "true")}
    if job.tty or ("--tty" in given and (job.stdin or "--interactive" in given)):
        background = is_background_job()
        if background or not os.isatty(0):
            option = "--tty" if job.tty else "--docker_run_args --tty"
            raise Rejected(problems.no_terminal(option, background=background))
    words = [word for argument in job.engine_options for word in argument.words]
    if words and (refusal := engine.refused_options(words)) is not None:
        raise Rejected(problems.arguments_refused(job.engine_options, refusal))


def _proxies_out_of_reach(job: Job, environment: Mapping[str, str]) -> list[str]:
    """Variables that name a proxy on this machine's loopback, for a container with a network of its own."""
    if {argument.name for argument in job.engine_options} & {"--network", "--net"}:
        return []
    given = {variable.name for variable in job.variables}
    names = (name for name in job.proxies if name not in given and name.lower() != "no_proxy")
    return [name for name in names if is_loopback(environment[name])]
