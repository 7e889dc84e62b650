"""What caliban is measured against: three Dockerfiles for one project, each with its own copy of the project.

All stand on one base image, made for this run so that no earlier one serves, with the certificates of this machine.
"""

import os
import shutil
from pathlib import Path
from typing import NamedTuple

from measure import Place, quiet
from projects import bundle_options, cache_of
from workload import ADDED, BUMPED, UV, Workload

from caliban.compiler.facts.tools import UV_IMAGE

_CA = "--mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt"
_CACHE = "--mount=type=cache,id={cache},target=/root/.cache/uv"
_UV = f"{_CA} --mount=from={UV_IMAGE},source=/uv,target=/bin/uv {_CACHE}"

# The order and the options of the older tool, without its credentials.
_OLDER = f"""\
FROM {{base}}
RUN useradd --create-home --uid {{uid}} --non-unique user && mkdir --mode=777 /usr/app /.creds
WORKDIR /usr/app
COPY --chown={{uid}}:{{gid}} requirements.txt /usr/app
RUN {_CA} PIP_CERT=/etc/ssl/certs/ca-certificates.crt /bin/bash -c "pip install --no-cache-dir -r requirements.txt"
COPY --chown={{uid}}:{{gid}} data /usr/app/data
COPY --chown={{uid}}:{{gid}} images /usr/app/images
COPY --chown={{uid}}:{{gid}} trainer /usr/app/trainer
"""

# https://docs.astral.sh/uv/guides/integration/docker/, "Intermediate layers".
_DOCUMENTED = f"""\
FROM {{base}}
WORKDIR /app
RUN {_UV} \\
    --mount=type=bind,source=uv.lock,target=uv.lock --mount=type=bind,source=pyproject.toml,target=pyproject.toml \\
    UV_SYSTEM_CERTS=1 UV_LINK_MODE=copy uv sync --locked --no-install-project
COPY . /app
RUN {_UV} UV_SYSTEM_CERTS=1 UV_LINK_MODE=copy uv sync --locked
"""

# The best that we know to write: two bands of exact pins, the data by how seldom it changes, the code last.
_BY_HAND = f"""\
FROM {{base}}
WORKDIR /usr/app
ENV PYTHONUNBUFFERED=1 VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH
RUN {_UV} \\
    --mount=type=bind,source=heavy.txt,target=/tmp/heavy.txt export UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 && \\
    uv venv --quiet /opt/venv && uv pip install --no-deps --requirements /tmp/heavy.txt
RUN {_UV} \\
    --mount=type=bind,source=light.txt,target=/tmp/light.txt \\
    UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 uv pip install --no-deps --requirements /tmp/light.txt
COPY images /usr/app/images
COPY data /usr/app/data
COPY trainer /usr/app/trainer
"""


# The same for a project that is a distribution itself: in place, from its manifest alone, so that no edit builds it.
_IN_PLACE = _BY_HAND.replace(
    "COPY images",
    f"""\
COPY pyproject.toml /usr/app/
RUN {_UV} \\
    mkdir trainer && touch trainer/__init__.py && \\
    UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 uv pip install --no-deps --editable .
COPY images""",
)

# The wheels of all that is installed later: then it does not matter who builds first. With hashes, because uv takes
# nothing from its cache of which it has not computed the hash that a lock demands.
_HASHED = "uv pip compile --quiet --no-header --generate-hashes"
_WARM = f"""\
FROM {{base}}
RUN {_UV} \\
    --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt \\
    export UV_SYSTEM_CERTS=1 && {_HASHED} --no-deps /tmp/requirements.txt > /tmp/hashed.txt && \\
    uv pip install --quiet --no-deps --target /tmp/all --requirements /tmp/hashed.txt && \\
    for each in {" ".join((*BUMPED, *ADDED))}; do \\
      echo $each | {_HASHED} --no-deps - > /tmp/hashed.txt && \\
      uv pip install --quiet --no-deps --target /tmp/each --requirements /tmp/hashed.txt || exit 1; \\
    done && rm -rf /tmp/all /tmp/each
"""

DOCKERFILES = {"the older tool": _OLDER, "uv's documentation": _DOCUMENTED, "by hand": _BY_HAND}
INSTALLING = {"uv's documentation": _DOCUMENTED, "by hand": _IN_PLACE}  # of a project that can be installed


class Rival(NamedTuple):
    """One way to build the project."""

    workload: Workload  # a copy of its own
    command: tuple[str, ...]
    tag: str | None  # of its image; None: the command prints it


def by_dockerfile(dockerfile: str, workload: Workload, tools: Path, base: str) -> Rival:
    """A rival that `docker buildx build` builds."""
    text = dockerfile.format(base=base, cache=cache_of(base, own=False), uid=os.getuid(), gid=os.getgid())
    (workload.folder / "Dockerfile").write_text(text)
    (workload.folder / ".dockerignore").write_text("Dockerfile\n.dockerignore\n")
    tag = tag_of(workload)
    return Rival(workload, (*_build(tools), "--load", "--tag", tag, "--label", f"caliban.bench={tag}", "."), tag)


def fresh_base(folder: Path, tools: Path, image: str, mark: str) -> str:
    """An image like the other one that no builder has seen; a label alone would not do: the layers are what counts."""
    file = folder / "Dockerfile.base"
    file.write_text(f"FROM {image}\nRUN echo {mark} > /etc/caliban-bench\n")
    tag = f"caliban-bench:{mark}"
    options = ("--load", "--tag", tag, "--label", f"caliban.bench={mark}", "--file", str(file))
    quiet((*_build(tools), *options, str(tools)), Place(folder, {}))
    return tag


def tag_of(workload: Workload) -> str:
    return f"{workload.folder.name}:bench"


def warm_cache(workload: Workload, tools: Path, base: str) -> None:
    """Fills uv's cache, which all builds on this base share, and which another base has not."""
    file = workload.folder.parent / "Dockerfile.warm"
    file.write_text(_WARM.format(base=base, cache=cache_of(base, own=False)))
    quiet((*_build(tools), "--file", str(file), "."), workload.place)


def rehearse(workload: Workload, tools: Path, base: str) -> None:
    """A build that counts for nobody, of layers that nobody shares: who is first on a base finds nothing in memory."""
    tag = tag_of(workload)
    text = DOCKERFILES["by hand"].format(base=base, cache=cache_of(base, own=False))
    file = workload.folder.parent / "Dockerfile.rehearsal"
    file.write_text(text.replace("WORKDIR", "ENV REHEARSAL=1\nWORKDIR", 1))
    options = ("--load", "--tag", tag, "--label", f"caliban.bench={tag}", "--file", str(file))
    quiet((*_build(tools), *options, "."), workload.place)


def _build(tools: Path) -> tuple[str, ...]:
    """`tools` holds the uv of this machine: nobody pulls its image."""
    tools.mkdir(exist_ok=True)
    shutil.copy(UV, tools / "uv")
    return ("docker", "buildx", "build", "--build-context", f"{UV_IMAGE}={tools}", *bundle_options())
