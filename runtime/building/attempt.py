"""One start of the builder, on the project or on a snapshot of it: how it went, and which files changed meanwhile."""

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from caliban.backends.docker.build import build_command
from caliban.backends.report.layers import LayerNames
from caliban.compiler.input.project import FileFact
from caliban.compiler.ir.plan import Plan
from caliban.runtime.building.change_detector import ChangeDetector, FileChange, Kind
from caliban.runtime.building.content import content_of, forget_context, known_digests
from caliban.runtime.building.naming import recipe_of
from caliban.runtime.building.request import BuildRequest, request_build
from caliban.runtime.building.site import CopySources, build_site, carrier
from caliban.runtime.building.snapshot import take_snapshot
from caliban.runtime.building.times import takes_archive
from caliban.runtime.building.watch import Watched, watch
from caliban.runtime.say import listing, say, show
from caliban.runtime.session import Session
from caliban.runtime.settings.host_settings import HostSettings


class BuildSession(NamedTuple):
    """The values that several attempts at one image share."""

    folder: str  # for files that these builds alone need
    dockerfile: str  # its text
    settings: HostSettings
    names: LayerNames
    files: Sequence[FileFact]  # of the project
    session: Session


class Attempt(NamedTuple):
    """A build that ended, well or not."""

    request: BuildRequest
    sources: CopySources
    watched: Watched
    changes: dict[Kind, list[FileChange]]

    def changed(self, *kinds: Kind) -> list[str]:
        """The paths that changed so while the builder read them."""
        return [change.before.path for kind in kinds for change in self.changes[kind]]

    @property
    def is_torn(self) -> bool:
        """Return whether the image may have parts of two versions of a file."""
        return bool(self.changes[Kind.OVERWRITTEN])

    @property
    def is_as_surveyed(self) -> bool:
        """Return whether the builder read exactly the hashed content."""
        return not self.changed(Kind.REPLACED, Kind.APPENDED, Kind.OVERWRITTEN)


def attempt(request: BuildRequest, place: BuildSession, meanwhile: Callable[[], object]) -> Attempt:
    """Builds from the project itself; `meanwhile` is called once the builder starts."""
    session = place.session
    return _attempt(request, CopySources(session.root, place.files, session.folder), place.folder, place, meanwhile)


def attempt_again(torn: Attempt, place: BuildSession) -> Attempt:
    """Builds from a snapshot in which the files that were overwritten are copies, and whole.

    The builder knows its context by the same name, so it reads nothing else again. Raises Rejected where no
    snapshot can be taken.
    """
    session, content = place.session, torn.request.content
    overwritten = torn.changed(Kind.OVERWRITTEN)
    say(f"changed while the builder read it: {listing(tuple(overwritten))}; building once more, from a copy of it")
    folder = os.path.join(place.folder, "again")
    project = os.path.join(folder, "project")
    os.makedirs(os.path.join(folder, "contexts"))
    digests = known_digests(session.index, session.root, content)
    taken = take_snapshot(session.root, place.files, frozenset(overwritten), digests, project)
    before = torn.request
    request = request_build(
        before.plan, session.machine, content_of(taken, content.token), before.indexes, before.wheels
    )
    sources = CopySources(project, tuple(fact for fact, _ in taken), folder)
    return _attempt(request, sources, folder, place, lambda: None)


def _attempt(
    request: BuildRequest, sources: CopySources, folder: str, place: BuildSession, meanwhile: Callable[[], object]
) -> Attempt:
    session, plan = place.session, request.plan
    detector = ChangeDetector(sources.root, sources.files, whole=_reads_all(plan))
    site = build_site(request, folder, session, place.settings, sources)
    site = replace(site, archive=takes_archive(plan, place.files, session.engine))
    _write(site.dockerfile, place.dockerfile)
    _write(f"{site.dockerfile}.dockerignore", "".join(f"{pattern}\n" for pattern in plan.ignore_patterns))
    command = build_command(plan, "", session.machine, site)
    show(command)
    texts = {carrier(name): text for name, text in place.settings.texts.items()}
    try:
        watched = watch(command, texts, session, detector, place.names, meanwhile)
    except BaseException:
        if detector.changes:
            forget_context(session.index, session.root, request.content.token)
        raise
    digests = known_digests(session.index, session.root, request.content)
    return Attempt(request, sources, watched, detector.sorted_changes(digests))


def _reads_all(plan: Plan) -> bool:
    return any("." in step.effects.inputs for step in recipe_of(plan).steps)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        file.write(text)
