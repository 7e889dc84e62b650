"""The executor: slots, signals, what is removed; with real processes behind a client that is a script."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from clients import Client

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.ir.job import Job, Launch, Launches
from caliban.compiler.ir.plan import ExistingImage, Plan
from caliban.runtime.execute import Streams
from caliban.runtime.interrupts import SIGNALS, Interrupts
from caliban.runtime.running.executor import EndedRun, Executor
from caliban.runtime.running.handle import RunHandle
from caliban.runtime.running.notes import Note, write_note
from caliban.runtime.running.orphans import find_orphans, finish_orphans
from caliban.runtime.running.owner import owner_of_process
from caliban.runtime.running.runs import LostContactError, Runs
from caliban.runtime.session import Session

ENDED = '{"state": {"Status": "exited", "ExitCode": 0}, "memory": 0, "driver": null}'
NO_INIT = '{"state": {"Status": "created", "ExitCode": 128, "Error": "exec: \\"docker-init\\": not found"}, "memory": 0, "driver": null}'  # fmt: skip  # noqa: E501  # one answer
# A run is what its last argument says, in the shell; the engine says how a container ended.
DOCKER = """
case "$1" in
run) for last in "$@"; do :; done; eval "$last";;
container) echo '{state}';;
esac
"""


class Sweep(Launches):
    """The launches of a sweep, one a script."""

    sweep = True

    def __init__(self, *scripts: str) -> None:
        self._scripts = scripts

    @property
    def count(self) -> int:
        return len(self._scripts)

    def __iter__(self) -> Iterator[Launch]:
        return (Launch(number=at, arguments=(script,)) for at, script in enumerate(self._scripts, start=1))


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    """The signals of this process."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    interrupts = Interrupts()
    interrupts.listen()
    yield interrupts
    for number, handler in before.items():
        signal.signal(number, handler)


@contextmanager
def unread_stdout() -> Iterator[None]:
    """Standard output is a pipe that nobody reads any more."""
    before, (reader, writer) = os.dup(1), os.pipe()
    os.close(reader)
    os.dup2(writer, 1)
    try:
        yield
    finally:
        os.dup2(before, 1)
        os.close(writer)
        os.close(before)


def executor(
    launches: Launches,
    interrupts: Interrupts,
    slots: int = 1,
    kind: type[Runs] = Runs,
    session: Session | None = None,
) -> Executor:
    job = Job(launches=launches, argv=("sh",), stdin=False)
    plan = Plan(project="p", mode="cpu", image=ExistingImage(reference="x"), job=job)
    session = session or Session("/", os.environ, interrupts)
    return Executor(kind(plan, "sha256:1", session, "caliban run"), session.engine, interrupts, slots=slots)


def numbers(ended: list[EndedRun]) -> list[int]:
    return sorted(run.launch.number for run in ended)


def meet(tmp_path: Path, mine: str, other: str) -> str:
    """A script that ends only while another one runs, which waits for it."""
    return f"touch {tmp_path}/{mine}; until [ -e {tmp_path}/{other} ]; do sleep 0.01; done"


def removed(client: Client) -> int:
    """How many containers of ours were removed."""
    return sum(
        word.startswith("caliban-p-") for call in client.calls if call.startswith("rm ") for word in call.split()
    )


def test_runs_in_several_slots_live_side_by_side(client: Client, interrupts: Interrupts, tmp_path: Path) -> None:
    client.does(DOCKER.format(state=ENDED))
    launches = Sweep(meet(tmp_path, "a", "b"), meet(tmp_path, "b", "a"), "true")
    ended = list(executor(launches, interrupts, slots=2).results(launches))
    assert (numbers(ended), removed(client)) == ([1, 2, 3], 3)


def test_in_one_slot_a_run_starts_when_the_one_before_it_is_removed(client: Client, interrupts: Interrupts) -> None:
    client.does(DOCKER.format(state=ENDED))
    launches = Sweep("true", "true")
    assert numbers(list(executor(launches, interrupts).results(launches))) == [1, 2]
    assert [call.split()[0] for call in client.calls if call.split()[0] in ("run", "rm")] == ["run", "rm", "run", "rm"]


