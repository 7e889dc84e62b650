"""From a request to a new image, that is remembered."""

import os
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import NamedTuple

from caliban.backends.docker.build import image_tag
from caliban.backends.docker.check import disagreements
from caliban.backends.docker.dockerfile import render_dockerfile
from caliban.backends.report.layers import BuiltLayer, LayerNames, size_of
from caliban.backends.report.words import seconds
from caliban.compiler.diagnostics import ENGINE, Rejected
from caliban.compiler.input.project import Project
from caliban.compiler.ir.plan import Plan, Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.project import BuildWheel
from caliban.runtime.building import gcloud_problems, problems
from caliban.runtime.building.attempt import Attempt, BuildSession, attempt, attempt_again
from caliban.runtime.building.change_detector import Kind
from caliban.runtime.building.content import doubt_files, forget_context
from caliban.runtime.building.events import instruction
from caliban.runtime.building.failure import explain
from caliban.runtime.building.gcloud import NoGcloud, gcloud_missing
from caliban.runtime.building.leases import ended_leases
from caliban.runtime.building.measured import measured_layers
from caliban.runtime.building.naming import base_image, recipe_of
from caliban.runtime.building.records import keep_log_of_failure
from caliban.runtime.building.remember import Built, Draft, draft, remember
from caliban.runtime.building.request import BuildRequest, request_build
from caliban.runtime.building.timeline import Vertex
from caliban.runtime.engine.engine import Engine
from caliban.runtime.execute import Future
from caliban.runtime.interrupts import Interrupted
from caliban.runtime.say import listing, report, say
from caliban.runtime.session import Session
from caliban.runtime.settings.host_settings import HostSettings, host_settings
from caliban.runtime.state.folder import writing_into
from caliban.runtime.state.index import Image
from caliban.runtime.state.temporary import temporary_folder


class _Overlapped(NamedTuple):
    """The results of work that overlaps the start of the builder."""

    base: str | None  # the id of the base as it was before the build, where the engine had it
    store: Future[str | None] | None  # asked of what may be another engine than before; counts for the next build
    draft: Draft | None
    replaced: str | None  # the image whose name the new one takes: of --no_cache, of an older base, of a lost index
    names: Mapping[str, str | None]  # that the image gets, and the images that had them
    ended_leases: Sequence[str]


def make_image(request: BuildRequest, plan_without_gcloud: Plan | None, project: Project, session: Session) -> str:
    """Builds the image and returns its id; if only gcloud is unavailable, builds without it. Raises Rejected."""
    try:
        return _make(request, project, session)
    except NoGcloud as refused:
        if plan_without_gcloud is None:
            raise
        for problem in refused.diagnostics:
            report(gcloud_problems.not_missed(problem))
        return _make(
            request_build(plan_without_gcloud, session.machine, request.content, request.indexes, request.wheels),
            project,
            session,
        )


