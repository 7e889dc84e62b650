"""One `caliban run` or `build`, from a plan to an exit code: check the host, build, run, sum up."""

import os
import sqlite3
import sys
from collections.abc import Mapping

from caliban.backends.docker.commands import output_of
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.respell import respell
from caliban.compiler.invocation import Build, Run
from caliban.compiler.plan import Container, Plan
from caliban.compiler.problems import network
from caliban.compiler.project import Project
from caliban.runtime.building.image import ensure_image
from caliban.runtime.building.size import check_forecast, check_size
from caliban.runtime.building.superseded import let_go
from caliban.runtime.building.workplace import Workplace
from caliban.runtime.credentials.key_loan import readable_credentials
from caliban.runtime.engine import Ids
from caliban.runtime.interrupts import Interrupts
from caliban.runtime.lending.proxies import is_loopback
from caliban.runtime.observing.gpu import has_amd_gpu, has_gpu
from caliban.runtime.problems import build as build_problems
from caliban.runtime.problems import engine as engine_problems
from caliban.runtime.problems import run as run_problems
from caliban.runtime.problems import state as state_problems
from caliban.runtime.running.containers import Result, Runner
from caliban.runtime.running.summary import Tally
from caliban.runtime.running.written import describe, keeping_option, written_files
from caliban.runtime.say import listing, report, say
from caliban.runtime.state.folder import state_folder
from caliban.runtime.state.index import State


def perform(
    invocation: Run | Build, plan: Plan, project: Project, root: str, interrupts: Interrupts, newest: Ids
) -> int:
    """Builds, and runs what is to be run; the exit code of SPEC §7. `newest`: as asked already. Raises Rejected."""
    folder = state_folder(os.environ)
    place = Workplace(root=root, folder=folder, state=_state(folder), environment=os.environ, interrupts=interrupts)
    _tell_left_out(project)
    check_secrets(project, place.environment)
    if isinstance(invocation, Run):
        code = _run(invocation, plan, project, place, newest)
    else:
        sys.stdout.write(f"{_image(plan, project, place, newest)}\n")
        code = 0
    let_go(plan, place)
    return code


def _state(folder: str) -> State | None:
    try:
        return State(folder)
    except (sqlite3.Error, OSError) as error:
        report(state_problems.state_forgotten(folder, str(error)))
        return None


def _tell_left_out(project: Project) -> None:
    if project.left_out:
        say(f"left out of the image: {listing(project.left_out)} (--include brings them back)")
    if project.keys_left_out:
        say(f"left out of the image, and mounted for the run: {listing(project.keys_left_out)}")


def _run(invocation: Run, plan: Plan, project: Project, place: Workplace, newest: Ids) -> int:
    retry = respell(invocation, mode="cpu")
    check_host(plan, place.environment, retry)
    image = _image(plan, project, place, newest)
    with readable_credentials(plan, place.folder) as readable:
        runner = Runner(readable, image, place.interrupts, retry)
        if plan.launches.sweep:
            return _sweep(runner, invocation, plan, place.interrupts)
        return _single(runner, invocation, plan, place.interrupts)


def _image(plan: Plan, project: Project, place: Workplace, newest: Ids) -> str:
    """The image, no larger than is allowed."""
    check_forecast(plan, place.root, place.folder)
    image = ensure_image(plan, project, place, newest)
    check_size(plan, image)
    return image


def check_secrets(project: Project, environment: Mapping[str, str]) -> None:
    """What the project's config asks of the user's environment, and the user did not grant. Raises Rejected."""
    settings = project.settings
    asked = [name for name in settings.build_secrets if name in environment and name not in settings.granted_secrets]
    if asked:
        raise Rejected(build_problems.secrets_not_granted(project.config.source or "", asked))


def check_host(plan: Plan, environment: Mapping[str, str], retry: str) -> None:
    """What the host lacks, before anything is built. Raises Rejected."""
    container = plan.container
    if plan.mode == "gpu" and not has_gpu(environment):
        raise Rejected(engine_problems.no_gpu(retry, on_mac=os.uname().sysname == "Darwin", amd=has_amd_gpu()))
    missing = [
        run_problems.mount_missing(mount.source, "--mount")
        for mount in container.mounts
        if not os.path.exists(mount.source)
    ]
    unset = [
        run_problems.variable_unset(variable.name)
        for variable in container.variables
        if variable.value is None and variable.name not in environment
    ]
    if missing or unset:
        raise Rejected(*missing, *unset)
    if names := _proxies_out_of_reach(container, environment):
        report(network.proxy_out_of_reach(names))
    if container.output is not None:
        _make_folder(container.output.source)


def _proxies_out_of_reach(container: Container, environment: Mapping[str, str]) -> list[str]:
    """Variables that name a proxy on this machine's loopback, for a container with a network of its own."""
    if {argument.name for argument in container.engine_args} & {"--network", "--net"}:
        return []
    given = {variable.name for variable in container.variables}
    names = (name for name in container.proxies if name not in given and name.lower() != "no_proxy")
    return [name for name in names if is_loopback(environment[name])]


def _make_folder(path: str) -> None:
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise Rejected(run_problems.output_unusable(path, error.strerror or str(error), "--output")) from None


def _single(runner: Runner, invocation: Run, plan: Plan, interrupts: Interrupts) -> int:
    try:
        result = runner.run(next(iter(plan.launches)))
        if plan.container.output is None and interrupts.first is None:
            _tell_written(runner, invocation)
    finally:
        runner.remove()
    if interrupts.first is not None:
        return interrupts.exit_code
    if result.remark:
        say(result.remark)
    return result.code


def _tell_written(runner: Runner, invocation: Run) -> bool:
    """Names the files that vanish; whether there are any."""
    files = written_files(runner.container, runner.upper)
    if not files:
        return False
    count = len(files)
    what = "1 file that the run wrote vanishes" if count == 1 else f"{count} files that the run wrote vanish"
    say(
        f"{what} with the container: "
        f"{describe(files)}\n         keep such files with: {respell(invocation, output=keeping_option(files))}"
    )
    return True


def _sweep(runner: Runner, invocation: Run, plan: Plan, interrupts: Interrupts) -> int:
    count = plan.launches.count
    tally = Tally(count)
    told = False
    for launch in plan.launches:
        say(f"run {launch.number} of {count}" + tally.forecast())
        if plan.container.output is not None:
            _make_folder(output_of(plan.container.output, plan, launch).source)
        try:
            result: Result = runner.run(launch)
            if not told and plan.container.output is None and interrupts.first is None:
                told = _tell_written(runner, invocation)
        finally:
            runner.remove()
        if interrupts.first is not None:
            break
        tally.add(result)
    say(tally.summary())
    if interrupts.first is not None:
        return interrupts.exit_code
    return 1 if tally.failed else 0
