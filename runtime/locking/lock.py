"""`caliban lock`: what the base image and the packages are now, into caliban.lock."""

import os
import tempfile
from collections.abc import Iterator

from caliban.compiler.bases import BaseImage
from caliban.compiler.cloud_sdk import InstallGcloud
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.images import unmirrored
from caliban.compiler.locks.caliban_lock import CalibanLock, spell_lock
from caliban.compiler.locks.resolved import CALIBAN_LOCK, Answer, Resolved
from caliban.compiler.plan import Plan, Recipe
from caliban.compiler.problems import caliban_lock as problems
from caliban.compiler.project import Project
from caliban.compiler.tools import UV_IMAGE
from caliban.runtime.job import check_secrets
from caliban.runtime.lending.loan import lend
from caliban.runtime.locking.digests import digests_of
from caliban.runtime.locking.resolve import resolve
from caliban.runtime.say import report, say


def lock(plan: Plan, project: Project, root: str) -> int:
    """Writes the file; what it has of the other mode stays. Raises Rejected."""
    recipe = plan.image
    assert isinstance(recipe, Recipe), "lock has no --image_id"
    base, locking = recipe.base, recipe.locking
    assert isinstance(base, BaseImage), "choose_base did not run"
    assert locking is not None, "lower says that it is being made"
    assert locking.asked is not None, "reuse_resolution did not run"
    check_secrets(project, os.environ)
    answer = None if locking.open or locking.asked.selection else _resolve(recipe, project, root)
    origin = unmirrored(base.origin, base.mirror)
    digests = tuple(digests_of((origin, *_others(recipe)), base.mirror))
    resolved = Resolved(asked=locking.asked, answer=answer, base=origin, digests=digests)
    earlier = project.caliban_lock.modes if project.caliban_lock is not None else {}
    _write(root, spell_lock(CalibanLock(modes={**earlier, plan.mode: resolved})))
    if locking.open:
        report(problems.packages_open(locking.open))
    if origin not in dict(digests) and "@" not in origin:
        report(problems.no_digest([origin]))
    say(f"wrote {CALIBAN_LOCK} for {plan.mode} mode: {_told(resolved)}")
    return 0


def _resolve(recipe: Recipe, project: Project, root: str) -> Answer:
    assert recipe.locking is not None, "the caller looked"
    assert recipe.locking.asked is not None, "the caller looked"
    loan = lend(recipe, project.requirements_files, project.indexes, os.environ)
    for warning in loan.warnings:
        report(warning)
    return resolve(recipe.locking.asked, loan, root)


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
        with tempfile.TemporaryDirectory(prefix=".caliban-lock-", dir=root) as aside:
            path = os.path.join(aside, CALIBAN_LOCK)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(path, os.path.join(root, CALIBAN_LOCK))
    except OSError as error:
        raise Rejected(problems.unwritable(error.strerror or str(error))) from None
