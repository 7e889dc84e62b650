"""The runs of one plan: how each is started, and what its end means."""

import os
import re
import subprocess
import time
from typing import NoReturn

from caliban.backends.docker.run import RunSite, run_command
from caliban.backends.docker.words import tag_name
from caliban.compiler.diagnostics import ENGINE, Diagnostic, Place, Rejected
from caliban.compiler.input.project import Project
from caliban.compiler.ir.job import Launch
from caliban.compiler.ir.plan import ExistingImage, Plan
from caliban.runtime.credentials.refused_key import refusal
from caliban.runtime.engine import problems as engine_problems
from caliban.runtime.engine.answers import ContainerState, last_line
from caliban.runtime.engine.refusals import Refusal, classify
from caliban.runtime.execute import ArgumentsTooLongError, Outcome, Streams
from caliban.runtime.interrupts import Interrupted
from caliban.runtime.problems import ARGS
from caliban.runtime.running import problems
from caliban.runtime.running.handle import RunHandle
from caliban.runtime.running.hints import LINES, Ending, hint_after, last_lines
from caliban.runtime.running.notes import Note, write_note
from caliban.runtime.running.output import claim_output
from caliban.runtime.running.owner import owner_labels
from caliban.runtime.say import report, show
from caliban.runtime.session import Session
from caliban.runtime.terminals import is_background_job

NOT_FOUND = 127  # the exit code of a program that is not there
TAIL = 3  # lines of a failed run's output that the summary has
TRACEBACK = 100  # lines in which a library says why the cloud refused


class LostContactError(Rejected):
    """The engine went away while a container ran: it is kept, to be asked when the engine is back."""


