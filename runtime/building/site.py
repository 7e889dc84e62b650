"""The site of a real build beyond its Dockerfile: contexts by links of ours, uv, files of the host."""

import os
from collections.abc import Sequence
from typing import NamedTuple

from caliban.backends.docker.build import BuildSite
from caliban.backends.docker.host_wheels import HOST_WHEELS
from caliban.compiler.facts.tools import UV_IMAGE
from caliban.compiler.input.project import FileFact
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.step import Installing
from caliban.runtime.building.content import link
from caliban.runtime.building.naming import recipe_of
from caliban.runtime.building.request import BuildRequest
from caliban.runtime.building.staging import stage
from caliban.runtime.session import Session
from caliban.runtime.settings.host_settings import HostSettings
from caliban.runtime.settings.lent import lend
from caliban.runtime.settings.uv_program import uv_folder


class CopySources(NamedTuple):
    """The source of a build's copies: the project, or a snapshot of it."""

    root: str
    files: Sequence[FileFact]  # all that the build may read
    links: str  # a folder with a folder `contexts`: the builder knows a context by the name of a link in it


def build_site(
    request: BuildRequest, folder: str, session: Session, settings: HostSettings, sources: CopySources
) -> BuildSite:
    """The site of one build; `folder` takes the files that only this build needs."""
    recipe, token = recipe_of(request.plan), request.content.token
    base = recipe.base
    assert isinstance(base, BaseImage), "choose_base did not run"
    contexts = [
        (step.context, link(sources.links, f"{token}-{step.context}", _context(step, folder, sources)))
        for step in recipe.steps
        if isinstance(step, CopyFolder) and step.context is not None
    ]
    if (uv := uv_folder(session.folder, base.platform, anywhere=not base.own)) is not None:
        contexts.append((base.as_pinned(UV_IMAGE), uv))
    if request.wheels.groups:
        contexts.append((HOST_WHEELS, lend(request.wheels, os.path.join(folder, f"{token}-{HOST_WHEELS}"))))
    secrets = {name for step in recipe.steps if isinstance(step, Installing) for name in step.resolution.secrets}
    return BuildSite(
        dockerfile=os.path.join(folder, "Dockerfile"),
        context=link(sources.links, token, sources.root),
        contexts=tuple(contexts),
        secrets=settings.files,
        secret_variables=(
            *((name, name) for name in sorted(secrets & session.environment.keys())),
            *((name, carrier(name)) for name in settings.texts),
        ),
        indexes=request.indexes,
        host_network=settings.host_network,
        tags=(request.tag,),
    )


def _context(step: CopyFolder, folder: str, sources: CopySources) -> str:
    """Return the folder for a copy with a context of its own."""
    source = os.path.realpath(os.path.join(sources.root, step.path))  # it may be a link to a folder of the project
    if not step.excluded:
        return source
    return stage(
        sources.root, sources.files, os.path.relpath(source, sources.root), os.path.join(folder, str(step.context))
    )


def carrier(secret: str) -> str:
    """The variable in the client's environment that has the text of a secret: it is in no file and no argument."""
    return f"CALIBAN_SECRET_{secret.upper()}"
