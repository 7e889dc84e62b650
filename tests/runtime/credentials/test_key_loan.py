"""A key is readable for whoever runs in the container, and a copy of it lives no longer than caliban."""

import os
import secrets
from pathlib import Path

import pytest
from msgspec.structs import replace

from caliban.compiler.input.invocation import EngineArgument
from caliban.compiler.input.machine import Machine
from caliban.compiler.ir.job import BindMount, Job, SingleLaunch
from caliban.compiler.ir.plan import ExistingImage, Plan
from caliban.runtime.credentials.key_loan import readable_credentials
from caliban.runtime.running.owner import owner_of_process

ME, OTHER = os.geteuid(), 4321
MACHINE = Machine(uid=ME, gid=ME, user="me", memory=1)


def plan(key: Path, user: str | None = None) -> Plan:
    arguments = (EngineArgument(name="--user", value=user, words=("--user", user)),) if user else ()
    mounts = (BindMount(source=str(key), target="/key.json", writable=False, secret=True),)
    job = Job(launches=SingleLaunch(), argv=("python",), mounts=mounts, engine_options=arguments)
    return Plan(project="x", mode="cpu", image=ExistingImage(reference="x"), job=job)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.json"
    path.write_text(secrets.token_hex())
    path.chmod(0o600)
    return path


@pytest.fixture
def state(tmp_path: Path) -> Path:
    path = tmp_path / "state"
    path.mkdir(mode=0o700)
    return path


def copies(state: Path) -> list[Path]:
    return [path for path in state.rglob("*") if path.is_file()]


def test_its_owner_reads_the_file_itself(key: Path, state: Path) -> None:
    own = plan(key)
    with readable_credentials(own, MACHINE, str(state)) as made:
        assert (made, copies(state)) == (own, [])


def test_what_everybody_may_read_is_not_copied(key: Path, state: Path) -> None:
    key.chmod(0o644)
    with readable_credentials(plan(key, user=f"{OTHER}:{OTHER}"), MACHINE, str(state)) as made:
        assert [mount.source for mount in made.job.mounts] == [str(key)]


@pytest.mark.parametrize("user", [f"{OTHER}", f"{OTHER}:{OTHER}", "nobody"])
def test_another_user_gets_a_copy_that_is_gone_afterwards(user: str, key: Path, state: Path) -> None:
    with readable_credentials(plan(key, user=user), MACHINE, str(state)) as made:
        [mount] = made.job.mounts
        copy = Path(mount.source)
        assert (copy.read_text(), mount.target, mount.writable) == (key.read_text(), "/key.json", False)
        given_away = ME == 0 and user != "nobody"
        assert (copy.stat().st_uid, copy.stat().st_mode & 0o777) == ((OTHER, 0o400) if given_away else (ME, 0o444))
        assert copy.parent.stat().st_mode & 0o777 == 0o700
    assert copies(state) == []


def test_it_is_gone_after_an_interruption_too(key: Path, state: Path) -> None:
    with pytest.raises(KeyboardInterrupt), readable_credentials(plan(key, user="nobody"), MACHINE, str(state)):
        raise KeyboardInterrupt
    assert copies(state) == []


def test_the_next_command_removes_what_a_killed_one_left_and_nothing_of_a_living_one(key: Path, state: Path) -> None:
    owner, host = owner_of_process()
    uid, _, started, boot = owner.split(":")
    dead = state / "keys" / f"{uid}:999999999:{started}:{boot}@{host}@x"
    alive = state / "keys" / f"{owner}@{host}@x"
    elsewhere = state / "keys" / f"{uid}:999999999:{started}:{boot}@other.{host}@x"
    for folder in (dead, alive, elsewhere):
        folder.mkdir(parents=True)
    with readable_credentials(plan(key), MACHINE, str(state)):
        assert [folder.exists() for folder in (dead, alive, elsewhere)] == [False, True, True]


def test_only_secrets_are_copied(key: Path, state: Path) -> None:
    made = plan(key, user="nobody")
    data = replace(made.job.mounts[0], secret=False)
    plain = replace(made, job=replace(made.job, mounts=(data,)))
    with readable_credentials(plain, MACHINE, str(state)) as same:
        assert same == plain
