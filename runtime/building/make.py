"""From a plan to a new image, that is remembered."""

import os
import tempfile
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

from msgspec.structs import replace

from caliban.backends.docker.check import disagreements
from caliban.backends.docker.commands import BuildSite, build_command
from caliban.backends.docker.dockerfile import spell_dockerfile
from caliban.compiler.copies import CopyFolder
from caliban.compiler.diagnostics import ENGINE, Rejected
from caliban.compiler.plan import Plan, Recipe
from caliban.compiler.problems import gcloud as gcloud_problems
from caliban.compiler.project import Project
from caliban.runtime.building import content
from caliban.runtime.building.builder import at_once
from caliban.runtime.building.failure import explain
from caliban.runtime.building.gcloud import NoGcloud, gcloud_missing
from caliban.runtime.building.goal import Goal, goal_of
from caliban.runtime.building.memory import Built, Draft, draft, remember
from caliban.runtime.building.naming import base_image, recipe_of
from caliban.runtime.building.site import build_site, carrier
from caliban.runtime.building.times import takes_archive
from caliban.runtime.building.watch import Watched, watch
from caliban.runtime.building.witness import Witness
from caliban.runtime.building.workplace import Workplace
from caliban.runtime.engine import Ids, ask_for_images, ask_for_store, diagnose, existing_image
from caliban.runtime.execute import answer
from caliban.runtime.interrupts import Interrupted
from caliban.runtime.lending.loan import Loan, lend
from caliban.runtime.problems import build as build_problems
from caliban.runtime.say import listing, report, say, show
from caliban.runtime.state.folder import writing_into
from caliban.runtime.state.index import Image


class _Aside(NamedTuple):
    """What is found out while the builder loads itself."""

    base: Ids | None  # of the image, where the engine showed it
    store: Callable[[], str | None] | None  # asked of what may be another engine than before; counts for the next build
    draft: Draft | None
    overtaken: str | None  # the image whose name the new one takes


def make_image(goal: Goal, namesake: Ids, newest: Ids, lesser: Plan | None, project: Project, place: Workplace) -> str:
    """The id of a new image: of the goal, or where gcloud alone cannot be had, of the lesser plan. Raises Rejected.

    `namesake`: the images that have its name. `newest`: the project's newest image and its base; it is called again.
    """
    try:
        return _make(goal, namesake, newest, project, place)
    except NoGcloud as refused:
        if lesser is None:
            raise
        for problem in refused.diagnostics:
            report(gcloud_problems.not_missed(problem))
        goal = goal_of(lesser, goal.known, goal.indexes)
        return _make(goal, goal.ask_for_namesake(), newest, project, place)


def _make(goal: Goal, namesake: Ids, newest: Ids, project: Project, place: Workplace) -> str:
    """Builds an image, and remembers it. Raises NoGcloud where only that is missing, else Rejected."""
    plan, recipe = goal.plan, recipe_of(goal.plan)
    dockerfile = spell_dockerfile(recipe)
    for disagreement in disagreements(dockerfile, recipe):
        raise AssertionError(f"the Dockerfile does not say what the recipe does: {disagreement}")
    loan = _lend(recipe, project, place)
    with writing_into(place.folder), tempfile.TemporaryDirectory(prefix="build-", dir=place.folder) as folder:
        witness = Witness(place.root, project.files, whole=any("." in step.effects.inputs for step in recipe.steps))
        site = build_site(goal, folder, place, loan, files=project.files)
        site = replace(site, archive=takes_archive(plan, project.files))
        _write(site.dockerfile, dockerfile)
        _write(f"{site.dockerfile}.dockerignore", "".join(f"{pattern}\n" for pattern in plan.ignore_patterns))
        aside = cache(partial(_aside, goal, namesake, newest, project, place))
        try:
            watched = _build(plan, project, site, loan, place, witness=witness, meanwhile=aside)
            # As it was before the build, where it was there: if it changed meanwhile, the next build is a new one.
            base = aside().base or ask_for_images((base_image(recipe),))
            # Not of --iidfile, which has the config's digest: the containerd store has no image of that id.
            image = watched.image or existing_image(goal.tag)
        finally:
            if witness.changed:
                report(build_problems.changed_while_built(witness.changed))
                content.forget_context(place.state, place.root, goal.known.token)
    fingerprint, tag = _set_apart(goal, image) if witness.changed else (goal.fingerprint, goal.tag)
    written = Image(fingerprint, image, next(iter(base()), None), tag, base_image(recipe))
    store, overtaken = aside().store, aside().overtaken
    built = Built(written, dockerfile, watched.timeline, None if store is None else store(), goal.indexes)
    remember(plan, aside().draft, built, place)
    if overtaken is not None and overtaken != image:
        _remove_nameless(overtaken)
    return image


