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
# caliban run --nogpu --base_image mine:1 train.py

# the image that --base_image names
FROM mine:1

USER 0:0
SHELL ["/bin/sh", "-c"]
RUN mkdir -p /usr/app /home/caliban && chmod 1777 /usr/app /home/caliban
WORKDIR /usr/app
ENV HOME=/home/caliban \
    PYTHONUNBUFFERED=1 \
    PATH=/opt/base-python/bin:$PATH

# the base's own Python (3.10 to 3.11, pyproject.toml:4, uv.lock:3) with all that is in it, else one that uv brings
# (Python 3.10: markupsafe 2.1.1 has no wheels for 3.11 (uv.lock:21)); /usr/app comes last on its import path
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    fits='import sys; exit(not (3, 10) <= sys.version_info[:2] <= (3, 11))'; \
    for python in python python3 /opt/conda/bin/python; do \
      "$python" -c "$fits" 2> /dev/null && break; python=; \
    done; \
    case "$python" in \
    python) ;; \
    '') echo 'caliban: the base has no such Python, so uv brings 3.10'; \
      mkdir -p /tmp && \
      HOME=/root UV_LINK_MODE=copy \
      UV_SYSTEM_CERTS=$([ -s /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki ] && echo 1 || echo 0) \
      UV_PYTHON_INSTALL_DIR=/opt/python \
      uv venv --no-cache --managed-python --python 3.10 /opt/base-python || \
      { echo 'caliban: the base image has no Python that fits, and none could be brought' >&2; exit 1; } ;; \
    *) mkdir -p /opt/base-python/bin && ln -s "$(command -v "$python")" /opt/base-python/bin/python ;; \
    esac && hash -r && \
    python -c 'import os, site; places = site.getsitepackages(); there = [*places[:1], *filter(os.path.isdir, places)][-1]; \
      os.makedirs(there, exist_ok=True); open(there + "/caliban.pth", "w").write("/usr/app\n")'

# uv.lock: 2 packages exactly as locked, with hashes; rebuilt when one of these changes
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=cache,id=caliban-uv-mine:1,target=/root/.cache/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    mkdir -p /opt/caliban && printf '%s\n' \
      'markupsafe==2.1.1 --hash=sha256:10c1bfff05d95783da83491be968e8fe789263689c02724e0c691933c52994f5 --hash=sha256:7f91197cc9e48f989d12e4e6fbc46495c446636dfc81b9ccf50bb0ec74b91d4b' \
      'six==1.17.0 ; python_version == "3.10" --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274 --hash=sha256:ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81' \
      > /opt/caliban/uv.lock.pins.txt && \
    HOME=/root UV_LINK_MODE=copy \
      UV_SYSTEM_CERTS=$([ -s /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki ] && echo 1 || echo 0) \
      uv pip install --python "$(command -v python)" --break-system-packages \
      ${PIP_CONSTRAINT:+--constraints "$PIP_CONSTRAINT"} \
      --no-deps --requirements /opt/caliban/uv.lock.pins.txt

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
