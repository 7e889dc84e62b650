"""Leases of images: what a sweep and a build ask of the engine, and which leases have ended."""

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from clients import Client

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.ir.job import Job, Launch, Launches
from caliban.compiler.ir.plan import ExistingImage, Plan
from caliban.runtime.building import leases
from caliban.runtime.building.leases import ended_leases, has_ended, lease_for_days, leased
from caliban.runtime.engine.engine import Engine

IMAGE = "sha256:" + "0123456789abcdef" * 4
MISSING = "Error response from daemon: No such image: x"
OURS = ["caliban/x:cpu"]


class Runs(Launches):
    """Two launches of a sweep, or of none."""

    def __init__(self, *, sweep: bool) -> None:
        self._sweep = sweep

    @property
    def count(self) -> int:
        return 2

    @property
    def sweep(self) -> bool:
        return self._sweep

    def __iter__(self) -> Iterator[Launch]:
        return iter(())


def plan(*, sweep: bool) -> Plan:
    job = Job(
        launches=Runs(sweep=sweep),
        argv=("true",),
    )
    image = ExistingImage(reference="mine:latest")
    return Plan(project="My Project", mode="cpu", image=image, job=job)


def orders(client: Client) -> list[str]:
    """What was ordered, without what tells one lease from another."""
    changing = [call for call in client.calls if call.startswith(("image tag", "image rm"))]
    return [re.sub(r"lease-\d[\w.-]*", "LEASE", call) for call in changing]


@pytest.fixture
def docker() -> Engine:
    return Engine(os.environ)


def of_process(pid: int) -> str:
    """The name of a lease as this process would give it, of another process."""
    return f"caliban/x:{leases._owned_tag()}".replace(f"-{os.getpid()}-", f"-{pid}-", 1)


def gone() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_a_lease_lasts_as_long_as_its_process() -> None:
    assert [has_ended(of_process(os.getpid())), has_ended(of_process(gone()))] == [False, True]


def test_a_lease_of_another_host_or_user_is_left_alone() -> None:
    lease = of_process(gone())
    uid = os.getuid()
    elsewhere = re.sub(r"-[0-9a-f]{12}-", "-0123456789ab-", lease)
    others = lease.replace(f"lease-{uid}-", f"lease-{uid + 1}-")
    assert [has_ended(elsewhere), has_ended(others)] == [False, False]


@pytest.mark.parametrize(("days", "ended"), [(7, False), (0, False), (-1, True)])
def test_a_lease_by_date_lasts_to_the_end_of_its_day(days: int, ended: bool) -> None:
    day = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
    assert has_ended(f"caliban/x:lease-until-{day}-{IMAGE[7:31]}") is ended


@pytest.mark.parametrize("name", ["caliban/x:lease-mine", "caliban/x:lease-until-soon", "caliban/lease:cpu", "", "x"])
def test_a_name_that_says_nothing_is_left_alone(name: str) -> None:
    assert not has_ended(name)


def test_a_name_fits_the_engine_however_long_the_hosts_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "h" * 64)
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "h" * 64, "", "", "")))
    assert re.fullmatch(r"[\w][\w.-]{0,127}", of_process(os.getpid()).partition(":")[2])


def test_a_single_run_takes_no_lease(client: Client, docker: Engine) -> None:
    client.answers({"inspect": (0, '["caliban/x:cpu"]\n', "")})
    with leased(plan(sweep=False), IMAGE, docker):
        pass
    assert orders(client) == []


def test_a_sweep_has_a_lease_until_its_end_also_after_an_error(client: Client, docker: Engine) -> None:
    client.answers({"inspect": (0, '["caliban/x:cpu"]\n', "")})
    with pytest.raises(ZeroDivisionError), leased(plan(sweep=True), IMAGE, docker):
        assert orders(client) == [f"image tag {IMAGE} caliban/my-project:LEASE"]
        raise ZeroDivisionError
    assert orders(client)[1:] == ["image rm caliban/my-project:LEASE"]


def test_the_end_of_a_lease_removes_no_image_that_the_user_named(client: Client, docker: Engine) -> None:
    client.answers({"inspect": (0, '["mine:latest"]\n', "")})
    with leased(plan(sweep=True), IMAGE, docker):
        pass
    assert orders(client)[1:] == [
        "image tag mine:latest caliban/my-project:LEASE",
        "image rm caliban/my-project:LEASE",
    ]


def test_an_image_without_a_name_gets_none(client: Client, docker: Engine) -> None:
    client.answers({"inspect": (0, "null\n", "")})
    with leased(plan(sweep=True), IMAGE, docker):
        pass
    assert orders(client) == []


def test_an_image_that_is_gone_is_named(client: Client, docker: Engine) -> None:
    client.answers({"inspect": (0, '["caliban/x:cpu"]\n', ""), "tag": (1, "", MISSING)})
    with pytest.raises(Rejected) as rejected, leased(plan(sweep=True), IMAGE, docker):
        pass
    assert (rejected.value.diagnostics[0].code, rejected.value.exit_code) == ("no-image", 125)


def test_an_engine_that_refuses_a_name_is_quoted(client: Client, docker: Engine) -> None:
    client.answers({"tag": (1, "", "Error response from daemon: read-only file system"), "": (0, "28", "")})
    with pytest.raises(Rejected) as rejected:
        lease_for_days(plan(sweep=False), IMAGE, docker)
    problem = rejected.value.diagnostics[0]
    assert (problem.code, problem.quotes) == (
        "engine-refused",
        ("docker: Error response from daemon: read-only file system",),
    )


def test_of_all_leases_those_that_ended_are_asked_for(client: Client, docker: Engine) -> None:
    ended = f"caliban/x:lease-until-2020-01-01-{IMAGE[7:31]}"
    client.answers({"image ls": (0, f"{ended}\ncaliban/y:lease-until-2999-01-01-{IMAGE[7:31]}\n", "")})
    assert ended_leases(docker).result() == [ended]
