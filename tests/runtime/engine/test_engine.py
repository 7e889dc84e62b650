"""What the engine is asked, and what its answers come to: through a client that is a script."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from clients import Client

from caliban.compiler.diagnostics import Rejected
from caliban.runtime.engine.engine import Engine

MISSING = "Error response from daemon: No such image: b:latest"
NO_HOST = 'error during connect: Get "http://x.invalid:2375/v1.50/info": dial tcp: lookup x.invalid: no such host'
ONE, TWO = "sha256:1", "sha256:2"


@pytest.fixture
def docker() -> Engine:
    return Engine(os.environ)


def code_of(rejected: "pytest.ExceptionInfo[Rejected]") -> str:
    return rejected.value.diagnostics[0].code


def test_several_images_are_one_question(client: Client, docker: Engine) -> None:
    client.answers({" a b ": (0, f"{ONE}\n{TWO}\n", "")})
    assert docker.image_ids("a", "b").result() == [ONE, TWO]
    assert len(client.calls) == 1


def test_an_image_that_is_not_there_does_not_hide_the_others(client: Client, docker: Engine) -> None:
    client.answers({" a b ": (1, f"{ONE}\n", MISSING), "}} a ": (0, f"{ONE}\n", ""), "}} b ": (1, "", MISSING)})
    assert docker.image_ids("a", "b").result() == [ONE, None]


@pytest.mark.parametrize(
    ("reference", "pulls"), [(f"sha256:{'0a' * 32}", False), ("0123456789ab", False), ("me/image:1", True)]
)
def test_only_a_name_is_offered_to_be_pulled(reference: str, pulls: bool, client: Client, docker: Engine) -> None:
    client.answers({"": (1, "", MISSING)})
    with pytest.raises(Rejected) as caught:
        docker.image_id(reference)
    (problem,) = caught.value.diagnostics
    assert (problem.code, f"docker pull {reference}" in (problem.hint or "")) == ("no-image", pulls)


@pytest.mark.parametrize("words", [NO_HOST, "Cannot connect to the Docker daemon at unix:///x.", ""])
def test_no_answer_is_not_a_missing_image(words: str, client: Client, docker: Engine) -> None:
    client.answers({"": (1, "", words)})
    assert docker.image_ids("a").result() is None
    assert docker.image_ids("a", "b").result() is None


def test_an_address_that_cannot_be_resolved_is_an_engine_that_is_not_there(client: Client, docker: Engine) -> None:
    client.answers({"": (1, "", NO_HOST)})
    with pytest.raises(Rejected) as rejected:
        docker.image_id("a")
    assert (code_of(rejected), rejected.value.exit_code) == ("no-engine", 125)


def test_an_image_that_has_to_be_there_is_named(client: Client, docker: Engine) -> None:
    client.answers({"image inspect": (1, "", MISSING)})
    with pytest.raises(Rejected) as rejected:
        docker.image_id("b")
    assert code_of(rejected) == "no-image"


def test_a_question_that_was_asked_ahead_is_not_asked_again(client: Client, docker: Engine) -> None:
    client.answers({" a b ": (0, f"{ONE}\n{TWO}\n", "")})
    docker.image_ids("a", "b")
    assert docker.image_ids("a", "b").result() == [ONE, TWO]
    assert len(client.calls) == 1


def test_what_caliban_changes_is_asked_anew(client: Client, docker: Engine) -> None:
    client.answers({"inspect": (0, f"{ONE}\n", "")})
    before = docker.image_ids("a").result()
    client.answers({"image rm": (0, "", ""), "inspect": (1, "", MISSING)})
    assert docker.remove_image("a")
    assert (before, docker.image_ids("a").result()) == ([ONE], [None])


@pytest.mark.parametrize(
    ("outcome", "gone"),
    [
        ((0, "", ""), True),
        ((1, "", MISSING), True),
        ((1, "", "conflict: unable to remove repository reference (must force) - container 1 is using it"), False),
        ((1, "", NO_HOST), False),
    ],
)
def test_an_image_is_gone_if_it_was_removed_or_not_there(
    outcome: tuple[int, str, str], gone: bool, client: Client, docker: Engine
) -> None:
    client.answers({"image rm": outcome})
    assert docker.remove_image("b") is gone


@pytest.mark.parametrize(("names", "removed"), [("0", True), ("1", False)])
def test_an_image_with_a_name_of_the_users_stays(names: str, removed: bool, client: Client, docker: Engine) -> None:
    client.answers({"inspect": (0, f"{names}\n", "")})
    docker.remove_nameless_image(ONE)
    assert (f"image rm {ONE}" in client.calls) is removed


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({" version --format": (1, "", NO_HOST)}, "no-engine"),
        ({" version --format": (1, "", "permission denied while trying to connect to the docker API")}, "no-engine"),
        (
            {
                "buildx version": (1, "", "docker: unknown command: docker buildx"),
                " version --format": (0, "28.5.2", ""),
            },
            "no-buildx",
        ),
        ({"": (0, "28.5.2", "")}, None),
        ({"": (0, "", "")}, "no-engine"),
    ],
)
def test_a_diagnosis_names_what_is_missing(
    answers: dict[str, tuple[int, str, str]], code: str | None, client: Client, docker: Engine
) -> None:
    client.answers(answers)
    problem = docker.diagnose()
    assert (problem.code if problem is not None else None) == code


def test_without_a_client_the_engine_is_missing(
    docker: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Rejected) as rejected:
        docker.image_ids("a")
    assert (code_of(rejected), rejected.value.exit_code) == ("no-engine", 125)


def test_a_state_is_unknown_where_the_engine_does_not_answer(client: Client, docker: Engine) -> None:
    client.answers({"": (1, "", NO_HOST)})
    assert docker.container_state("x") is None


QUESTIONS: dict[str, Callable[[Engine], object]] = {
    "image_ids": lambda engine: engine.image_ids("a", "b").result(),
    "image_size": lambda engine: engine.image_size("a"),
    "pulled_digest": lambda engine: engine.pulled_digest("a"),
    "container_state": lambda engine: engine.container_state("a"),
}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("said", ["", "ok\n", "{}\n", "null\n", '[]\n{"state": {}}\n'])
def test_a_program_that_is_not_docker_is_named(said: str, question: str, client: Client, docker: Engine) -> None:
    client.answers({"": (0, said, "")})
    with pytest.raises(Rejected) as rejected:
        QUESTIONS[question](docker)
    assert ([problem.code for problem in rejected.value.diagnostics], rejected.value.exit_code) == (["no-engine"], 125)


@pytest.mark.parametrize(
    ("code", "words", "refusal"),
    [
        (125, "unknown flag: --bogus\n\nUsage:  docker run [OPTIONS]\n", "unknown flag: --bogus"),
        (1, "Failed to initialize: unable to resolve docker endpoint", None),  # not for these options
        (0, "", None),
    ],
)
def test_options_are_read_by_the_client_before_there_is_a_container(
    code: int, words: str, refusal: str | None, client: Client, docker: Engine
) -> None:
    client.answers({"": (code, "", words)})
    assert (docker.refused_options(("--bogus",)), client.calls) == (refusal, ["run --bogus --help"])


def test_an_image_that_was_there_is_asked_for_again(client: Client, docker: Engine) -> None:
    client.answers({" a ": (0, f"{ONE}\n", "")})
    assert (docker.image_ids("a").result(), docker.has_image("a")) == ([ONE], True)
    client.answers({" a ": (1, "", MISSING)})
    assert (docker.image_ids("a").result(), docker.has_image("a")) == ([ONE], False)
    client.answers({" a ": (1, "", NO_HOST)})
    assert docker.has_image("a")


def test_a_container_of_an_image_that_was_removed_says_so(client: Client, docker: Engine) -> None:
    client.answers({" create ": (1, "", MISSING)})
    with pytest.raises(Rejected) as rejected:
        docker.create_container("b", ())
    assert code_of(rejected) == "no-image"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Error response from daemon: No such container: c", "removed"),
        ("Error response from daemon: can not get logs from container which is dead or marked for removal", "removed"),
        ("Error response from daemon: input/output error", "engine-refused"),
    ],
)
def test_the_changes_of_a_container_that_was_removed_are_not_asked_of_the_engines_log(
    words: str, code: str, client: Client, docker: Engine
) -> None:
    client.answers({"diff c ": (1, "", words)})
    with pytest.raises(Rejected) as rejected:
        list(docker.changes("c"))
    (problem,) = rejected.value.diagnostics
    assert (problem.code, "start" in problem.message) == (code, False)
