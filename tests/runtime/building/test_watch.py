"""A build and what loads its archive: two programs and a pipe; which of them is to blame."""

import json
import os
import secrets
from pathlib import Path

import pytest
from accounts import at, failure, printed, vertex
from demands import DEMAND

from caliban.backends.command import Command
from caliban.backends.report.layers import LayerNames
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.runtime.building.change_detector import ChangeDetector
from caliban.runtime.building.problems import not_loaded
from caliban.runtime.building.watch import Watched, watch
from caliban.runtime.interrupts import Interrupts
from caliban.runtime.session import Session

BASE = BaseImage(image="b", platform="linux/amd64", reason="", python=None)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(str(tmp_path), os.environ, Interrupts())


def watched(session: Session, folder: Path, build: str, reader: str | None = None) -> Watched:
    command = Command(groups=(("sh", "-c", build),), reader=("sh", "-c", reader) if reader is not None else ())
    names = LayerNames(Recipe(demand=DEMAND, base=BASE, steps=()))
    done = watch(command, {}, session, ChangeDetector(str(folder), (), whole=False), names, lambda: None)
    assert done.log.startswith("+ sh -c ")
    return done._replace(log="")


def test_an_archive_goes_whole_into_what_loads_it(session: Session, tmp_path: Path) -> None:
    done = watched(session, tmp_path, "seq 100000; echo progress >&2", f"cat > {tmp_path}/archive")
    assert (done, len((tmp_path / "archive").read_text().split())) == (Watched(()), 100_000)


def test_an_engine_that_takes_no_archive_is_to_blame(session: Session, tmp_path: Path) -> None:
    done = watched(session, tmp_path, "yes", "echo no space left on device; exit 1")
    assert done == Watched((), not_loaded="no space left on device\n")


def test_an_engine_that_refuses_at_the_end_is_to_blame(session: Session, tmp_path: Path) -> None:
    done = watched(session, tmp_path, "echo all", "cat > /dev/null; echo no >&2; exit 1")
    assert done == Watched((), not_loaded="no\n")


def test_a_build_that_failed_is_to_blame_for_half_an_archive(session: Session, tmp_path: Path) -> None:
    done = watched(session, tmp_path, "echo half; echo ERROR: it failed >&2; exit 1", "cat > /dev/null; exit 1")
    assert done == Watched((), failure=failure("ERROR: it failed"))


def test_an_exception_beside_the_builder_ends_it(session: Session, tmp_path: Path) -> None:
    script = f"echo $$ > {tmp_path}/builder; yes | head -c 1000000 >&2; exec sleep 60"
    command = Command(groups=(("sh", "-c", script),))

    def fail() -> None:
        while not (tmp_path / "builder").exists() or not (tmp_path / "builder").read_text():
            pass
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        names = LayerNames(Recipe(demand=DEMAND, base=BASE, steps=()))
        watch(command, {}, session, ChangeDetector(str(tmp_path), (), whole=False), names, fail)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "builder").read_text()), 0)


def test_a_full_disk_of_the_engine_has_a_name_of_its_own() -> None:
    problems = [not_loaded("write /x: no space left on device\n"), not_loaded("unrecognized image format\n")]
    assert [problem.code for problem in problems] == ["disk-full", "not-loaded"]


def test_colours_and_links_of_the_builder_are_neither_quoted_nor_kept(session: Session, tmp_path: Path) -> None:
    script = (
        r"""printf '\033[33m1 warning found\033[0m \033]8;;https://h.example\033\\here\033]8;;\007\n' >&2; exit 1"""
    )
    assert watched(session, tmp_path, script) == Watched((), failure=failure("1 warning found here"))


def test_no_token_in_an_address_is_quoted_even_where_it_is_coloured(session: Session, tmp_path: Path) -> None:
    token = secrets.token_hex()
    script = rf"""printf 'cause: https://\033[1mh.example/{token}/six/?a=\033[0m{token}\n' >&2; exit 1"""
    assert watched(session, tmp_path, script) == Watched(
        (), failure=failure("cause: https://h.example/****/six/?a=****")
    )


def test_the_record_of_a_step_holds_no_password_of_a_base(session: Session, tmp_path: Path) -> None:
    now, token = "2026-01-01T00:00:00Z", secrets.token_hex()
    step = {"digest": "sha256:0", "name": f"RUN curl https://me:{token}@h.example", "started": now, "completed": now}
    (tmp_path / "account").write_text(json.dumps({"vertexes": [step]}) + "\n")
    done = watched(session, tmp_path, f"cat {tmp_path}/account >&2")
    assert [vertex.name for vertex in done.timeline] == ["RUN curl https://****@h.example"]


def test_what_refuses_an_archive_is_quoted_without_colours(session: Session, tmp_path: Path) -> None:
    done = watched(session, tmp_path, "yes", r"printf '\033[31mno\033[0m\n'; exit 1")
    assert done == Watched((), not_loaded="no\n")


def test_the_log_has_the_command_and_all_that_the_builder_said_without_lent_secrets(tmp_path: Path) -> None:
    secret = secrets.token_hex()
    session = Session(str(tmp_path), {**os.environ, "TOKEN": secret}, Interrupts())
    raw = (vertex(started=at(0)), printed(f"key={secret}\n", 0.5), vertex(started=at(0), completed=at(1)))
    (tmp_path / "account").write_text("\n".join(raw))  # without a final line end
    script = ("sh", "-c", 'cat "$1" >&2', "sh", f"{tmp_path}/account")
    command = Command(groups=(script, ("--secret", "id=TOKEN,env=TOKEN")))
    names = LayerNames(Recipe(demand=DEMAND, base=BASE, steps=()))
    done = watch(command, {}, session, ChangeDetector(str(tmp_path), (), whole=False), names, lambda: None)
    assert done.log == f"+ {command.shell()}\n#1 [2/3] RUN echo hi\n#1 0.500 key=****\n#1 DONE 1.0s\n"
