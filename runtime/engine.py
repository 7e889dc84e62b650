"""Questions to the engine, by its client, and what its answers mean."""

import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

from caliban.compiler.diagnostics import ENGINE, Diagnostic, Rejected
from caliban.compiler.host import CONTAINERD
from caliban.runtime.execute import Outcome, answer, answers, ask
from caliban.runtime.problems import engine as problems

Ids = Callable[[], list[str]]  # of images: an answer that may still be on its way


class Exit(NamedTuple):
    """How a container ended."""

    code: int
    status: str  # 'created', 'running', 'exited'
    error: str  # why the engine could not start it; empty where it could
    out_of_memory: bool
    memory_limit: int  # bytes; 0: none
    upper: str | None  # the folder of the overlay file system that holds what the container wrote


def image_ids(references: Sequence[str]) -> list[str | None] | None:
    """The ids of images, None for one that is not there; None altogether where the engine gave no answer."""
    inspect = ("docker", "image", "inspect", "--format", "{{.Id}}")
    together = answer((*inspect, *references))
    if together.code == 0:
        return list(together.stdout.split())
    found: list[str | None] = []
    for outcome in answers((*inspect, name) for name in references):
        if outcome.code and not is_missing(outcome):
            return None
        found.append(None if outcome.code else outcome.stdout.strip())
    return found


def ask_for_images(references: Sequence[str]) -> Ids:
    """Asks for the ids of images that are probably there; an empty list if one is not, or the engine gave no answer."""
    later = ask(("docker", "image", "inspect", "--format", "{{.Id}}", *references))

    def ids() -> list[str]:
        outcome = later()
        return [] if outcome.code else outcome.stdout.split()

    return ids


def existing_image(reference: str) -> str:
    """The id of an image that has to be there. Raises Rejected."""
    ids = image_ids([reference])
    if ids is None:
        raise Rejected(diagnose() or problems.image_missing(reference), exit_code=ENGINE)
    if ids[0] is None:
        raise Rejected(problems.image_missing(reference), exit_code=ENGINE)
    return ids[0]


def how_it_ended(container: str) -> tuple[str, ...]:
    """The question; `read_exit` understands the answer."""
    template = '{"state": {{json .State}}, "memory": {{.HostConfig.Memory}}, "driver": {{json .GraphDriver}}}'
    return ("docker", "container", "inspect", "--format", template, container)


def read_exit(outcome: Outcome) -> Exit | None:
    """The state of a container, or None where the engine does not know it or did not answer."""
    if outcome.code:
        return None
    told = json.loads(outcome.stdout)
    state = told["state"]
    return Exit(
        code=state["ExitCode"],
        status=state["Status"],
        error=state.get("Error") or "",
        out_of_memory=bool(state.get("OOMKilled")),
        memory_limit=told["memory"],
        upper=((told["driver"] or {}).get("Data") or {}).get("UpperDir"),
    )


def ask_for_store() -> Callable[[], str | None]:
    """Asks where the engine keeps images: CONTAINERD, or its graph driver, 'overlay2'; None if it gave no answer."""
    later = ask(("docker", "info", "--format", "{{.Driver}} {{json .DriverStatus}}"))

    def store() -> str | None:
        driver, _, status = later().stdout.strip().partition(" ")
        return CONTAINERD if "io.containerd.snapshotter.v1" in status else driver or None

    return store


def is_missing(outcome: Outcome) -> bool:
    """Whether the engine answered that there is no such thing."""
    return "No such" in outcome.stderr or "no such" in outcome.stderr


def diagnose() -> Diagnostic | None:
    """Why nothing works: no client, no daemon, no buildx; None where all of them answer."""
    outcome = answer(("docker", "version", "--format", "{{.Server.Version}}"))
    words = last_line(outcome.stderr)
    if outcome.code:
        return problems.engine_forbidden(words) if "permission denied" in words else problems.engine_unreachable(words)
    outcome = answer(("docker", "buildx", "version"))
    return problems.buildx_missing(last_line(outcome.stderr)) if outcome.code else None


def last_line(text: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
