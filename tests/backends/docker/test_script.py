"""The script of a dry run does what the run itself would: executed, with a docker that is a script."""

import os
import subprocess
from collections.abc import Iterator, Sequence

import pytest
from clients import Client

from caliban.backends.docker.script import render_script
from caliban.compiler.input.invocation import RunLimits
from caliban.compiler.input.machine import Machine
from caliban.compiler.ir.job import Job, Launch, Launches
from caliban.compiler.ir.plan import ExistingImage, Plan

MACHINE = Machine(uid=0, gid=0, user="me", memory=1 << 30)


class Runs(Launches):
    """Runs whose argument is their exit code."""

    def __init__(self, codes: Sequence[int], *, sweep: bool) -> None:
        self._codes = codes
        self._sweep = sweep

    @property
    def sweep(self) -> bool:
        return self._sweep

    @property
    def count(self) -> int:
        return len(self._codes)

    def __iter__(self) -> Iterator[Launch]:
        return (Launch(number=at, arguments=(str(code),)) for at, code in enumerate(self._codes, start=1))


@pytest.mark.parametrize(
    ("codes", "sweep", "expected"),
    [((0, 3, 0, 1), True, 1), ((0, 0), True, 0), ((7,), True, 1), ((7,), False, 7), ((0,), False, 0)],
)
def test_a_sweep_goes_on_after_a_run_that_failed_and_a_single_run_gives_its_own_code(
    codes: Sequence[int], sweep: bool, expected: int, client: Client
) -> None:
    client.does('for last in "$@"; do :; done; exit "$last"')
    job = Job(
        launches=Runs(codes, sweep=sweep),
        argv=("sh",),
    )
    image = ExistingImage(reference="x")
    plan = Plan(project="p", mode="cpu", image=image, job=job)
    script = "\n".join(render_script(plan, MACHINE, None, (), RunLimits()))
    done = subprocess.run(["sh", "-c", script], env=os.environ, check=False)
    assert (done.returncode, len(client.calls)) == (expected, len(codes))
