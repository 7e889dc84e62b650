"""`caliban lock`: what the base image and the packages are now, into caliban.lock."""

import os
import tempfile
from collections.abc import Iterator

from msgspec.structs import replace

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.facts.images import unmirrored
from caliban.compiler.facts.tools import UV_IMAGE
from caliban.compiler.input.project import Project
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Plan, Recipe
from caliban.compiler.ir.steps.gcloud import InstallGcloud
from caliban.compiler.ir.steps.requirements import InstallRequirements, InstallWheelRequirements
from caliban.compiler.locks.caliban_lock import CalibanLock, render_lock
from caliban.compiler.locks.resolved import CALIBAN_LOCK, Answer, Resolved
from caliban.runtime.building.secrets import check_secrets
from caliban.runtime.locking import problems
from caliban.runtime.locking.digests import digests_of
from caliban.runtime.locking.resolve import resolve
from caliban.runtime.say import report, say
from caliban.runtime.session import Session
from caliban.runtime.settings.host_settings import host_settings
from caliban.runtime.settings.lent import wheels_of


def lock(plan: Plan, project: Project, session: Session) -> int:
    """Writes the file; what it has of the other mode stays. Raises Rejected."""
    recipe = plan.image
    assert isinstance(recipe, Recipe), "lock has no --image_id"
    base, locking = recipe.base, recipe.locking
    assert isinstance(base, BaseImage), "choose_base did not run"
    assert locking is not None, "lower says that it is being made"
    assert locking.asked is not None, "reuse_resolution did not run"
    check_secrets(project, session.environment)
    answer = None if locking.open or locking.asked.selection else _resolve(recipe, project, session)
    origin = unmirrored(base.origin, base.mirror)
    digests = tuple(digests_of((origin, *_others(recipe)), base.mirror, session.engine))
    resolved = Resolved(asked=locking.asked, answer=answer, base=origin, digests=digests)
    earlier = project.caliban_lock.modes if project.caliban_lock is not None else {}
    _write(session.root, render_lock(CalibanLock(modes={**earlier, plan.mode: resolved})))
    if locking.open:
        report(problems.packages_open(locking.open))
    if origin not in dict(digests) and "@" not in origin:
        report(problems.no_digest([origin]))
    say(f"wrote {CALIBAN_LOCK} for {plan.mode} mode: {_told(resolved)}")
    return 0


def _resolve(recipe: Recipe, project: Project, session: Session) -> Answer:
    assert recipe.locking is not None, "the caller looked"
    assert recipe.locking.asked is not None, "the caller looked"
    settings = host_settings(
        recipe,
        project.requirements_files,
        project.indexes,
        session.installers,
        torch_index=project.settings.torch_index,
    )
    for warning in settings.warnings:
        report(warning)
    asked, limits = recipe.locking.asked, _limits(recipe)
    if limits:  # a CPU build of torch that is at hand, in place of PyTorch's index
        asked = replace(asked, torch_backend=None, constraints=(*asked.constraints, *limits))
    return resolve(asked, settings, session.root, wheels_of(recipe, project, session))


def _limits(recipe: Recipe) -> tuple[str, ...]:
    steps = (step for step in recipe.steps if isinstance(step, InstallRequirements | InstallWheelRequirements))
    return next((step.resolution.limits for step in steps), ())


def _others(recipe: Recipe) -> Iterator[str]:
    """The images beside the base from which something is taken."""
    yield UV_IMAGE
    yield from (step.image for step in recipe.steps if isinstance(step, InstallGcloud))


def _told(resolved: Resolved) -> str:
    digest = dict(resolved.digests).get(resolved.base)
    base = f"{resolved.base} as {digest[:19]}…" if digest is not None else f"{resolved.base} by its tag"
    if resolved.answer is None:
        own = resolved.asked.selection is not None
        return f"{base}; the packages are those of the project's own lock" if own else base
    count = len(resolved.answer.pins)
    return f"{base}; {count} package{'' if count == 1 else 's'}"


def _write(root: str, text: str) -> None:
    """All of it or nothing."""
    try:
        with tempfile.TemporaryDirectory(prefix=".caliban-lock-", dir=root) as separate_stage:
            path = os.path.join(separate_stage, CALIBAN_LOCK)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(path, os.path.join(root, CALIBAN_LOCK))
    except OSError as error:
        raise Rejected(problems.unwritable(error)) from None
