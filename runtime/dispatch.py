"""Does what an invocation asks for: compiles where there is a project, and hands over to the command's own module."""

import gc
import sys

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.project.survey import survey
from caliban.compiler.input.invocation import (
    Build,
    Compilation,
    Compile,
    Diff,
    Expand,
    Explain,
    Invocation,
    Launched,
    Lock,
    Run,
)
from caliban.compiler.pipeline import compile_plan
from caliban.runtime import problems
from caliban.runtime.building.announce import announce
from caliban.runtime.credentials.find import find_credentials
from caliban.runtime.observing.caller import read_caller
from caliban.runtime.observing.observe import observe
from caliban.runtime.say import print_text, report, say
from caliban.runtime.session import Session


def dispatch(invocation: Invocation, session: Session) -> int:
    """The exit code of SPEC §7. Raises Rejected."""
    match invocation:
        case Expand():
            return _expand(invocation, session)
        case Diff():
            from caliban.runtime.explaining.difference import difference

            return difference(invocation, session)
        case Run() | Compile() | Build() | Explain() | Lock():
            return _compile(invocation, session)


def _expand(invocation: Expand, session: Session) -> int:
    from caliban.compiler.experiments.expansion import render_expansion
    from caliban.compiler.frontend.project.disk import Disk
    from caliban.compiler.frontend.project.survey import read_experiments

    stdin = _stdin() if invocation.config == "stdin" else None
    experiments = read_experiments(Disk(session.root), invocation.config, stdin, source="CONFIG")
    lines = render_expansion(experiments, pretty=invocation.pretty, flags=invocation.flags, count=invocation.count)
    for line in lines:
        print_text(line + "\n")
    return 0


def _compile(invocation: Compilation, session: Session) -> int:
    launch = invocation.launch if isinstance(invocation, Launched) else None
    found = find_credentials(invocation, session.environment)
    caller = read_caller(
        session.root,
        session.environment,
        stdin=_stdin() if launch is not None and launch.experiments == "stdin" else None,
        credentials=found.credentials,
    )
    project = survey(invocation, caller)
    observed = observe(invocation, project, session)
    plan = compile_plan(invocation, project, caller, observed)
    gc.freeze()
    gc.enable()
    for warning in found.warnings:
        report(warning)
    if not _may_build(invocation):  # else these are said when something is built
        announce(plan, project)
    if not isinstance(invocation, Run) or invocation.dry_run:  # a run says them where they are news
        for note in plan.notes:
            say(note)
    match invocation:
        case Compile():
            from caliban.runtime.emit import emit

            return emit(invocation, plan, project, session.machine)
        case Explain():
            from caliban.compiler.lowering.lower import lower
            from caliban.runtime.explaining.explain import explain

            return explain(invocation, plan, project, lower(invocation, project, caller, observed), session)
        case Run(dry_run=True):
            from caliban.runtime.emit import print_script

            return print_script(invocation, plan, project, session.machine)
        case Lock():
            from caliban.runtime.locking.lock import lock

            session.interrupts.listen()
            return lock(plan, project, session)
        case Run():
            from caliban.runtime.running.run import run

            session.interrupts.listen()
            return run(invocation, plan, project, session)
        case Build():
            from caliban.runtime.building.build import build

            session.interrupts.listen()
            return build(plan, project, session)


def _may_build(invocation: Compilation) -> bool:
    """Return whether notes about the image wait until one is built."""
    return isinstance(invocation, Build) or (
        isinstance(invocation, Run) and not invocation.dry_run and invocation.image_id is None
    )


def _stdin() -> str:
    """The text of standard input. Raises Rejected where it cannot be read."""
    if sys.stdin is None:  # closed before caliban was started
        raise Rejected(problems.stdin_unusable("it is closed"))
    try:
        return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    except OSError as error:
        from caliban.compiler.os_errors import refusal_to_read

        raise Rejected(problems.stdin_unusable(refusal_to_read(error).reason)) from None