def _aside(goal: Goal, namesake: Ids, newest: Ids, project: Project, place: Workplace) -> _Aside:
    recipe, there = recipe_of(goal.plan), newest()
    return _Aside(
        base=(lambda: there[1:]) if there else None,
        store=ask_for_store() if not there and _has_data(recipe) else None,
        draft=draft(recipe, goal.known, project.files, place),
        overtaken=next(iter(namesake()), None),  # asked before the builder began, which names the image at its end
    )


def _set_apart(goal: Goal, image: str) -> tuple[str, str]:
    """A fingerprint that no content has, and a tag after it in place of the one that promises a content."""
    apart = goal._replace(fingerprint=os.urandom(32).hex())
    answer(("docker", "image", "tag", image, apart.tag))
    answer(("docker", "image", "rm", goal.tag))
    return apart.fingerprint, apart.tag


def _has_data(recipe: Recipe) -> bool:
    return any(isinstance(step, CopyFolder) and step.kind == "data" for step in recipe.steps)


def _lend(recipe: Recipe, project: Project, place: Workplace) -> Loan:
    loan = lend(recipe, project.requirements_files, project.indexes, place.environment)
    for warning in loan.warnings:
        report(warning)
    if (netrc := dict(loan.files).get("netrc")) is not None:
        say(f"the build, and all code that it runs, may use the passwords in {netrc} (not with NETRC=/dev/null)")
    if loan.unseen:
        say(f"a build sees no folder of this machine, so it does not ask {listing(loan.unseen)}")
    if loan.host_network:
        say("an index or proxy is on this machine's loopback, so the build uses the machine's network")
    return loan


def _remove_nameless(image: str) -> None:
    """An image whose names its successor took; one that the user named too stays."""
    outcome = answer(("docker", "image", "inspect", "--format", "{{len .RepoTags}}", image))
    if outcome.code == 0 and outcome.stdout.strip() == "0":
        answer(("docker", "image", "rm", image))  # without --force: refused where a container needs it


def _build(
    plan: Plan,
    project: Project,
    site: BuildSite,
    loan: Loan,
    place: Workplace,
    *,
    witness: Witness,
    meanwhile: Callable[[], object],
) -> Watched:
    """Builds; how it went. Raises Rejected, and NoGcloud where only that is missing."""
    command = build_command(plan, "", site)
    show(command)
    texts = {carrier(name): text for name, text in loan.texts.items()}
    watched = watch(at_once(command, place.environment), texts, place.interrupts, witness, meanwhile)
    if place.interrupts.first is not None:
        raise Interrupted
    if watched.not_loaded is not None:
        raise Rejected(build_problems.not_loaded(watched.not_loaded), exit_code=ENGINE)
    if watched.words is not None:
        if (missing := gcloud_missing(watched.words, recipe_of(plan))) is not None:
            raise NoGcloud(missing, exit_code=ENGINE)
        raise Rejected(*explain(watched.words, project, diagnose), exit_code=ENGINE)
    return watched


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        file.write(text)
