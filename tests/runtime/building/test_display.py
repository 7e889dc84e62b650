"""What a person sees of a build: on a terminal of any kind, and in a pipe; the builder is a script of the test's."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest
from accounts import STEP, at, printed, vertex

# Watches a build, and ends as caliban does; its arguments: the script that stands for the builder, and the verbosity.
CALIBAN = """
import os, sys
from caliban.backends.command import Command
from caliban.backends.report.layers import LayerNames
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.demand import Demand
from caliban.compiler.ir.plan import Recipe
from caliban.runtime.building.change_detector import ChangeDetector
from caliban.runtime.building.watch import watch
from caliban.runtime.interrupts import Interrupts
from caliban.runtime.say import say, set_verbosity
from caliban.runtime.session import Session
set_verbosity(sys.argv[2])
interrupts = Interrupts()
interrupts.listen()
base = BaseImage(image="b", platform="linux/amd64", reason="", python=None)
demand = Demand(mode="cpu", platform="linux/amd64", host_python="3.11")
names = LayerNames(Recipe(demand=demand, base=base, steps=()))
detector = ChangeDetector(".", (), whole=False)
command = Command(groups=(("sh", "-c", sys.argv[1]),))
done = watch(command, {}, Session(".", os.environ, interrupts), detector, names, lambda: None)
open("done", "w").write(str(interrupts.first))
say("built in 1 s")
sys.exit(interrupts.exit_code if interrupts.first else 0)
"""
CONTROL = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")
BUILT = (vertex(started=at(0), completed=at(1.5)),)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")  # of another terminal


def builder(*account: str, then: str = "") -> str:
    """A script that says this, and then does that, and then says that it built a layer."""
    Path("before").write_text("".join(f"{line}\n" for line in account))
    Path("after").write_text("".join(f"{line}\n" for line in BUILT))
    return f"cat before >&2; {then or ':'}; cat after >&2"


def piped(script: str, verbosity: str = "normal") -> str:
    done = subprocess.run(
        [sys.executable, "-c", CALIBAN, script, verbosity], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    return done.stderr


class Terminal:
    """A terminal on which a build is watched."""

    def __init__(self, script: str, columns: int, *, ignoring: int | None = None, by: tuple[str, ...] = ()) -> None:
        """`by` are the words of a program that starts it."""
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            if ignoring is not None:
                signal.signal(ignoring, signal.SIG_IGN)
            fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            words = (*by, sys.executable, "-c", CALIBAN, script, "normal")
            os.execvp(words[0], words)  # noqa: S606  no shell is the point
        self.before = termios.tcgetattr(self._master)
        self.shown = ""

    def until(self, found: Callable[[str], object]) -> None:
        """Reads until what was shown has that."""
        while not found(self.shown) and self._read():
            pass
        assert found(self.shown), self.shown

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def go_away(self) -> None:
        os.close(self._master)

    def end(self) -> int:
        """Reads to the end; the exit code."""
        while self._read():
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def settings(self) -> list[object]:
        return list(termios.tcgetattr(self._master))

    def _read(self) -> bool:
        assert select.select([self._master], [], [], 60)[0], f"nothing happens: {self.shown}"
        try:
            more = os.read(self._master, 65536).decode()
        except OSError:  # EIO: nobody has the other end any more
            return False
        self.shown += more
        return bool(more)


def screen(shown: str) -> list[str]:
    """The lines that stand on the terminal in the end: all but blank ones, without colours."""
    lines, row = [""], 0
    for part in re.split(r"(\x1b\[[0-9;?]*[A-Za-z]|\r|\n)", shown):
        control = CONTROL.fullmatch(part)
        if control is not None and control[2] == "A":
            row -= int(control[1] or 1)
        elif control is not None and control[2] == "K":
            lines[row] = ""
        elif part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif part and part != "\r" and control is None:
            lines[row] += part
    return [line for line in lines if line.strip()]


RUNNING = (vertex(started=at(0)), printed("Downloading scipy (33.7MiB)\n", 0.5))


def test_in_a_pipe_a_layer_that_is_built_has_a_line_and_what_is_cached_has_none() -> None:
    cached = {"digest": "sha256:b", "name": "[1/3] RUN other", "started": at(0), "completed": at(0), "cached": True}
    internal = {"digest": "sha256:c", "name": "[internal] load build context", "started": at(0), "completed": at(1)}
    said = piped(builder(json.dumps({"vertexes": [cached, internal]}), *RUNNING))
    assert said == "caliban: layer RUN echo hi: 1.5 s\ncaliban: built in 1 s\n"


def test_a_base_image_that_takes_long_to_fetch_has_a_line() -> None:
    def base(digest: str, name: str, seconds: float) -> dict[str, object]:
        return {"digest": digest, "name": f"[1/3] FROM {name}", "started": at(0), "completed": at(seconds)}

    said = piped(builder(json.dumps({"vertexes": [base("sha256:b", "b:1", 9), base("sha256:c", "c:1", 0.0001)]})))
    assert said.splitlines()[0] == "caliban: layer base image b:1: 9.0 s"
    assert "c:1" not in said


def test_what_a_step_of_ours_reports_without_failing_is_said_with_its_complaint() -> None:
    words = "error: Failed to build\n  cause: no README\ncaliban: this folder cannot be packaged\n"
    said = piped(builder(vertex(started=at(0)), printed(f"Resolved\n{words}", 0.5)))
    assert said.splitlines()[:3] == [
        "caliban: error: Failed to build",
        "caliban:   cause: no README",
        "caliban: this folder cannot be packaged",
    ]


def test_what_uv_leaves_out_with_a_warning_is_said_once_and_its_other_warnings_are_not() -> None:
    extra = "The package `six==1.17.0` does not have an extra named `fast`"
    yanked = "`six==1.15.1` is yanked (reason: broken)"
    words = f"warning: {extra}\nwarning: {yanked}\nwarning: {extra}\nwarning: a hard link failed\n"
    said = piped(builder(vertex(started=at(0)), printed(words, 0.5)))
    assert [line for line in said.splitlines() if "uv" in line or "link" in line] == [
        f"caliban: uv: {extra}",
        f"caliban: uv: {yanked}",
    ]


def test_quiet_says_nothing_of_a_build() -> None:
    assert piped(builder(*RUNNING), "quiet") == ""


def test_verbose_says_all_that_the_builder_says_without_controls() -> None:
    said = piped(builder(vertex(started=at(0)), printed("bell\a \x1b[31mred\x1b[0m\n", 0.5)), "verbose")
    assert said == "#1 [2/3] RUN echo hi\n#1 0.500 bell\\x07 red\n#1 DONE 1.5s\ncaliban: built in 1 s\n"


def test_on_a_terminal_a_region_shows_the_step_with_its_last_words_and_leaves_one_line() -> None:
    terminal = Terminal(builder(*RUNNING, then="until [ -e seen ]; do sleep 0.05; done"), 80)
    terminal.until(lambda shown: "scipy" in shown)
    during = screen(terminal.shown)
    Path("seen").touch()
    assert (terminal.end(), screen(terminal.shown)) == (0, ["caliban: built in 1 s"])
    assert [re.sub(r"\d+ s", "N s", line) for line in during] == [
        "caliban: building  N s",
        "  RUN echo hi  N s  0 bytes of 35 MB  Downloading scipy (33.7MiB)",
    ]
    assert "\x1b[?25l" not in terminal.shown  # the cursor was never hidden


def test_what_a_step_prints_does_not_act_on_the_terminal() -> None:
    words = printed("\x1b[2J\x1b]0;title\x07 bell\a wide \N{CJK UNIFIED IDEOGRAPH-65E5}\n", 0.5)
    terminal = Terminal(builder(vertex(started=at(0)), words, then="until [ -e seen ]; do sleep 0.05; done"), 80)
    terminal.until(lambda shown: "bell" in shown)
    Path("seen").touch()
    assert (terminal.end(), screen(terminal.shown)) == (0, ["caliban: built in 1 s"])
    assert not {"\x1b[2J", "\a"} & {*re.findall(r"\x1b\[2J|\a", terminal.shown)}


@pytest.mark.parametrize("columns", [1, 20])
def test_on_a_narrow_terminal_no_line_of_the_region_is_wider_and_nothing_of_it_stays(columns: int) -> None:
    terminal = Terminal(builder(*RUNNING, then="until [ -e seen ]; do sleep 0.05; done"), columns)
    terminal.until(lambda shown: len(shown) > 100)
    during = screen(terminal.shown)
    Path("seen").touch()
    assert (terminal.end(), max(map(len, during)) <= columns) == (0, True), during
    assert screen(terminal.shown) == ["caliban: built in 1 s"]


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_draw_gets_plain_lines(term: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", term)
    terminal = Terminal(builder(*RUNNING), 80)
    assert terminal.end() == 0
    assert terminal.shown == "caliban: layer RUN echo hi: 1.5 s\r\ncaliban: built in 1 s\r\n"


def test_a_job_in_the_background_draws_no_region_into_what_another_job_shows() -> None:
    in_background = ("bash", "--norc", "-ic", '"$@" & wait', "bash")
    shell = Terminal(builder(*RUNNING, then="sleep 1"), 80, by=in_background)
    assert shell.end() == 0
    assert "caliban: layer RUN echo hi: 1.5 s\r\n" in shell.shown
    assert "caliban: building" not in shell.shown


def test_a_terminal_that_goes_away_ends_no_build_of_who_does_not_mind() -> None:
    terminal = Terminal(
        builder(*RUNNING, then="until [ -e seen ]; do sleep 0.05; done; sleep 0.5"), 80, ignoring=signal.SIGHUP
    )
    terminal.until(lambda shown: "scipy" in shown)
    terminal.go_away()
    Path("seen").touch()
    assert os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1]) == 0
    assert Path("done").read_text() == "None"


def test_a_terminal_that_goes_away_ends_the_build_as_a_hangup() -> None:
    terminal = Terminal(builder(*RUNNING, then="exec sleep 60"), 80)
    terminal.until(lambda shown: "scipy" in shown)
    terminal.go_away()
    assert os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1]) == 129


def test_ctrl_c_in_the_middle_leaves_the_terminal_as_it_was() -> None:
    terminal = Terminal(builder(*RUNNING, then="exec sleep 60"), 80)
    terminal.until(lambda shown: "scipy" in shown)
    terminal.type("\x03")
    terminal.until(lambda shown: "built in" in shown)
    settings = terminal.settings()
    assert (terminal.end(), settings == terminal.before) == (130, True)
    assert screen(terminal.shown.replace("^C", "")) == ["caliban: built in 1 s"]
    assert "\x1b[?25l" not in terminal.shown


def test_packages_that_have_arrived_are_counted_in_bytes() -> None:
    words = "Downloading scipy (33.7MiB)\nDownloading numpy (16.1MiB)\n Downloaded numpy\n"
    account = (vertex(started=at(0)), printed(words, 0.5))
    terminal = Terminal(builder(*account, then="until [ -e seen ]; do sleep 0.05; done"), 80)
    terminal.until(lambda shown: "17 MB of 52 MB  Downloaded numpy" in shown)
    Path("seen").touch()
    assert terminal.end() == 0


def test_bytes_on_their_way_are_shown_instead_of_words() -> None:
    status = {"id": "transferring context:", "vertex": STEP, "current": 12_000_000, "started": at(0)}
    files = {"name": "[internal] load build context", "started": at(0)}
    account = (vertex(**files), json.dumps({"statuses": [{**status, "timestamp": at(0.5)}]}))
    terminal = Terminal(builder(*account, then="until [ -e seen ]; do sleep 0.05; done"), 80)
    terminal.until(lambda shown: "12 MB" in shown)
    assert "sending files" in terminal.shown
    Path("seen").touch()
    assert terminal.end() == 0
