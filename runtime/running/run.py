"""`caliban run`: from a plan to an exit code: check the machine, build, run, sum up."""

import os
from collections.abc import Mapping
from contextlib import closing
from itertools import count

from caliban.compiler.diagnostics import ENGINE, Rejected
from caliban.compiler.frontend.cli.run_limits import render_duration
from caliban.compiler.frontend.cli.unparse import unparse
from caliban.compiler.input.invocation import Mount, Run
from caliban.compiler.input.project import Project
from caliban.compiler.ir.effects import WORKDIR
from caliban.compiler.ir.plan import Plan, Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.runtime.building.build import build_image, prepare_build
from caliban.runtime.building.leases import leased
from caliban.runtime.building.prune import prune_images
from caliban.runtime.credentials.key_loan import readable_credentials
from caliban.runtime.interrupts import Interrupted, Interrupts
from caliban.runtime.running import problems
from caliban.runtime.running.announce import announce_run
from caliban.runtime.running.check_host import check_arguments, check_host
from caliban.runtime.running.executor import EndedRun, Executor
from caliban.runtime.running.orphans import finish_orphans
from caliban.runtime.running.output import is_output
from caliban.runtime.running.result import Result
from caliban.runtime.running.results.lost import describe
from caliban.runtime.running.runs import Runs
from caliban.runtime.running.summary import PIPED_WIDTH, Tally
from caliban.runtime.say import listing, report, say
from caliban.runtime.session import Session


def run(invocation: Run, plan: Plan, project: Project, session: Session) -> int:
    """Builds, and runs what is to be run; the exit code of SPEC §7. Raises Rejected."""
    prepare_build(project, session)
    retry = unparse(invocation, mode="cpu")
    check_arguments(plan, session.engine)
    check_host(plan, session.environment, retry, session.root)
    announce_run(plan, session)
    image = build_image(plan, project, session)
    with leased(plan, image, session.engine), readable_credentials(plan, session.machine, session.folder) as readable:
        runs = Runs(readable, image, session, retry, project)
        executor = Executor(runs, session.engine, session.interrupts, timeout=invocation.limits.timeout)
        running = _sweep if plan.job.launches.sweep else _single
        code = running(executor, runs, invocation, readable, session)
    if session.interrupts.first is None:
        finish_orphans(session.engine, session.orphans.result(), session.folder)
    prune_images(plan, session)
    return code


def _single(executor: Executor, runs: Runs, invocation: Run, plan: Plan, session: Session) -> int:
    with closing(executor.results(plan.job.launches)) as results:
        ended = next(results, None)
        if ended is None:  # a signal came before it was started
            raise Interrupted
        remark = _remark(ended, runs, invocation)
        complete = True
        if plan.job.output is not None:
            complete = _bring(ended, _sizes(plan), session.interrupts)
        elif session.interrupts.first is None:
            _report_lost(ended, invocation, session.root)
    if session.interrupts.first is not None:
        return session.interrupts.exit_code
    if remark:
        say(remark)
    if ended.cut_off:
        report(problems.output_cut_off(ended.handle.container))
        return ENGINE
    return ended.code if complete else ended.code or ENGINE


