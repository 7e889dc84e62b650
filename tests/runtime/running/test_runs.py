"""What the end of a run means: the words for a container or an image that somebody else removed."""

import os
import subprocess

import pytest
from clients import Client
from demands import DEMAND
from projects import told

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.config.engine_arguments import read_engine_arguments
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.job import BindMount, Job, Launch, Launches
from caliban.compiler.ir.plan import ExistingImage, Plan, Recipe
from caliban.runtime.engine.answers import ContainerState
from caliban.runtime.interrupts import Interrupts
from caliban.runtime.running.handle import RunHandle
from caliban.runtime.running.runs import Runs
from caliban.runtime.session import Session

BASE = BaseImage(image="b", platform="linux/amd64", reason="", python=None)
LAUNCH = Launch(number=1, arguments=())
NO_IMAGE = "Error response from daemon: No such image: sha256:1"
NO_LOGS = "Error response from daemon: can not get logs from container which is dead or marked for removal"
VERSIONS = 'case " $* " in *" version "*) echo 28;; *" image inspect "*) {};; *" logs "*) {};; *) exit 1;; esac'


class Several(Launches):
    """A sweep, of which the tests start nothing."""

    count = 2
    sweep = True


def runs(reference: str | None = None, *, arguments: str = "", key: bool = False) -> Runs:
    given = read_engine_arguments(arguments, "--docker_run_args")
    mounts = (BindMount(source="/k", target="/k", writable=False, secret=True),) if key else ()
    job = Job(launches=Several(), argv=("sh",), engine_options=given, mounts=mounts
    )  # fmt: skip
    image = ExistingImage(reference=reference) if reference is not None else Recipe(demand=DEMAND, base=BASE, steps=())
    plan = Plan(project="p", mode="cpu", image=image, job=job)
    return Runs(plan, "sha256:1", Session("/", os.environ, Interrupts()), "caliban run")


def handle(code: int) -> RunHandle:
    """A run whose client ended with a code."""
    client = subprocess.Popen(["sh", "-c", f"exit {code}"])
    client.wait()
    return RunHandle(Session("/", os.environ, Interrupts()).engine, "caliban-p-1", client)


def explained(reference: str | None, code: int, arguments: str = "") -> tuple[int, str]:
    with pytest.raises(Rejected) as caught:
        runs(reference, arguments=arguments).explain(handle(code), None)
    return caught.value.exit_code, told(caught.value)


@pytest.mark.parametrize("arguments", ["", "--cpus 1"])
def test_an_image_that_was_removed_before_the_run_is_named_without_dockers_words(
    arguments: str, client: Client
) -> None:
    client.does(VERSIONS.format(f"echo '{NO_IMAGE}' >&2; exit 1", "exit 1"))
    code, words = explained(None, 125, arguments)
    assert (code, words.splitlines()[0]) == (
        125,
        "error[no-image]: the image sha256:1 was removed before it could be used",
    )
    code, words = explained("me/image:1", 125, arguments)
    assert (code, words.splitlines()[0]) == (125, "error[no-image]: the engine has no image 'me/image:1'")


def test_where_the_image_is_there_the_engine_refused(client: Client) -> None:
    client.does(VERSIONS.format("echo sha256:1", "exit 1"))
    assert explained(None, 125)[1].startswith("error[engine-refused]: ")


def test_a_container_that_was_removed_while_it_ran_is_neither_lost_nor_refused(client: Client) -> None:
    client.does(VERSIONS.format("echo sha256:1", "exit 1"))
    code, words = explained(None, 137)
    assert (code, words.splitlines()[0].partition(";")[0]) == (
        125,
        "error[removed]: the container caliban-p-1 was removed by another program while it ran",
    )


def ended(code: int, status: str = "exited") -> ContainerState:
    return ContainerState(code=code, status=status, error="", out_of_memory=False, memory_limit=0, upper=None)


@pytest.mark.parametrize("status", ["removing", "dead"])
def test_the_table_of_a_sweep_says_that_a_container_was_removed(status: str, client: Client) -> None:
    client.does(VERSIONS.format("echo sha256:1", f"echo '{NO_LOGS}' >&2; exit 1"))
    assert (
        runs().remark(LAUNCH, handle(137), ended(137, status))
        == "the container was removed by another program while it ran"
    )


@pytest.mark.parametrize("key", [False, True])
@pytest.mark.parametrize("reference", [None, "x"])
@pytest.mark.parametrize("code", [1, 2, 127])
def test_the_engines_refusal_to_give_a_log_is_no_output_of_the_run(
    code: int, reference: str | None, key: bool, client: Client
) -> None:
    client.does(VERSIONS.format("echo sha256:1", f"echo '{NO_LOGS}' >&2; exit 1"))
    assert runs(reference, key=key).remark(LAUNCH, handle(code), ended(code)) == ""
    client.does(VERSIONS.format("echo sha256:1", "echo its last words"))
    assert runs(reference, key=key).remark(LAUNCH, handle(code), ended(code)) == "its last words"
