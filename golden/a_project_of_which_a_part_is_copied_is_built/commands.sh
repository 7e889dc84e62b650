#!/bin/sh
set -eu

# A real run does more than this: it builds through a link of its own, so that BuildKit never takes old content for
# new, with an ignore file that leaves out caches, environments and keys; it brings uv along, and as secrets what
# this machine lends a build: certificates, the indexes of pip and uv, .netrc; it does not build at all when nothing
# changed.
docker buildx build \
  --build-arg CALIBAN_UID=1000 --build-arg CALIBAN_GID=1000 \
  --label caliban=image \
  --tag caliban/example:cpu \
  --file - \
  . <<'DOCKERFILE'
# caliban run --nogpu trainer.train

# CPU mode, nothing needs CUDA; Python 3.11: the interpreter that ran caliban
FROM python:3.11-slim-bookworm AS common

RUN install --directory --mode=1777 /usr/app /home/caliban
WORKDIR /usr/app
ENV HOME=/home/caliban \
    PYTHONUNBUFFERED=1 \
    VIRTUAL_ENV=/opt/venv \
    PATH=/opt/venv/bin:$PATH

# packages go into /opt/venv; /usr/app comes last on the import path: no folder of data hides a package
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    UV_PYTHON_INSTALL_DIR=/opt/python uv venv --quiet --no-cache --python 3.11 /opt/venv && \
    echo /usr/app > /opt/venv/lib/python3.11/site-packages/caliban.pth

# the project as a wheel, built aside: the image gets the wheel, not what it takes to build one
FROM common AS wheel
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=cache,id=caliban-uv-bookworm,target=/root/.cache/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    --mount=type=bind,source=.,target=/tmp/project \
    mkdir -p /wheel /tmp/build && \
    tar -C /tmp/project -c . | tar -C /tmp/build -x --no-same-owner && \
    if SOURCE_DATE_EPOCH=315532800 HOME=/root UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 uv build --wheel --out-dir /wheel /tmp/build; \
    then true; \
    else echo 'caliban: this folder cannot be packaged (see above), so it is not installed; its code still runs' >&2; fi

# the image itself
FROM common

# which indexes are asked, if not the default one: others may have other packages under the same names
ARG CALIBAN_INDEXES=

# pyproject.toml: 1 package, torch (if any) for the CPU; rebuilt when the requirements change
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=cache,id=caliban-uv-bookworm,target=/root/.cache/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    --mount=type=bind,source=pyproject.toml,target=/tmp/pyproject.toml \
    cd /tmp && \
    HOME=/root UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 uv pip install --torch-backend=cpu --requirements /tmp/pyproject.toml

# from here on the files belong to whoever runs them; the layers above are the same for everybody
ARG CALIBAN_UID=0
ARG CALIBAN_GID=0

# the code
COPY --chown=$CALIBAN_UID:$CALIBAN_GID trainer /usr/app/trainer

# the project itself, last because any file of the project may change it
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=bind,from=wheel,source=/wheel,target=/tmp/wheel \
    if ls /tmp/wheel/*.whl >/dev/null 2>&1; then HOME=/root UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 UV_NO_INSTALLER_METADATA=1 uv pip install --no-cache --no-deps /tmp/wheel/*.whl; fi

# runs as: python -m trainer.train
DOCKERFILE

# A real run starts the image by its id, under a name and labels, asks the engine how it ended, and then removes it.

# run 1 of 1
docker run \
  --rm --interactive \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu -m trainer.train
