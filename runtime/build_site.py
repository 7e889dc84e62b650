"""What a real build has beyond its Dockerfile: contexts by links of ours, uv, the host's CA bundle, secrets."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass

from caliban.backends.docker.commands import BuildSite
from caliban.compiler.bases import BaseImage
from caliban.compiler.images import mirrored
from caliban.compiler.plan import Recipe
from caliban.compiler.steps import CopyFolder, Installing
from caliban.compiler.tools import UV_IMAGE, UV_VERSION
from caliban.runtime.content import link
from caliban.runtime.interrupts import Interrupts
from caliban.runtime.state import State

_CA_VARIABLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")  # by which a host says what pip and uv trust


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """What a build needs of the world."""

    root: str  # of the project, absolute
    folder: str  # caliban's own
    state: State | None
    environment: Mapping[str, str]
    interrupts: Interrupts


def build_site(recipe: Recipe, token: str, folder: str, tag: str, place: Workplace) -> BuildSite:
    """The site of one build; `folder` takes the files that only this build needs."""
    base = recipe.base
    assert isinstance(base, BaseImage), "choose_base did not run"
    contexts = [
        (step.context, link(place.folder, f"{token}-{step.context}", os.path.join(place.root, step.path)))
        for step in recipe.steps
        if isinstance(step, CopyFolder) and step.context is not None
    ]
    if (uv := _uv_folder(place.folder, base.platform)) is not None:
        contexts.append((mirrored(UV_IMAGE, base.mirror), uv))
    bundle = next((place.environment[name] for name in _CA_VARIABLES if place.environment.get(name)), None)
    secrets = {name for step in recipe.steps if isinstance(step, Installing) for name in step.resolution.secrets}
    return BuildSite(
        dockerfile=os.path.join(folder, "Dockerfile"),
        context=link(place.folder, token, place.root),
        iidfile=os.path.join(folder, "image"),
        contexts=tuple(contexts),
        secrets=(("ca", bundle),) if bundle is not None and os.path.isfile(bundle) else (),
        secret_variables=tuple(sorted(secrets & place.environment.keys())),
        tags=(tag,),
    )


def _uv_folder(state: str, platform: str) -> str | None:
    """A folder with nothing but the uv that came with caliban, where it runs in the image: no pull, works offline."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine)
    if os.uname().sysname != "Linux" or platform.split("/")[1] != machine:
        return None
    from uv import find_uv_bin

    folder = os.path.join(state, f"uv-{UV_VERSION}")
    if not os.path.exists(os.path.join(folder, "uv")):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=state) as aside:  # so that no other caliban finds half of it
            copy = shutil.copy2(find_uv_bin(), os.path.join(aside, "uv"))
            os.replace(copy, os.path.join(folder, "uv"))
    return folder
