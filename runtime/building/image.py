"""From a plan to the id of an image: the one that was built from this very content, or a new one."""

import secrets
import sqlite3
import tempfile
from hashlib import sha256

from msgspec.structs import replace

from caliban.backends.docker.check import disagreements
from caliban.backends.docker.commands import BuildSite, build_command, image_tag
from caliban.backends.docker.dockerfile import spell_dockerfile
from caliban.compiler.bases import BaseImage
from caliban.compiler.diagnostics import ENGINE, Rejected
from caliban.compiler.plan import ExistingImage, Plan, Recipe
from caliban.compiler.problems import gcloud as gcloud_problems
from caliban.compiler.project import Project
from caliban.compiler.steps import CopyFolder
from caliban.runtime.building import content
from caliban.runtime.building.failure import explain
from caliban.runtime.building.gcloud import NoGcloud, gcloud_missing, without_gcloud
from caliban.runtime.building.log import Vertex
from caliban.runtime.building.memory import Built, remember
from caliban.runtime.building.site import Workplace, build_site, carrier
from caliban.runtime.building.times import takes_archive
from caliban.runtime.building.watch import watch
from caliban.runtime.building.witness import Witness
from caliban.runtime.engine import ask_for_images, ask_for_store, diagnose, image_ids
from caliban.runtime.execute import answer
from caliban.runtime.interrupts import Interrupted, Interrupts
from caliban.runtime.lending.loan import Loan, lend
from caliban.runtime.problems import build as build_problems
from caliban.runtime.problems import engine as engine_problems
from caliban.runtime.say import listing, report, say, show
from caliban.runtime.state.folder import writing_into
from caliban.runtime.state.index import Image, State


def ensure_image(plan: Plan, project: Project, place: Workplace) -> str:
    """The id of the plan's image, built if nothing that was built before has its content. Raises Rejected."""
    if isinstance(plan.image, ExistingImage):
        return _existing(plan.image.reference)
    base = _base_image(plan.image)
    newest = ask_for_images((image_tag(plan), base))  # while we look at the content
    known, warning = content.know(place.state, place.root, project.files)
    if warning is not None:
        report(warning)
    there = newest()
    lesser = without_gcloud(plan)
    if not plan.no_cache and plan.tag is None:
        if image := _built_before(place.state, _fingerprint(plan, known), base, there):
            return image
        if lesser is not None and (image := _built_before(place.state, _fingerprint(lesser, known), base, there)):
            report(gcloud_problems.built_without())
            return image
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
    recipe = _recipe(plan)
    dockerfile = spell_dockerfile(recipe)
    for disagreement in disagreements(dockerfile, recipe):
        raise AssertionError(f"the Dockerfile does not say what the recipe does: {disagreement}")
    fingerprint = _fingerprint(plan, known)
    tag = f"{image_tag(plan)}-{fingerprint[:12]}"
    before = ask_for_images((tag,))  # --no_cache, a new base or a lost index: equal content, another image
    loan = _lend(recipe, project, place)
    with writing_into(place.folder), tempfile.TemporaryDirectory(prefix="build-", dir=place.folder) as folder:
        witness = Witness(place.root, project.files, whole=any("." in step.effects.inputs for step in recipe.steps))
        site = build_site(recipe, known.token, folder, tag, place, loan, files=project.files)
        site = replace(site, archive=takes_archive(plan, project.files))
        _write(site.dockerfile, dockerfile)
        _write(f"{site.dockerfile}.dockerignore", "".join(f"{pattern}\n" for pattern in plan.ignore_patterns))
        asked = (
            ask_for_store() if _has_data(recipe) else None
        )  # while it builds: what it says counts for the next build
        overtaken = next(iter(before()), None)
        try:
            timeline = _build(plan, project, site, loan, place.interrupts, witness)
            based = ask_for_images((_base_image(recipe),))
            image = _existing(tag)  # --iidfile has the config's digest: the containerd store has no image of that id
        finally:
            if witness.changed:
                report(build_problems.changed_while_built(witness.changed))
                content.forget_context(place.state, place.root, known.token)
    if witness.changed:
        fingerprint, tag = _set_apart(plan, image, tag)
    written = Image(fingerprint, image, next(iter(based()), None), tag)
    built = Built(written, dockerfile, timeline, project.files, None if asked is None else asked())
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


def _recipe(plan: Plan) -> Recipe:
    assert isinstance(plan.image, Recipe), "nothing is built of an image that is there"
    return plan.image


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


def _existing(reference: str) -> str:
    ids = image_ids([reference])
    if ids is None:
        raise Rejected(diagnose() or engine_problems.image_missing(reference), exit_code=ENGINE)
    if ids[0] is None:
        raise Rejected(engine_problems.image_missing(reference), exit_code=ENGINE)
    return ids[0]


def _fingerprint(plan: Plan, known: content.Content) -> str:
    """Names the content of an image; comments in the Dockerfile are no content."""
    lines = [line for line in spell_dockerfile(_recipe(plan)).splitlines() if not line.startswith("#")]
    container = plan.container
    users = _users_text(plan.image)  # whole: in a here-document, what looks like a comment may be none
    parts = (
        users,
        *lines,
        *plan.ignore_patterns,
        f"{container.uid}:{container.gid}",
        plan.platform or "",
        known.digest.hex(),
        *(() if plan.epoch is None else (f"no time later than {plan.epoch}",)),
    )
    return sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _users_text(image: Recipe | ExistingImage) -> str:
    if isinstance(image, Recipe) and isinstance(image.base, BaseImage) and image.base.dockerfile is not None:
        return image.base.dockerfile.text
    return ""


def _built_before(state: State | None, fingerprint: str, base: str, there: list[str]) -> str | None:
    """The image of this content, if the engine still has it; `there` are the newest image and the base, if known."""
    if state is None:
        return None
    try:
        record = state.image(fingerprint)
    except sqlite3.Error:
        return None
    if record is None:
        return None
    if there == [record.image, record.base]:
        return record.image
    ids = image_ids([record.image, base])
    if ids is None:
        raise Rejected(diagnose() or engine_problems.engine_refused("no answer"), exit_code=ENGINE)
    return ids[0] if ids == [record.image, record.base] else None


def _base_image(recipe: Recipe) -> str:
    assert isinstance(recipe.base, BaseImage), "choose_base did not run"
    return recipe.base.reference if recipe.base.dockerfile is None else recipe.base.origin


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
        if (missing := gcloud_missing(watched.words, _recipe(plan))) is not None:
            raise NoGcloud(missing, exit_code=ENGINE)
        raise Rejected(*explain(watched.words, project, diagnose), exit_code=ENGINE)
    return watched.timeline


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        file.write(text)
