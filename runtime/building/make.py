"""From a plan to a new image, that is remembered."""

import secrets
import tempfile

from msgspec.structs import replace

from caliban.backends.docker.check import disagreements
from caliban.backends.docker.commands import BuildSite, build_command, image_tag
from caliban.backends.docker.dockerfile import spell_dockerfile
from caliban.compiler.copies import CopyFolder
from caliban.compiler.diagnostics import ENGINE, Rejected
from caliban.compiler.plan import Plan, Recipe
from caliban.compiler.problems import gcloud as gcloud_problems
from caliban.compiler.project import Project
from caliban.runtime.building import content
from caliban.runtime.building.failure import explain
from caliban.runtime.building.gcloud import NoGcloud, gcloud_missing
from caliban.runtime.building.log import Vertex
from caliban.runtime.building.memory import Built, remember
from caliban.runtime.building.naming import base_image, fingerprint_of, recipe_of
from caliban.runtime.building.site import build_site, carrier
from caliban.runtime.building.times import takes_archive
from caliban.runtime.building.watch import watch
from caliban.runtime.building.witness import Witness
from caliban.runtime.building.workplace import Workplace
from caliban.runtime.engine import ask_for_images, ask_for_store, diagnose, existing_image
from caliban.runtime.execute import answer
from caliban.runtime.interrupts import Interrupted, Interrupts
from caliban.runtime.lending.loan import Loan, lend
from caliban.runtime.problems import build as build_problems
from caliban.runtime.say import listing, report, say, show
from caliban.runtime.state.folder import writing_into
from caliban.runtime.state.index import Image


def make_image(plan: Plan, lesser: Plan | None, project: Project, known: content.Content, place: Workplace) -> str:
    """The id of a new image: of the plan, or where gcloud alone cannot be had, of the lesser one. Raises Rejected."""
    try:
        return _make(plan, project, known, place)
    except NoGcloud as refused:
        if lesser is None:
            raise
        for problem in refused.diagnostics:
            report(gcloud_problems.not_missed(problem))
        return _make(lesser, project, known, place)


def _make(plan: Plan, project: Project, known: content.Content, place: Workplace) -> str:
    """Builds an image, and remembers it. Raises NoGcloud where only that is missing, else Rejected."""
    recipe = recipe_of(plan)
    dockerfile = spell_dockerfile(recipe)
    for disagreement in disagreements(dockerfile, recipe):
        raise AssertionError(f"the Dockerfile does not say what the recipe does: {disagreement}")
    loan = _lend(recipe, project, place)
    fingerprint = fingerprint_of(plan, known, loan.indexes)
    tag = f"{image_tag(plan)}-{fingerprint[:12]}"
    before = ask_for_images((tag,))  # --no_cache, a new base or a lost index: equal content, another image
    with writing_into(place.folder), tempfile.TemporaryDirectory(prefix="build-", dir=place.folder) as folder:
        witness = Witness(place.root, project.files, whole=any("." in step.effects.inputs for step in recipe.steps))
        site = build_site(recipe, known.token, folder, tag, place, loan, files=project.files)
        site = replace(site, archive=takes_archive(plan, project.files))
        _write(site.dockerfile, dockerfile)
        _write(f"{site.dockerfile}.dockerignore", "".join(f"{pattern}\n" for pattern in plan.ignore_patterns))
        # While it builds: what the engine says counts for the next build.
        asked = ask_for_store() if _has_data(recipe) else None
        overtaken = next(iter(before()), None)
        try:
            timeline = _build(plan, project, site, loan, place.interrupts, witness)
            based = ask_for_images((base_image(recipe),))
            # Not of --iidfile, which has the config's digest: the containerd store has no image of that id.
            image = existing_image(tag)
        finally:
            if witness.changed:
                report(build_problems.changed_while_built(witness.changed))
                content.forget_context(place.state, place.root, known.token)
    if witness.changed:
        fingerprint, tag = _set_apart(plan, image, tag)
    written = Image(fingerprint, image, next(iter(based()), None), tag)
    store = None if asked is None else asked()
    built = Built(written, dockerfile, timeline, project.files, store, loan.indexes)
    remember(plan, recipe, known, built, place)
    if overtaken is not None and overtaken != image:
        _remove_nameless(overtaken)
    return image


def _set_apart(plan: Plan, image: str, tag: str) -> tuple[str, str]:
    """A fingerprint that no content has, and a tag after it in place of the one that promises a content."""
    fingerprint = secrets.token_hex(32)
    own = f"{image_tag(plan)}-{fingerprint[:12]}"
    answer(("docker", "image", "tag", image, own))
    answer(("docker", "image", "rm", tag))
    return fingerprint, own


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
    plan: Plan, project: Project, site: BuildSite, loan: Loan, interrupts: Interrupts, witness: Witness
) -> tuple[Vertex, ...]:
    """Builds; how it went. Raises Rejected, and NoGcloud where only that is missing."""
    command = build_command(plan, "", site)
    show(command)
    texts = {carrier(name): text for name, text in loan.texts.items()}
    watched = watch(command, texts, interrupts, witness)
    if interrupts.first is not None:
        raise Interrupted
    if watched.not_loaded is not None:
        raise Rejected(build_problems.not_loaded(watched.not_loaded), exit_code=ENGINE)
    if watched.words is not None:
        if (missing := gcloud_missing(watched.words, recipe_of(plan))) is not None:
            raise NoGcloud(missing, exit_code=ENGINE)
        raise Rejected(*explain(watched.words, project, diagnose), exit_code=ENGINE)
    return watched.timeline


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        file.write(text)
