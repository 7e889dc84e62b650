"""Does what an invocation asks for: compiles where there is a project, and hands over to whoever does the rest."""

import gc
import os
import sys

from caliban.compiler.frontend.survey import git_version_wanted, has_lock, survey
from caliban.compiler.host import NO_HISTORY, History
from caliban.compiler.invocation import (
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
from caliban.runtime.building.ahead import Ahead
from caliban.runtime.credentials.find import find_credentials
from caliban.runtime.interrupts import Interrupts
from caliban.runtime.observing.host import observe, version_from_git
from caliban.runtime.say import print_text, report, say


def carry_out(invocation: Invocation, interrupts: Interrupts, ahead: Ahead | None) -> int:
    """The exit code of SPEC §7; `ahead`: what the engine was asked already. Raises Rejected."""
    match invocation:
        case Expand():
            return _expand(invocation)
        case Diff():
            from caliban.runtime.explaining.difference import difference

            return difference(invocation, os.getcwd())
        case Run() | Compile() | Build() | Explain() | Lock():
            return _compile(invocation, interrupts, ahead)


def _expand(invocation: Expand) -> int:
    from caliban.compiler.frontend.disk import Disk
    from caliban.compiler.frontend.expansion import spell_expansion
    from caliban.compiler.frontend.survey import read_experiments

    disk = Disk(os.getcwd())
    stdin = _stdin() if invocation.config == "stdin" else None
    experiments = read_experiments(disk, invocation.config, stdin, source="CONFIG")
    lines = spell_expansion(experiments, pretty=invocation.pretty, flags=invocation.flags, count=invocation.count)
    for line in lines:
        print_text(line + "\n")
    return 0


def _compile(invocation: Compilation, interrupts: Interrupts, ahead: Ahead | None) -> int:
    root = os.getcwd()
    launch = invocation.launch if isinstance(invocation, Launched) else None
    found = find_credentials(invocation, os.environ)
    host = observe(
        root,
        stdin=_stdin() if launch is not None and launch.experiments == "stdin" else None,
        credentials=found.credentials,
        version=version_from_git(root) if git_version_wanted(root) else None,
        history=_history(invocation, root),
        store=_store(invocation),
        may_use_gpu=invocation.build.mode != "cpu",
    )
    project = survey(invocation, host)
    plan = compile_plan(invocation, project, host)
    gc.freeze()
    gc.enable()
    for warning in (*found.warnings, *project.warnings):
        report(warning)
    for note in plan.told:
        say(note)
    match invocation:
        case Compile():
            from caliban.runtime.emit import emit

            return emit(invocation, plan, project)
        case Explain():
            from caliban.runtime.explaining.explain import explain

            return explain(invocation, plan, project, host)
        case Run(dry_run=True):
            from caliban.runtime.emit import print_script

            return print_script(invocation, plan, project)
        case Lock():
            from caliban.runtime.locking.lock import lock

            return lock(plan, project, root)
        case Run() | Build():
            from caliban.runtime.building.newest import ask_for_newest

            newest = ask_for_newest(plan, ahead)  # while the rest is loaded
            from caliban.runtime.job import perform

            return perform(invocation, plan, project, root, interrupts, newest)


def _history(invocation: Compilation, root: str) -> History:
    """What orders and splits the layers, where there is something to order or to split."""
    ordered, locked = bool(invocation.build.directories), has_lock(root, invocation.build.requirements)
    if invocation.build.no_cache or not (ordered or locked):
        return NO_HISTORY
    from caliban.runtime.observing.history import observe_history

    return observe_history(root, os.environ, ask_git=ordered)


def _store(invocation: Compilation) -> str | None:
    """What decides whether data is linked, where there is any; only who needs the engine anyway asks it."""
    if not invocation.build.directories:
        return None
    from caliban.runtime.observing.store import observe_store

    needs_engine = isinstance(invocation, Build) or (isinstance(invocation, Run) and not invocation.dry_run)
    return observe_store(os.environ, may_ask=needs_engine)


def _stdin() -> str:
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