def test_a_signal_reaches_all_runs_and_starts_no_other_one(
    client: Client, interrupts: Interrupts, tmp_path: Path
) -> None:
    client.does(DOCKER.format(state=ENDED))
    waits = f"trap 'echo $$ >> {tmp_path}/told; exit 143' TERM; touch {tmp_path}/$$; while :; do sleep 0.01; done"
    tells = f"until [ $(ls {tmp_path}/[0-9]* | wc -l) = 2 ]; do sleep 0.01; done; kill -TERM {os.getpid()}"
    launches = Sweep(waits, waits, f"{tells}; sleep 60", "touch never")
    ended = list(executor(launches, interrupts, slots=3).results(launches))
    assert (numbers(ended), interrupts.exit_code, removed(client)) == ([1, 2, 3], 143, 3)
    assert len((tmp_path / "told").read_text().split()) == 2


def test_a_signal_that_comes_while_a_run_is_started_reaches_it(
    client: Client, interrupts: Interrupts, tmp_path: Path
) -> None:
    class Late(Runs):
        def start(self, launch: Launch, streams: Streams | None = None) -> RunHandle:
            os.kill(os.getpid(), signal.SIGTERM)
            handle = super().start(launch, streams)
            while not (tmp_path / "ready").exists():
                pass
            return handle

    client.does(DOCKER.format(state=ENDED))
    launches = Sweep(f"trap 'exit 143' TERM; touch {tmp_path}/ready; while :; do sleep 0.01; done", "touch never")
    ended = list(executor(launches, interrupts, kind=Late).results(launches))
    assert (numbers(ended), interrupts.exit_code) == ([1], 143)


