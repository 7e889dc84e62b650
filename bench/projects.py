"""Projects to measure with, and the Dockerfile that a careful person would write for them."""

import os
import shutil
from pathlib import Path

from measure import Place, quiet

from caliban.compiler.facts.images import python_image
from caliban.compiler.facts.tables import SHIPPED
from caliban.compiler.facts.tools import UV_IMAGE, UV_VERSION
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.passes.mount_caches import uv_cache

FOLDERS, FILES = 50, 1000  # 50,000 small files
_CA_VARIABLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")

# The same base, uv without a layer, its cache, the requirements without a layer, the code last.
_DOCKERFILE = """\
FROM {base}
WORKDIR /usr/app
ENV PYTHONUNBUFFERED=1 VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH
RUN --mount=from={uv},source=/uv,target=/bin/uv \\
    --mount=type=cache,id={cache},target=/root/.cache/uv \\
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \\
    --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt \\
    export UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 && \\
    uv venv --quiet /opt/venv && uv pip install --requirements /tmp/requirements.txt
{data}COPY trainer /usr/app/trainer
"""


def cache_of(base: str, *, own: bool) -> str:
    """The name of the cache that caliban has for installations on a base: all builds have the same."""
    return uv_cache(BaseImage(image=base, platform="", reason="", python=None, own=own)).id


def write_project(folder: Path, example: Path, *, python: str, files: bool = False, real: bool = False) -> None:
    """The layout and requirements of the example, with its own script or with one that does next to nothing."""
    (folder / "trainer").mkdir(parents=True)
    (folder / "trainer" / "__init__.py").touch()
    if real:
        shutil.copy(example / "trainer" / "train.py", folder / "trainer")
    else:
        (folder / "trainer" / "train.py").write_text("print('trained')\n")
    shutil.copy(example / "requirements.txt", folder)
    if files:
        for outer in range(FOLDERS):
            inner = folder / "data" / str(outer)
            inner.mkdir(parents=True)
            for number in range(FILES):
                (inner / f"{number}.txt").write_text(f"{outer} {number}\n")
    data = "COPY data /usr/app/data\n" if files else ""
    base = python_image(python, SHIPPED)
    text = _DOCKERFILE.format(base=base, uv=UV_IMAGE, cache=cache_of(base, own=True), data=data)
    (folder / "Dockerfile").write_text(text)
    (folder / ".dockerignore").write_text("Dockerfile\n")


def add_line(folder: Path) -> None:
    """The edit of somebody who tries something."""
    with (folder / "trainer" / "train.py").open("a") as script:
        script.write("print('trained once more')\n")


def build_by_hand(tag: str, home: Path) -> tuple[str, ...]:
    """The build of that Dockerfile, with the uv that caliban uses, so that neither side pulls."""
    return (
        *("docker", "buildx", "build", "--load", "--tag", tag, "--label", f"caliban.bench={tag}"),
        *("--build-context", f"{UV_IMAGE}={home / f'uv-{UV_VERSION}'}"),
        *bundle_options(),
        ".",
    )


def bundle_options() -> tuple[str, ...]:
    """The certificates that this machine trusts, for a build."""
    bundle = next((path for name in _CA_VARIABLES if os.path.isfile(path := os.environ.get(name, ""))), None)
    return ("--secret", f"id=ca,src={bundle}") if bundle else ()


def remove_images(projects: list[str], tags: list[str], place: Place) -> None:
    """Takes away every image that the benchmark made."""
    filters = [f"reference=caliban/{name}" for name in projects] + [f"label=caliban.bench={tag}" for tag in tags]
    for condition in filters:
        listed = quiet(("docker", "image", "ls", "--all", "--quiet", "--filter", condition), place).split()
        if ids := sorted(set(listed)):
            quiet(("docker", "image", "rm", "--force", *ids), place)
