#!/bin/sh
set -eu

# A real run does more than this: it builds through a link of its own, so that BuildKit never takes old content for
# new, with an ignore file that leaves out caches, environments and keys; it brings uv along, and as secrets what
# this machine lends a build: certificates, the indexes of pip and uv, .netrc; it does not build at all when nothing
# changed.
docker buildx build \
  --build-arg CALIBAN_UID=1000 --build-arg CALIBAN_GID=1000 \
  --label caliban=image \
  --tag caliban/example:gpu \
  --file - \
  . <<'DOCKERFILE'
# caliban run train.py

# GPU mode: torch 2.8.0 brings CUDA 12.8 in its wheels (requirements.txt:1), so no CUDA base; Python 3.11: the
# interpreter that ran caliban
FROM python:3.11-slim-bookworm

RUN install --directory --mode=1777 /usr/app /home/caliban
WORKDIR /usr/app
ENV HOME=/home/caliban \
    PYTHONUNBUFFERED=1 \
    VIRTUAL_ENV=/opt/venv \
    PATH=/opt/venv/bin:$PATH \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility

# packages go into /opt/venv; /usr/app comes last on the import path: no folder of data hides a package
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    UV_PYTHON_INSTALL_DIR=/opt/python uv venv --quiet --no-cache --python 3.11 /opt/venv && \
    echo /usr/app > /opt/venv/lib/python3.11/site-packages/caliban.pth

# what compiles when it runs, and a slim base has no compiler: torch.compile (train.py:3)
RUN --mount=type=secret,id=ca,mode=0444,target=/run/secrets/ca \
    --mount=type=secret,id=apt,target=/etc/apt/apt.conf.d/80caliban \
    apt-get update && \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
      g++ gcc && \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/ldconfig/aux-cache \
      /var/log/apt/* /var/log/dpkg.log /var/log/alternatives.log

# which indexes are asked, if not the default one: others may have other packages under the same names
ARG CALIBAN_INDEXES=

# requirements.txt: 1 package; rebuilt when the requirements change
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=cache,id=caliban-uv-bookworm,target=/root/.cache/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    mkdir -p /opt/caliban && printf '%s\n' \
      torch==2.8.0 \
      > /opt/caliban/requirements.txt && \
    HOME=/root UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 uv pip install --requirements /opt/caliban/requirements.txt

# from here on the files belong to whoever runs them; the layers above are the same for everybody
ARG CALIBAN_UID=0
ARG CALIBAN_GID=0

# the code last: an edit rebuilds this layer only
COPY --chown=$CALIBAN_UID:$CALIBAN_GID . /usr/app

# runs as: python train.py
DOCKERFILE

# A real run starts the image by its id, under a name and labels, asks the engine how it ended, and then removes it.

# run 1 of 1
docker run \
  --rm --interactive \
  --gpus all \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:gpu train.py
