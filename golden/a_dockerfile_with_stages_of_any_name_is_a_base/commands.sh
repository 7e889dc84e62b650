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
# caliban run --nogpu --base_image Dockerfile train.py

# the project's own Dockerfile:
FROM gcc:14 AS base
COPY tools/fast.c /src/
RUN --mount=type=bind,from=alpine:3.20,target=/mnt make -C /src

from python:3.12-slim-bookworm AS base-2
COPY --from=base /src/fast /usr/local/bin/
COPY --from=ghcr.io/astral-sh/uv:0.8 /uv /bin/

# Dockerfile, which --base_image names, as the base
FROM base-2

USER 0:0
SHELL ["/bin/sh", "-c"]
RUN mkdir -p /usr/app /home/caliban && chmod 1777 /usr/app /home/caliban
WORKDIR /usr/app
ENV HOME=/home/caliban \
    PYTHONUNBUFFERED=1 \
    PATH=/opt/base-python/bin:$PATH

# the base's own Python (3.8 or newer) with all that is in it, else one that uv brings (Python 3.11: the interpreter
# that ran caliban); /usr/app comes last on its import path
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    fits='import sys; exit(not (3, 8) <= sys.version_info[:2])'; \
    for python in python python3 /opt/conda/bin/python; do \
      "$python" -c "$fits" 2> /dev/null && break; python=; \
    done; \
    case "$python" in \
    python) ;; \
    '') echo 'caliban: the base has no such Python, so uv brings 3.11'; \
      mkdir -p /tmp && \
      HOME=/root UV_LINK_MODE=copy \
      UV_SYSTEM_CERTS=$([ -s /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki ] && echo 1 || echo 0) \
      UV_PYTHON_INSTALL_DIR=/opt/python \
      uv venv --no-cache --managed-python --python 3.11 /opt/base-python || \
      { echo 'caliban: the base image has no Python that fits, and none could be brought' >&2; exit 1; } ;; \
    *) mkdir -p /opt/base-python/bin && ln -s "$(command -v "$python")" /opt/base-python/bin/python ;; \
    esac && hash -r && \
    python -c 'import os, site; places = site.getsitepackages(); there = [*places[:1], *filter(os.path.isdir, places)][-1]; \
      os.makedirs(there, exist_ok=True); open(there + "/caliban.pth", "w").write("/usr/app\n")'

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
