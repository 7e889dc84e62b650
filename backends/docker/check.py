"""Re-reads an emitted Dockerfile with dockerfile-parse and compares it with the recipe: a second pair of eyes."""

import io
import json
import re
from collections.abc import Iterator

from caliban.backends.docker.stages import SHARED_STAGE
from caliban.backends.docker.words import INDEXES
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.compiler.ir.steps.cuda import PrepareToolkit
from caliban.compiler.ir.steps.gcloud import CLOUD_SDK, InstallGcloud
from caliban.compiler.ir.steps.project import BuildWheel, CopyGenerated
from caliban.compiler.ir.steps.system import InstallSystemPackages


def disagreements(dockerfile: str, recipe: Recipe) -> Iterator[str]:
    """Yield the differences between the text and the recipe."""
    from dockerfile_parse import DockerfileParser  # 15 ms

    assert isinstance(recipe.base, BaseImage), "choose_base did not run"
    users = recipe.base.dockerfile
    if users is not None and users.text not in dockerfile:
        yield "the user's Dockerfile: not as it was read"
    ours = dockerfile.partition(users.text)[2] if users is not None else dockerfile
    parser = DockerfileParser(fileobj=io.BytesIO(ours.encode()), env_replace=False)
    structure = [(item["instruction"], item["value"]) for item in parser.structure if item["instruction"] != "COMMENT"]
    toolkits = [step for step in recipe.steps if isinstance(step, PrepareToolkit)]
    images = [image for image in _images(structure) if image not in {step.stage for step in toolkits}]
    yield from _differ("base images", images, [*(step.image for step in toolkits), recipe.base.reference])
    stages = [step.stage for step in recipe.steps if isinstance(step, BuildWheel) and step.toolkit is None]
    shared = f"{SHARED_STAGE} AS "
    named = [value.removeprefix(shared) for kind, value in structure if kind == "FROM" and value.startswith(shared)]
    yield from _differ("stages", named, stages)
    copied = [value for kind, value in structure if kind == "COPY" and "--chown=" in value]
    copies = [step for step in recipe.steps if isinstance(step, CopyFolder)]
    targets = [step.target for step in recipe.steps if isinstance(step, CopyFolder | CopyGenerated)]
    yield from _differ("copies", [_target(value) for value in copied], targets)
    linked = [_target(value) for value in copied if value.startswith("--link ")]
    yield from _differ("linked copies", linked, [step.target for step in copies if step.linked])
    sdks = [value.split()[1] for kind, value in structure if kind == "COPY" and value.endswith(f" {CLOUD_SDK}")]
    yield from _differ("gcloud", sdks, [step.path for step in recipe.steps if isinstance(step, InstallGcloud)])
    packages = [step.packages for step in recipe.steps if isinstance(step, InstallSystemPackages)]
    installed = sum("apt-get install" in value for kind, value in structure if kind == "RUN")
    yield from _differ("package installations", installed, len(packages) + sum(step.git for step in toolkits))
    asked = any(kind == "ARG" and value.startswith(f"{INDEXES}=") for kind, value in structure)
    yield from _differ("indexes", asked, any(step.effects.asks_index for step in recipe.steps))
    for kind, _ in structure:
        if kind in ("ENTRYPOINT", "CMD", "LABEL"):
            yield f"{kind}: the command is given with the run, labels with the build"


def _images(structure: list[tuple[str, str]]) -> list[str]:
    """The images of our FROM lines, without our stages."""
    images = [re.sub(r" AS \S+$", "", value) for kind, value in structure if kind == "FROM"]
    return [image for image in images if image not in ("scratch", SHARED_STAGE)]


def _target(value: str) -> str:
    """The target of a COPY, unescaped."""
    words = re.sub(r"^(--\S+ )+", "", value)
    target: str = json.loads(words)[-1] if words.startswith("[") else words.split()[-1]
    return re.sub(r"\\(.)", r"\1", target)


def _differ(what: str, text: object, recipe: object) -> Iterator[str]:
    if text != recipe:
        yield f"{what}: the Dockerfile says {text!r}, the recipe {recipe!r}"