def _make(request: BuildRequest, project: Project, session: Session) -> str:
    """Builds an image, and remembers it. Raises NoGcloud where only that is missing, else Rejected."""
    plan, recipe, engine = request.plan, recipe_of(request.plan), session.engine
    before = engine.image_ids(image_tag(plan), base_image(recipe))
    named = engine.image_ids(plan.tag) if plan.tag is not None else None
    replaced, leases, orphans = engine.image_ids(request.tag), ended_leases(engine), session.orphans
    dockerfile = render_dockerfile(recipe)
    for disagreement in disagreements(dockerfile, recipe):
        raise AssertionError(f"the Dockerfile does not say what the recipe does: {disagreement}")
    settings = _host_settings(recipe, project, session)
    _say_what_is_not_installed(recipe, project)
    names, began = LayerNames(recipe), time.monotonic()

    @cache
    def overlapped() -> _Overlapped:
        orphans.result()
        newest, base = before.result() or (None, None)
        old = next(iter(replaced.result() or ()), None)
        names = {image_tag(plan): newest, request.tag: old}
        if plan.tag is not None and named is not None:
            names[plan.tag] = next(iter(named.result() or ()), None)
        return _Overlapped(
            base=base,
            store=engine.store() if newest is None and _has_data(recipe) else None,
            draft=draft(recipe, request.content, project.files, session),
            replaced=old,
            names=names,
            ended_leases=leases.result(),
        )

    with writing_into(session.folder), temporary_folder(session.folder) as folder:
        place = BuildSession(folder, dockerfile, settings, names, project.files, session)
        made = attempt(request, place, overlapped)
        if made.is_torn:
            made = _untorn(made, place, overlapped().names, project)
        elif made.changed(Kind.REPLACED):
            forget_context(session.index, session.root, request.content.token)
        elif made.changed(Kind.APPENDED):
            doubt_files(session.index, request.content.token, [change.before for change in made.changes[Kind.APPENDED]])
        _check(made, plan, project, session)
    # Not of --iidfile, which has the config's digest: the containerd store has no image of that id.
    image = made.watched.image or engine.image_id(made.request.tag)
    # If the base changed meanwhile, the next build is a new one.
    base = overlapped().base or next(iter(engine.image_ids(base_image(recipe)).result() or ()), None)
    fingerprint, tag = made.request.fingerprint, made.request.tag
    if not made.is_as_surveyed:
        fingerprint, tag = _set_apart(made.request, image, session)
    written = Image(fingerprint, image, base, tag, base_image(recipe))
    store, old = overlapped().store, overlapped().replaced
    timeline, drafted = made.watched.timeline, overlapped().draft
    if made.request is not request:
        drafted = draft(recipe, made.request.content, made.sources.files, session)
    built = Built(
        written, dockerfile, timeline, None if store is None else store.result(), request.indexes, made.watched.log
    )
    layers = _built_layers(timeline, names, image, engine)
    remember(plan, drafted, built, session)
    if session.index is not None and drafted is not None:
        cached = [words for vertex in timeline if vertex.cached and (words := instruction(vertex.name)) is not None]
        with suppress(sqlite3.Error):  # a full disk: only `explain` misses it
            session.index.note_measured(measured_layers(names, layers, cached, recipe, drafted.files))
    say(f"built in {seconds(time.monotonic() - began)}: {names.summary(layers) or 'all layers come from the cache'}")
    if old is not None and old != image:
        engine.remove_nameless_image(old)
    if overlapped().ended_leases:
        engine.remove_images(*overlapped().ended_leases)
    return image


def _built_layers(timeline: Sequence[Vertex], names: LayerNames, image: str, engine: Engine) -> list[BuiltLayer]:
    """The layers that were built; of packages, whose size nothing tells before, with the size."""
    found = ((vertex, instruction(vertex.name)) for vertex in timeline)
    new = [(words, vertex.seconds) for vertex, words in found if words is not None and not vertex.cached]
    sizes = engine.layer_sizes(image) if any(names.has_packages(words) for words, _ in new) else ()
    return [
        BuiltLayer(words, took, size_of(words, sizes) if names.has_packages(words) else None) for words, took in new
    ]


def _untorn(torn: Attempt, place: BuildSession, names: Mapping[str, str | None], project: Project) -> Attempt:
    """A second attempt in place of one whose image may have parts of two versions of a file.

    Raises Rejected where that one is torn too, or none can be made: then nothing of either stays, and `names` are those
    of the images that had them before, None for none.
    """
    session, made = place.session, torn
    try:
        if session.interrupts.first is None and torn.watched.not_loaded is None:
            made = attempt_again(torn, place)
            if made.is_torn and session.interrupts.first is None:
                raise Rejected(problems.kept_changing(made.changed(Kind.OVERWRITTEN)))
        _check(made, torn.request.plan, project, session)
    except BaseException:
        _discard((torn.request.tag, made.request.tag), names, session.engine)
        raise
    finally:
        forget_context(session.index, session.root, torn.request.content.token)
    if made.request.tag != torn.request.tag:
        session.engine.remove_image(torn.request.tag)
    return made


