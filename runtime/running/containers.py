"""Runs one container to its end: owned by name and labels from the first moment, inspected, then removed."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from typing import NoReturn

from msgspec import Struct

from caliban.backends.docker.commands import RunSite, run_command
from caliban.backends.docker.words import tag_name
from caliban.compiler.diagnostics import ENGINE, Rejected
from caliban.compiler.plan import Launch, Plan
from caliban.runtime.credentials.refused_key import refusal
from caliban.runtime.engine import Exit, diagnose, how_it_ended, last_line, read_exit
from caliban.runtime.execute import Outcome, answer, ask, exit_code, start
from caliban.runtime.interrupts import Interrupted, Interrupts
from caliban.runtime.problems import engine as engine_problems
from caliban.runtime.problems import run as run_problems
from caliban.runtime.running.owner import LIST, orphans, owner_labels
from caliban.runtime.say import report, show

GRACE = 8.0  # seconds from a signal to SIGKILL
NOT_FOUND = 127  # the exit code of a program that is not there
TAIL = 3  # lines of a failed run's output that the summary has
TRACEBACK = 100  # lines in which a library says why the cloud refused


class Result(Struct, frozen=True, kw_only=True):
    """How one run ended."""

    number: int
    arguments: tuple[str, ...]
    code: int
    seconds: float
    remark: str = ""  # 'out of memory (limit 8g)', or the last line that it printed


class Runner:
    """Runs the launches of a plan, one after the other."""

    def __init__(self, plan: Plan, image: str, interrupts: Interrupts, retry: str) -> None:
        self._plan = plan
        self._image = image
        self._interrupts = interrupts
        self._retry = retry  # the command line for where there is no GPU
        self._has_init = True
        self._group = _group_label(plan)
        self._run = os.urandom(4).hex()
        self.container = ""  # the name of the last one
        self._listed: Callable[[], Outcome] | None = None  # the containers of all runs, asked for meanwhile
        self._refused = False  # and it was told
        self.upper: str | None = None  # where the engine keeps what it wrote

    def run(self, launch: Launch) -> Result:
        """Runs one launch; its container is still there afterwards, and `remove` takes it away.

        Raises Rejected where the engine could not start it.
        """
        began = time.monotonic()
        client_code = self._attempt(launch)
        ended = self._ended()
        if ended is not None and self._has_init and "init" in ended.error and ended.status == "created":
            self.remove()  # this engine has no docker-init
            self._has_init = False
            client_code = self._attempt(launch)
            ended = self._ended()
        seconds = time.monotonic() - began
        if ended is None or ended.status in ("created", "running"):
            self._explain(ended, client_code)
        self.upper = ended.upper
        remark = self._remark(ended)
        return Result(number=launch.number, arguments=launch.arguments, code=ended.code, seconds=seconds, remark=remark)

    def remove(self) -> None:
        """Takes the container away, whatever state it is in, and with it those that a killed caliban left behind."""
        if self.container:
            left = () if self._listed is None else orphans(self._listed().stdout)
            self._listed = None
            answer(("docker", "rm", "--force", "--volumes", self.container, *left))

    def _ended(self) -> Exit | None:
        return read_exit(answer(how_it_ended(self.container)))

    def _attempt(self, launch: Launch) -> int:
        identity = f"{self._run}-{launch.number}-{os.urandom(2).hex()}"
        self.container = f"caliban-{tag_name(self._plan.project)}-{identity}"
        site = RunSite(
            image=self._image,
            name=self.container,
            labels=("caliban=run", f"caliban.run={identity}", *owner_labels(), *self._group),
            has_init=self._has_init,
        )
        command = run_command(self._plan, launch, site)
        show(command)
        container = self._plan.container
        own_group = not (container.tty or (container.stdin and os.isatty(0)))
        process = start(
            command.argv,
            stdin=None if container.stdin or container.tty else subprocess.DEVNULL,
            environment=_values(self._plan),
            own_group=own_group,
        )
        return self._wait(process, own_group=own_group)

    def _wait(self, process: "subprocess.Popen[bytes]", *, own_group: bool) -> int:
        """Waits; a signal goes to the script once, a second one or `GRACE` seconds kill its container."""
        timers: list[threading.Timer] = []

        def kill() -> None:
            answer(("docker", "kill", self.container))
            process.kill()

        def react(number: int, count: int) -> None:
            if count > 1:
                timers.append(threading.Timer(0, kill))
                timers[-1].start()
                return
            # In the terminal's own group the client has had Ctrl-C already, and passes it on.
            if own_group or number != signal.SIGINT:
                process.send_signal(number)
            timers.append(threading.Timer(GRACE, kill))
            timers[-1].start()

        with self._interrupts.told(react):
            self._listed = self._listed or ask(LIST)
            code = exit_code(process.wait())
        for timer in timers:
            timer.cancel()
        return code

    def _explain(self, ended: Exit | None, client_code: int) -> NoReturn:
        """Raises Rejected: the engine refused, or went away; or Interrupted where that was asked for."""
        if self._interrupts.first is not None:
            raise Interrupted
        problem = diagnose()
        if problem is not None and client_code != 125:
            raise Rejected(run_problems.lost_contact(self.container), exit_code=ENGINE)
        if problem is not None:
            raise Rejected(problem, exit_code=ENGINE)
        words = ended.error if ended is not None else ""
        if "could not select device driver" in words or "nvidia-container" in words:
            raise Rejected(engine_problems.no_gpu_toolkit(self._retry, words))
        raise Rejected(engine_problems.engine_refused(words), exit_code=ENGINE)

    def _remark(self, ended: Exit) -> str:
        if ended.out_of_memory and ended.code == 0:
            report(run_problems.child_out_of_memory())
        if ended.code == 0:
            return ""
        if ended.out_of_memory:
            limit = f" (limit {_bytes(ended.memory_limit)})" if ended.memory_limit else ""
            return f"out of memory{limit}"
        has_key = any(mount.secret for mount in self._plan.container.mounts)
        if not self._plan.launches.sweep and not has_key and ended.code != NOT_FOUND:
            return ""
        lines = TRACEBACK if has_key else TAIL
        outcome = answer(("docker", "logs", "--tail", str(lines), self.container))
        if has_key and not self._refused and (problem := refusal(outcome.stderr + outcome.stdout)) is not None:
            self._refused = True
            report(problem)
        words = last_line(outcome.stderr) or last_line(outcome.stdout)
        program = self._plan.container.argv[0]
        if ended.code == NOT_FOUND and f"exec {program} failed" in words:  # as the engine's init says it
            report(run_problems.program_not_there(program))
        return words if self._plan.launches.sweep else ""


def _group_label(plan: Plan) -> tuple[str, ...]:
    """The experiment group, one for all runs of a sweep."""
    group = plan.container.group
    if group is None and plan.launches.sweep:
        group = f"{tag_name(plan.container.user)}-xgroup-{time.strftime('%Y-%m-%d-%H-%M-%S')}"
    return (f"caliban.group={group}",) if group else ()


def _values(plan: Plan) -> dict[str, str]:
    """The user's variables, for the environment of the client: `--env NAME` takes them from there."""
    return {variable.name: variable.value for variable in plan.container.variables if variable.value is not None}


def _bytes(count: int) -> str:
    """A size as docker spells it: '64m'."""
    for unit, shift in (("g", 30), ("m", 20), ("k", 10)):
        if count % (1 << shift) == 0:
            return f"{count >> shift}{unit}"
    return str(count)
