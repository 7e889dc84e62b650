"""What this machine must have for a run, before anything is built."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from clients import Client
from msgspec.structs import replace
from projects import told

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.config.engine_arguments import read_engine_arguments
from caliban.compiler.input.invocation import Variable
from caliban.compiler.ir.job import BindMount, Job, SingleLaunch
from caliban.compiler.ir.plan import ExistingImage, Plan
from caliban.runtime.engine.engine import Engine
from caliban.runtime.running.check_host import check_arguments, check_host

GARBLED = os.fsdecode(b"caf\xe9")


def plan(*, arguments: str = "", variables: tuple[Variable, ...] = (), proxies: tuple[str, ...] = ()) -> Plan:
    given = read_engine_arguments(arguments, "--docker_run_args")
    job = Job(launches=SingleLaunch(), argv=("sh",), engine_options=given, variables=variables,
        proxies=proxies,
    )  # fmt: skip
    return Plan(project="p", mode="cpu", image=ExistingImage(reference="x"), job=job)


@pytest.mark.parametrize(
    "given",
    [
        plan(variables=(Variable(name="X", value=None),)),
        plan(arguments="--env X"),
        plan(arguments="-e X -e Y=1"),
        plan(proxies=("X",)),
    ],
)
@pytest.mark.parametrize("text", [GARBLED, "café"])
def test_a_value_that_would_arrive_altered_is_refused_by_name(given: Plan, text: str) -> None:
    problem = _problem(given, {"X": text})
    assert problem == (
        ""
        if text == "café"
        else "error[bad-variable]: the value of X is not UTF-8, and the engine would change its bytes on the way"
    )


def _problem(given: Plan, environment: Mapping[str, str]) -> str:
    try:
        check_host(given, environment, "caliban run", "/p")
    except Rejected as rejected:
        return told(rejected).partition("\n")[0]
    return ""


def test_the_client_is_asked_about_options_only_where_there_are_some(client: Client) -> None:
    check_arguments(plan(), Engine(os.environ))
    assert client.calls == []
    client.answers({"--help": (125, "", "unknown flag: --bogus\n\nUsage: docker run")})
    with pytest.raises(Rejected) as rejected:
        check_arguments(plan(arguments="--bogus --memory=1g"), Engine(os.environ))
    assert (rejected.value.exit_code, client.calls) == (2, ["run --bogus --memory=1g --help"])
    assert "--> --docker_run_args --bogus --memory=1g\n  docker: unknown flag: --bogus\n" in told(rejected.value)


MOUNTED = [  # --mount, -o with its place, and whether there is a place for it
    (("md:/data",), "mo:/data/out", False),
    (("md:/data",), "mo:/data/there", True),
    (("md:/data",), "mo:/data/file", False),
    (("md:/data", "md:/data/there"), "mo:/data/there/out", False),
    (("md:/data", "md/file:/data/file"), "mo:/outputs", True),
    (("md:/data", "md/file:/data/other"), "mo:/outputs", False),
    (("md:/data", "md/file:/data/there"), "mo:/outputs", False),
    (("md:/data", "md:/data2"), "mo:/data2out", True),
    (("md:/data/x/y",), "mo:/data", True),  # below a folder that is writable
    (("md:/data",), "md/new:/data/new", True),  # made for -o before the start
    (("md:/data",), "md/new/1:/data/new", True),
]


@pytest.mark.parametrize(("mounts", "output", "works"), MOUNTED)
def test_a_mount_below_a_read_only_one_needs_a_place_there(
    mounts: tuple[str, ...], output: str, works: bool, tmp_path: Path
) -> None:
    (tmp_path / "md/there").mkdir(parents=True)
    (tmp_path / "md/file").touch()
    bound = [
        BindMount(source=f"{tmp_path}/{source}", target=target, writable=typed == output)
        for typed in (*mounts, output)
        for source, target in [typed.split(":")]
    ]
    job = replace(plan().job, mounts=tuple(bound[:-1]), output=bound[-1])
    problem = _problem(replace(plan(), job=job), {})
    assert problem.startswith("error[bad-mount]: ") == (not works), problem
    assert works or {path.name for path in tmp_path.rglob("*")} == {"md", "there", "file"}