def test_for_a_script_that_goes_on_after_ctrl_c_it_is_said_once_what_kills_it(
    client: Client, interrupts: Interrupts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "said"
    client.does(DOCKER.format(state=ENDED))
    waits = f"trap '' INT; touch {tmp_path}/$$; until grep -q 'once more kill[s] it' {said}; do sleep 0.01; done"
    tells = f"until [ $(ls {tmp_path}/[0-9]* | wc -l) = 2 ]; do sleep 0.01; done; kill -INT {os.getpid()}"
    launches = Sweep(waits, waits, tells)
    with said.open("w", encoding="utf-8") as stderr:
        monkeypatch.setattr("sys.stderr", stderr)
        ended = list(executor(launches, interrupts, slots=3).results(launches))
    words = said.read_text(encoding="utf-8")
    assert (numbers(ended), interrupts.exit_code, words.count("goes on after Ctrl-C")) == ([1, 2, 3], 130, 1)


def test_arguments_that_the_system_does_not_pass_on_are_told_where_they_come_from(
    client: Client, interrupts: Interrupts
) -> None:
    client.does(DOCKER.format(state=ENDED))
    launches = Sweep("x" * 200_000)
    with pytest.raises(Rejected) as caught:
        list(executor(launches, interrupts).results(launches))
    (problem,) = caught.value.diagnostics
    assert (problem.code, str(problem.place)) == ("arguments-too-long", "--experiment_config, run 1")


def test_who_wants_no_more_runs_leaves_none(client: Client, interrupts: Interrupts, tmp_path: Path) -> None:
    client.does(DOCKER.format(state=ENDED))
    launches = Sweep("true", f"echo $$ > {tmp_path}/long; exec sleep 60")
    with closing(executor(launches, interrupts, slots=2).results(launches)) as results:
        first = next(results)
        while not (tmp_path / "long").exists() or not (tmp_path / "long").read_text():
            pass
    assert (first.launch.number, removed(client)) == (1, 2)
    assert not Path(f"/proc/{(tmp_path / 'long').read_text().strip()}/exe").exists()


def test_an_engine_without_an_init_is_asked_for_none(client: Client, interrupts: Interrupts, tmp_path: Path) -> None:
    states = f"if [ -e {tmp_path}/asked ]; then echo '{ENDED}'; else touch {tmp_path}/asked; echo '{NO_INIT}'; fi"
    client.does(DOCKER.replace("echo '{state}'", states))
    launches = Sweep("true", "true")
    assert numbers(list(executor(launches, interrupts).results(launches))) == [1, 2]
    assert ["--init" in call.split() for call in client.calls if call.startswith("run ")] == [True, False, False]
    assert removed(client) == 3


def test_a_run_that_never_began_is_an_error_and_is_removed(client: Client, interrupts: Interrupts) -> None:
    refused = ENDED.replace("exited", "created")
    client.does(DOCKER.format(state=refused))
    launches = Sweep("exit 125")
    with pytest.raises(Rejected) as rejected:
        list(executor(launches, interrupts).results(launches))
    assert (rejected.value.exit_code, removed(client)) == (125, 1)


def listing(*names: str, boot: str) -> str:
    """A listing of containers whose status is their name, of a caliban that was killed."""
    owner = f"{os.getuid()}:999999999:1:{boot}"
    return "".join(f"{name}\\t{name.rpartition('-')[2]}\\t{owner}\\t{os.uname().nodename}\\n" for name in names)


def test_a_run_that_a_killed_caliban_left_is_named_while_it_goes_on_and_removed_when_it_has_ended(
    client: Client, interrupts: Interrupts, capfd: pytest.CaptureFixture[str], caliban_home: Path
) -> None:
    names = ("x-running", "x-exited", "x-paused", "x-created")
    rows = listing(*names, "x-of-another-folder-exited", boot=owner_of_process()[0].rpartition(":")[2])
    for name in names[:3]:
        write_note(str(caliban_home), name, Note())
    client.does(f"""case "$1" in ps) printf '{rows}';; container) echo '{ENDED}';; esac""")
    launches = Sweep("true", "true")
    session = Session("/", os.environ, interrupts)
    list(executor(launches, interrupts, session=session).results(launches))
    assert [call for call in client.calls if " x-" in call] == []
    finish_orphans(session.engine, session.orphans.result(), str(caliban_home))
    assert [call for call in client.calls if " x-" in call] == [
        f"rm --force --volumes x-{it}" for it in ("exited", "created")
    ]
    assert capfd.readouterr().err.count("docker stop x-running x-paused\n") == 1


@pytest.mark.parametrize("status", ["running", "exited"])
def test_a_run_whose_output_nobody_reads_is_stopped_and_no_other_one_starts(
    status: str, client: Client, interrupts: Interrupts
) -> None:
    client.does(
        f"""case "$1" in
        run) exit 1;;
        stop) touch "$(dirname "$0")/stopped";;
        container) [ -e "$(dirname "$0")/stopped" ] && echo '{ENDED}' || echo '{ENDED.replace("exited", status)}';;
        esac"""
    )
    launches = Sweep("true", "touch never")
    with unread_stdout():
        ended = list(executor(launches, interrupts).results(launches))
    assert ([run.cut_off for run in ended], interrupts.exit_code, removed(client)) == ([True], 141, 1)
    assert [call for call in client.calls if call.startswith("stop ")] == [f"stop --time 8 {ended[0].handle.container}"]


def test_a_client_that_could_not_write_is_told_from_a_run_that_failed(client: Client, interrupts: Interrupts) -> None:
    client.does(DOCKER.format(state=ENDED.replace('"ExitCode": 0', '"ExitCode": 3')))
    launches = Sweep("exit 3", "exit 1", "exit 3")
    ended = list(executor(launches, interrupts).results(launches))
    assert ([run.cut_off for run in ended], interrupts.first) == ([False, True, False], None)


def test_a_container_with_which_contact_was_lost_stays_and_is_no_orphan_later(
    client: Client, interrupts: Interrupts, caliban_home: Path
) -> None:
    client.does('case "$1" in run) exit 125;; *) echo "Cannot connect to the Docker daemon" >&2; exit 1;; esac')
    launches = Sweep("true")
    with pytest.raises(LostContactError) as rejected:
        list(executor(launches, interrupts).results(launches))
    assert (rejected.value.exit_code, removed(client)) == (125, 0)
    name = next(word for call in client.calls for word in call.split() if word.startswith("caliban-p-"))
    assert f"docker logs {name}" in str(rejected.value.diagnostics[0].hint)

    write_note(str(caliban_home), "another-exited", Note())
    rows = listing(f"{name}", "another-exited", boot="elsewhere").replace(f"{name[-4:]}\\t", "exited\\t", 1)
    client.does(f"""[ "$1" = ps ] && printf '{rows}'""")
    engine = Session("/", os.environ, interrupts).engine
    finish_orphans(engine, find_orphans(engine).result(), str(caliban_home))
    assert client.calls[-1] == "rm --force --volumes another-exited"


def test_a_handle_without_a_client_answers_no_signal(client: Client) -> None:
    adopted = RunHandle(Session("/", os.environ, Interrupts()).engine, "0a1b")
    with pytest.raises(AssertionError):
        adopted.wait()
    assert client.calls == []
