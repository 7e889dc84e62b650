"""An image that is taken again: which questions that costs, and which names the image gets."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from clients import Client
from projects import project

from caliban.backends.docker.build import image_tag
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.project.survey import survey
from caliban.compiler.input.invocation import Build
from caliban.compiler.lowering.observed import Observed
from caliban.compiler.pipeline import compile_plan
from caliban.runtime.building.content import index_content
from caliban.runtime.building.image import ensure_image
from caliban.runtime.building.naming import base_image, recipe_of
from caliban.runtime.building.request import BuildRequest, request_build
from caliban.runtime.interrupts import Interrupts
from caliban.runtime.observing.caller import read_caller
from caliban.runtime.session import Session
from caliban.runtime.settings.asked import asked_indexes
from caliban.runtime.state.index import Image

IMAGE, BASE, OTHER = (f"sha256:{number}" for number in ("a", "b", "c"))
Take = Callable[[BuildRequest], str]


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    return Client(tmp_path, monkeypatch)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    project(tmp_path, {"p/m/x.py": "print()"})
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CALIBAN_HOME": str(tmp_path / "home")}
    return Session(str(tmp_path / "p"), environment, Interrupts())


@pytest.fixture
def requested(session: Session) -> tuple[BuildRequest, Take]:
    """What a build of the project asks for, and what takes its image."""
    invocation = parse(["build", "--nogpu", "m/x.py"])
    assert isinstance(invocation, Build)
    caller = read_caller(session.root, session.environment)
    found = survey(invocation, caller)
    plan = compile_plan(invocation, found, caller, Observed())
    content, _ = index_content(session.index, session.root, found.files)
    indexes = asked_indexes(recipe_of(plan), found.requirements_files, session.installers)
    return request_build(plan, session.machine, content, indexes), lambda request: ensure_image(
        request.plan, found, session
    )


def noted(request: BuildRequest, session: Session, *, root: str, tag: str) -> None:
    assert session.index is not None
    image = Image(request.fingerprint, IMAGE, BASE, tag, base_image(recipe_of(request.plan)))
    session.index.note_image(root, "cpu", image)


def answers(docker: Client, request: BuildRequest, newest: str) -> None:
    """An engine whose name for the project's newest image leads to `newest`."""
    base = base_image(recipe_of(request.plan))
    docker.answers(
        {
            f" {image_tag(request.plan)} {base} ": (0, f"{newest}\n{BASE}\n", ""),
            f" {IMAGE} {base} ": (0, f"{IMAGE}\n{BASE}\n", ""),
            "image tag": (0, "", ""),
            f" {OTHER} ": (0, "1\n", ""),
        }
    )


def test_an_image_that_is_the_newest_costs_one_question(
    docker: Client, session: Session, requested: tuple[BuildRequest, Take]
) -> None:
    request, take = requested
    noted(request, session, root=session.root, tag=request.tag)
    answers(docker, request, IMAGE)
    assert (take(request), len(docker.calls)) == (IMAGE, 1)


def test_an_older_image_becomes_the_newest_by_name_and_in_the_index(
    docker: Client, session: Session, requested: tuple[BuildRequest, Take]
) -> None:
    request, take = requested
    noted(request, session, root=session.root, tag=request.tag)
    assert session.index is not None
    session.index.note_image(session.root, "cpu", Image("other", OTHER, BASE, "caliban/p:cpu-other", "base"))
    answers(docker, request, OTHER)
    assert take(request) == IMAGE
    newest = session.index.newest(session.root, "cpu")
    assert [call for call in docker.calls if call.startswith("image tag")] == [f"image tag {IMAGE} caliban/p:cpu"]
    assert newest is not None
    assert newest.fingerprint == request.fingerprint


def test_another_projects_image_gets_both_names_of_this_one(
    docker: Client, session: Session, requested: tuple[BuildRequest, Take]
) -> None:
    request, take = requested
    noted(request, session, root="/elsewhere/q", tag="caliban/q:cpu-0123456789ab")
    answers(docker, request, OTHER)
    assert take(request) == IMAGE
    tags = [call.rpartition(" ")[2] for call in docker.calls if call.startswith("image tag")]
    assert tags == [request.tag, "caliban/p:cpu"]
    assert session.index is not None
    taken = session.index.newest(session.root, "cpu")
    assert taken is not None
    assert taken.tag == request.tag