def _discard(tags: Sequence[str], names: Mapping[str, str | None], engine: Engine) -> None:
    """Removes the images that have these tags now, and gives their other names back."""
    images = {image for tag in tags for image in engine.image_ids(tag).result() or () if image is not None}
    for name in dict.fromkeys((*tags, *names)):
        if not images.intersection(engine.image_ids(name).result() or ()):
            continue
        earlier = names.get(name)
        if earlier is None:
            engine.remove_image(name)
            continue
        with suppress(Rejected):  # it is gone meanwhile
            engine.tag_image(earlier, name)
    for image in images:
        engine.remove_nameless_image(image)


def _check(made: Attempt, plan: Plan, project: Project, session: Session) -> None:
    """Raises Rejected where the build failed, NoGcloud where only that is missing."""
    watched = made.watched
    if session.interrupts.first is not None:
        raise Interrupted
    if watched.not_loaded is not None:
        raise Rejected(problems.not_loaded(watched.not_loaded), exit_code=ENGINE)
    if watched.failure is not None:
        if not made.is_as_surveyed:
            report(problems.changed_while_built(sorted(made.changed(Kind.REPLACED, Kind.APPENDED, Kind.OVERWRITTEN))))
        if (missing := gcloud_missing(watched.failure, recipe_of(plan))) is not None:
            raise NoGcloud(missing, exit_code=ENGINE)
        found = explain(watched.failure, project, session.engine.diagnose)
        path = keep_log_of_failure(session.folder, session.root, plan.mode, watched.log)
        raise Rejected(*(problems.with_log(problem, path) for problem in found), exit_code=ENGINE)


def _set_apart(request: BuildRequest, image: str, session: Session) -> tuple[str, str]:
    """A fingerprint that no content has, and a tag after it in place of the one that promises a content."""
    apart = request._replace(fingerprint=os.urandom(32).hex())
    session.engine.tag_image(image, apart.tag)
    session.engine.remove_image(request.tag)
    return apart.fingerprint, apart.tag


def _has_data(recipe: Recipe) -> bool:
    return any(isinstance(step, CopyFolder) and step.kind == "data" for step in recipe.steps)


def _say_what_is_not_installed(recipe: Recipe, project: Project) -> None:
    """A project that only declares what it depends on is no mistake, but its user may expect that it is installed.

    Of what setuptools refuses the build itself decides; the builder's cache may hold its refusal and not repeat it.
    """
    rest = "what it depends on is installed, the project itself is not"
    for package in project.packages if project.settings.install_project else ():
        if package.requirements and not package.installable:
            say(f"{package.manifest} declares nothing to build: {rest}")
    for step in recipe.steps:
        if not isinstance(step, BuildWheel) or not step.discovers:
            continue
        from caliban.compiler.frontend.dependencies.own_builds import found_by_setuptools

        apart = tuple(f"{folder}/" for folder in step.without)
        seen = (fact.path for fact in project.files if not fact.path.startswith(apart))
        if len(found := found_by_setuptools(seen, step.path)) > 1:
            say(f"setuptools finds several packages ({listing(found)}), and takes none that is not named: {rest}")


def _host_settings(recipe: Recipe, project: Project, session: Session) -> HostSettings:
    """Return the settings of this machine for the build, and report those that a user should know of."""
    settings = host_settings(
        recipe,
        project.requirements_files,
        project.indexes,
        session.installers,
        torch_index=project.settings.torch_index,
    )
    for warning in settings.warnings:
        report(warning)
    if (netrc := dict(settings.files).get("netrc")) is not None:
        say(f"the build, and all code that it runs, may use the passwords in {netrc} (not with NETRC=/dev/null)")
    if settings.unseen:
        say(f"no folder of packages that can be read, so it is not asked: {listing(settings.unseen)}")
    if settings.host_network:
        say("an index or proxy is on this machine's loopback, so the build uses the machine's network")
    return settings
