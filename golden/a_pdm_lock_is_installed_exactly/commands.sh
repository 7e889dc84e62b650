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
# caliban run --nogpu train.py

# CPU mode, nothing needs CUDA; Python 3.11: the interpreter that ran caliban
FROM python:3.11-slim-bookworm

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

# pdm.lock: 8 packages exactly as locked, with hashes; rebuilt when one of these changes
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=cache,id=caliban-uv-bookworm,target=/root/.cache/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    mkdir -p /opt/caliban && printf '%s\n' \
      'certifi==2026.10.19.post1 --hash=sha256:1324c476b4811eff41a8bc2122cd0bbd4d9c7234c725446d99ab1612b3a7fdd2' \
      'charset-normalizer==3.5.3 --hash=sha256:2a6f937e0b70133d1f826d0a253331b6fe1a4c874808cc12e16f2fb8177042f4' \
      'click==8.5.1 --hash=sha256:8bb5376d2006950386f8c6427613334a2acadc5f559cb80e638d00b4df957e37' \
      'idna==3.20 --hash=sha256:ab7ae7122974553370f0bdb919e1a960b2cd1bc1ef0276416d896db81c14582c' \
      'pysocks==1.7.1 --hash=sha256:2725bd0a9925919b9b51739eea5f9e2bae91e83288108a9ad338b2e3a4435ee5' \
      'requests==2.34.2 --hash=sha256:2a0d60c172f83ac6ab31e4554906c0f3b3588d37b5cb939b1c061f4907e278e0' \
      'six==1.17.0 --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274' \
      'urllib3==2.8.0 --hash=sha256:0cf3cae568d36aa9576b28dfb35f11328f1cb974ca7647d9475ebb86c75ac6e3' \
      > /opt/caliban/pdm.lock.pins.txt && \
    HOME=/root UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 uv pip install --no-deps --requirements /opt/caliban/pdm.lock.pins.txt

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
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu train.py