class Runs:
    """The common part of a plan's runs."""

    def __init__(self, plan: Plan, image: str, session: Session, retry: str, project: Project | None = None) -> None:
        self._plan = plan
        self._image = image
        self._session = session
        self._retry = retry  # the command line for where there is no GPU
        self._has_init = True
        self._group = () if plan.job.group is None else (f"caliban.group={plan.job.group}",)
        self._id = os.urandom(4).hex()
        self._refused = False  # and it was reported
        self._reported_missing = False
        self._project = project
        self._hinted: set[Diagnostic] = set()

    def start(self, launch: Launch, output: str | None = None, streams: Streams | None = None) -> RunHandle:
        """Starts a container for a launch, with `output` as the folder for its results, where the plan has one.

        Without `streams`, they are caliban's own, as far as the plan gives them. The container has a name and labels
        from the first moment, and stays until it is removed.
        """
        since = time.time_ns()
        identity = f"{self._id}-{launch.number}-{os.urandom(2).hex()}"
        name = f"caliban-{tag_name(self._plan.project)}-{identity}"
        labels = (
            "caliban=run",
            f"caliban.run={identity}",
            *owner_labels(),
            *self._group,
        )
        note = Note(output=output, since=since)
        write_note(self._session.folder, name, note)
        site = RunSite(image=self._image, name=name, labels=labels, output=output, has_init=self._has_init)
        command = run_command(self._plan, launch, self._session.machine, site)
        show(command)
        job, engine = self._plan.job, self._session.engine
        reads = (job.stdin or job.tty) and not is_background_job()
        own_group = not (reads and os.isatty(0))
        given = streams or Streams(stdin=None if reads else subprocess.DEVNULL)
        try:
            client = engine.start_run(command, given, _values(self._plan), own_group=own_group)
        except ArgumentsTooLongError as error:
            raise Rejected(*(self._placed(problem, launch) for problem in error.diagnostics)) from None
        return RunHandle(engine, name, client, own_group=own_group, folder=self._session.folder, note=note)

    def claim_output(self, launch: Launch) -> str | None:
        """The folder for the results of a run: of a sweep, each has its own. Raises Rejected."""
        output = self._plan.job.output
        if output is None or not self._plan.job.launches.sweep:
            return output.source if output is not None else None
        return claim_output(f"{output.source}/{self._plan.job.group}", launch.number, self._session.root)

    def report_orphans(self) -> None:
        """Names what a killed caliban left running, while the container of a run is being made."""
        self._session.orphans.result()

    def _placed(self, problem: Diagnostic, launch: Launch) -> Diagnostic:
        """Too many arguments at their source: the experiment, where most of them come from it."""
        typed, all_of_them = (sum(map(len, words)) for words in (self._plan.job.launches.arguments, launch.arguments))
        if problem.place is None or problem.place.source != ARGS or all_of_them < 2 * typed + 1:
            return problem
        return problem._replace(place=Place(source=f"--experiment_config, run {launch.number}"))

    def needs_restart(self, state: ContainerState | None) -> bool:
        """Return whether a run never began because this engine has no init; later ones are started without."""
        if state is None or state.began or not self._has_init or classify(state.error) is not Refusal.NO_INIT:
            return False
        self._has_init = False
        return True

    def explain(self, handle: RunHandle, state: ContainerState | None) -> NoReturn:
        """Raises Rejected: the engine refused, or somebody removed the container or its image.

        LostContactError: the engine went away; Interrupted where that was asked for.
        """
        if self._session.interrupts.first is not None:
            raise Interrupted
        if state is None and self._session.engine.diagnose() is not None:  # it answered just before the run
            handle.note_lost_contact()
            raise LostContactError(problems.lost_contact(handle.container), exit_code=ENGINE)
        if state is None and handle.wait() != ENGINE:  # docker's client ends with that if it made none
            raise Rejected(engine_problems.container_removed(handle.container), exit_code=ENGINE)
        if state is None and not self._session.engine.has_image(self._image):
            image = self._plan.image
            if isinstance(image, ExistingImage):
                raise Rejected(engine_problems.image_missing(image.reference), exit_code=ENGINE)
            raise Rejected(engine_problems.image_gone(self._image), exit_code=ENGINE)
        words, given = (state.error if state is not None else ""), self._plan.job.engine_options
        refusal = classify(words)
        if refusal is Refusal.NO_GPU:
            raise Rejected(engine_problems.no_gpu_toolkit(self._retry, words))
        if given and refusal in (Refusal.OTHER, Refusal.UNKNOWN_CONTAINER):
            raise Rejected(problems.arguments_refused(given, words))
        raise Rejected(engine_problems.engine_refused(words), exit_code=ENGINE)

    def _report_missing(self, handle: RunHandle, image: str) -> None:
        """Says what it means where an image that is run as it is has no such script."""
        argv, words = self._plan.job.argv, _last_line(_last_output(handle, TAIL))
        asked = argv[2] if argv[:2] == ("python", "-m") else argv[-1]
        top = asked.partition(".")[0]
        if re.search(rf"can't open file '[^']*{re.escape(asked)}'|{re.escape(asked)}: No such file", words) or (
            argv[1:2] == ("-m",) and re.search(rf"No module named '?({re.escape(asked)}|{re.escape(top)})'?\)?$", words)
        ):
            self._reported_missing = True
            report(problems.not_in_image(asked, image))

    def _hint(self, launch: Launch, state: ContainerState, output: Outcome) -> None:
        """Says why a run failed, where its words tell it; the same once in a sweep."""
        if self._project is None:
            return
        ending = Ending(state.code, last_lines(output.stdout, output.stderr), launch.arguments)
        hint = hint_after(ending, self._plan, self._project, self._session.root)
        if hint is not None and hint not in self._hinted:
            self._hinted.add(hint)
            report(hint)

    def remark(self, launch: Launch, handle: RunHandle, state: ContainerState) -> str:
        """Return the remark of a summary on a failed run: '' if its own output explains it; warnings are reported."""
        if state.out_of_memory and state.code == 0:
            report(problems.child_out_of_memory())
        if state.code == 0:
            return ""
        if state.status in _REMOVED:
            return "the container was removed by another program while it ran"
        if state.out_of_memory:
            limit = f" (limit {_bytes(state.memory_limit)})" if state.memory_limit else ""
            return (
                f"out of memory{limit}{'' if self._plan.job.launches.sweep else _MORE_MEMORY[bool(state.memory_limit)]}"
            )
        if isinstance(self._plan.image, ExistingImage) and state.code in _NOT_THERE and not self._reported_missing:
            self._report_missing(handle, self._plan.image.reference)
        sweep, has_key = self._plan.job.launches.sweep, any(mount.secret for mount in self._plan.job.mounts)
        output = _last_output(handle, TRACEBACK if has_key else LINES)
        if has_key and not self._refused and (problem := refusal(output.stderr + output.stdout)) is not None:
            self._refused = True
            report(problem)
        words = _last_line(output)
        program = self._plan.job.argv[0]
        if state.code == NOT_FOUND and f"exec {program} failed" in words:  # as the engine's init says it
            report(problems.program_not_there(program))
        elif not self._refused and not self._reported_missing:
            self._hint(launch, state, output)
        return words if sweep else ""


_MORE_MEMORY = {
    True: "; give it more (--docker_run_args '--memory 16g'), or use less",
    False: "; use less, or a machine that has more",
}
_NOT_THERE = (1, 2, NOT_FOUND)  # the exit codes of python -m, of python and of a shell for a script that is not there


_REMOVED = ("removing", "dead")  # the states of a container that `docker rm` is at, or could not remove altogether


def _last_output(handle: RunHandle, lines: int) -> Outcome:
    """The last lines of a run; nothing where the engine has none to give, whose own words are no output."""
    output = handle.last_output(lines)
    return Outcome(0, "", "") if output.code else output


def _last_line(output: Outcome) -> str:
    return last_line(output.stderr) or last_line(output.stdout)


def _values(plan: Plan) -> dict[str, str]:
    """The user's variables, for the environment of the client: `--env NAME` takes them from there."""
    return {variable.name: variable.value for variable in plan.job.variables if variable.value is not None}


def _bytes(count: int) -> str:
    """A size as docker spells it: '64m'."""
    for unit, shift in (("g", 30), ("m", 20), ("k", 10)):
        if count % (1 << shift) == 0:
            return f"{count >> shift}{unit}"
    return str(count)