def _sweep(executor: Executor, runs: Runs, invocation: Run, plan: Plan, session: Session) -> int:
    tally, interrupts, limits = Tally(plan.job.launches.count), session.interrupts, invocation.limits
    reported, complete, cut_off, sizes = False, True, False, _sizes(plan)
    try:
        with closing(executor.results(plan.job.launches)) as results:
            for ended in results:
                remark = _remark(ended, runs, invocation)
                if plan.job.output is not None:
                    complete = _bring(ended, sizes, interrupts) and complete
                elif not reported and interrupts.first is None:
                    reported = _report_lost(ended, invocation, session.root)
                if interrupts.first is not None:
                    break
                launch, cut_off = ended.launch, ended.cut_off
                result = Result(
                    number=launch.number,
                    arguments=launch.arguments,
                    code=ended.code,
                    seconds=ended.seconds,
                    remark=remark,
                )
                tally.add(result)
                say(tally.line(result, _width()), also_quiet=result.code != 0)
                if cut_off:
                    report(problems.output_cut_off(ended.handle.container))
                    break
                if tally.failed == limits.max_failures:
                    tally.stop("--fail_fast" if limits.max_failures == 1 else f"--max_failures {limits.max_failures}")
                    break
    finally:  # also where the engine is lost
        say(tally.summary(_width()), also_quiet=tally.failed > 0)
    if interrupts.first is not None:
        return interrupts.exit_code
    if cut_off or (not tally.failed and not complete):
        return ENGINE
    return 1 if tally.failed else 0


def _remark(ended: EndedRun, runs: Runs, invocation: Run) -> str:
    """Return the remark of a summary on a run: '' if it succeeded, or if its own output explains its failure."""
    if ended.handle.timed_out:
        assert invocation.limits.timeout is not None, "only that ends a run"
        return f"ended after {render_duration(invocation.limits.timeout)} (--timeout)"
    return runs.remark(ended.launch, ended.handle, ended.state)


def _bring(ended: EndedRun, sizes: Mapping[str, int], interrupts: Interrupts) -> bool:
    """Brings the results of a run to its output; whether that went well. What a user would miss is said.

    Raises Interrupted at a second signal: then the container keeps what was not brought.
    """
    handle, before = ended.handle, interrupts.count

    def react(_number: int, count: int) -> None:
        if count > before + 1:
            raise Interrupted
        say("the results are being brought; once more leaves the rest of them in the container")

    try:
        with interrupts.reaching(react):
            brought = handle.bring_results(ended.state, sizes)
    except Rejected as rejected:
        for problem in rejected.diagnostics:
            report(problem)
        return False
    except Interrupted:
        report(problems.results_left(handle.container, handle.output or ""))
        raise
    for line in brought.lines(handle.output or ""):
        say(line)
    return True


def _sizes(plan: Plan) -> dict[str, int]:
    """The bytes that the image holds below folders of the working directory, as far as they are known."""
    steps = plan.image.steps if isinstance(plan.image, Recipe) else ()
    copies = (step for step in steps if isinstance(step, CopyFolder))
    return {WORKDIR if step.path == "." else f"{WORKDIR}/{step.path}": step.size for step in copies}


def _report_lost(ended: EndedRun, invocation: Run, root: str) -> bool:
    """Names the files that vanish; whether there are any."""
    try:
        lost = ended.handle.lost_files(ended.state)
    except Rejected as rejected:
        for problem in rejected.diagnostics:
            report(problem)
        return True
    if not lost.files and not lost.volumes:
        return False
    lines = []
    if lost.files:
        what = "1 file of the run will be lost" if lost.files == 1 else f"{lost.files} files of the run will be lost"
        elsewhere = f", and {lost.elsewhere} outside {WORKDIR}" if lost.elsewhere else ""
        lines.append(f"{what}: {describe(lost)}{elsewhere}")
    if lost.volumes:
        lines.append(f"what it wrote to the volumes of its image will be lost: {listing(lost.volumes)}")
    keep = unparse(invocation, output=Mount(source=_free_name(root), target=None))
    say("\n         ".join((*lines, f"keep them: {keep}")))
    return True


def _free_name(root: str) -> str:
    """A name for a folder of results that is not there yet, or holds nothing but results: 'results', 'results-2'."""
    names = ("results" if number == 1 else f"results-{number}" for number in count(1))
    return next(name for name in names if not os.path.lexists(f"{root}/{name}") or is_output(f"{root}/{name}"))


def _width() -> int:
    """Of the terminal that has our stderr."""
    try:
        return os.get_terminal_size(2).columns or PIPED_WIDTH
    except OSError:
        return PIPED_WIDTH
