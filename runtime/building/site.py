"""What a real build has beyond its Dockerfile: contexts by links of ours, uv, what the host lends."""

import os
from collections.abc import Sequence

from caliban.backends.docker.commands import BuildSite
from caliban.compiler.bases import BaseImage
from caliban.compiler.copies import CopyFolder
from caliban.compiler.project import FileFact
from caliban.compiler.steps import Installing
from caliban.compiler.tools import UV_IMAGE
from caliban.runtime.building.content import link
from caliban.runtime.building.goal import Goal
from caliban.runtime.building.naming import recipe_of
from caliban.runtime.building.staging import stage
from caliban.runtime.building.workplace import Workplace
from caliban.runtime.lending.loan import Loan
from caliban.runtime.lending.uv_program import uv_folder


def build_site(goal: Goal, folder: str, place: Workplace, loan: Loan, *, files: Sequence[FileFact]) -> BuildSite:
    """The site of one build; `folder` takes the files that only this build needs, `files` are all that it may read."""
    recipe, token = recipe_of(goal.plan), goal.known.token
    base = recipe.base
    assert isinstance(base, BaseImage), "choose_base did not run"
    contexts = [
        (step.context, link(place.folder, f"{token}-{step.context}", _context(step, folder, files, place)))
        for step in recipe.steps
        if isinstance(step, CopyFolder) and step.context is not None
    ]
    if (uv := uv_folder(place.folder, base.platform, anywhere=not base.own)) is not None:
        contexts.append((base.as_pinned(UV_IMAGE), uv))
    secrets = {name for step in recipe.steps if isinstance(step, Installing) for name in step.resolution.secrets}
    return BuildSite(
        dockerfile=os.path.join(folder, "Dockerfile"),
        context=link(place.folder, token, place.root),
        contexts=tuple(contexts),
        secrets=loan.files,
        secret_variables=(
            *((name, name) for name in sorted(secrets & place.environment.keys())),
            *((name, carrier(name)) for name in loan.texts),
        ),
        indexes=goal.indexes,
        host_network=loan.host_network,
        tags=(goal.tag,),
    )


def _context(step: CopyFolder, folder: str, files: Sequence[FileFact], place: Workplace) -> str:
    """What a copy with a context of its own copies."""
    if not step.excluded:
        return os.path.join(place.root, step.path)
    return stage(place.root, files, step.path, os.path.join(folder, str(step.context)))


def carrier(secret: str) -> str:
    """The variable in the client's environment that has the text of a secret: it is in no file and no argument."""
    return f"CALIBAN_SECRET_{secret.upper()}"
