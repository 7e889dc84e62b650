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
# caliban run --nogpu --base_image alpine:3.20 -d data pkg.go

# the image that --base_image names
FROM alpine:3.20 AS common

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

# the project as a wheel, built aside: the image gets the wheel, not what it takes to build one
FROM common AS wheel
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=cache,id=caliban-uv-alpine:3.20,target=/root/.cache/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    --mount=type=bind,source=.,target=/tmp/project \
    mkdir -p /wheel /tmp/build && \
    python -c 'import os, shutil, sys; left_out = {"/tmp/project/" + each for each in sys.argv[1:]}; \
      shutil.copytree("/tmp/project", "/tmp/build", symlinks=True, dirs_exist_ok=True, \
      ignore=lambda folder, names: [each for each in names if os.path.join(folder, each) in left_out])' data && \
    if SOURCE_DATE_EPOCH=315532800 HOME=/root UV_LINK_MODE=copy \
      UV_SYSTEM_CERTS=$([ -s /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki ] && echo 1 || echo 0) \
      uv build --wheel --out-dir /wheel /tmp/build; \
    then python -c 'import email, glob, re, sys, zipfile; \
      normal = lambda name: re.sub("[-_.]+", "-", name).lower(); \
      wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0]); \
      name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")); \
      metadata = email.message_from_bytes(wheel.read(name)); \
      declared = {normal(extra) for extra in metadata.get_all("Provides-Extra") or []}; \
      asked = set(sys.argv[2].split()); \
      chosen = asked | set(sys.argv[3].split()) & declared; \
      asked <= declared or sys.exit("caliban: the project declares no extra " + ", ".join(sorted(asked - declared))); \
      decide = lambda extra: "python_version %s \"0\"" % ("!=" if normal(extra[1]) in chosen else "=="); \
      lines = metadata.get_all("Requires-Dist") or []; \
      [print(re.sub("extra *== *.([^\x27\"]+).", decide, line)) for line in lines]' \
      /wheel '' '' > /wheel/requirements.txt; \
    else echo 'caliban: only this build could tell what the project depends on' >&2; exit 1; fi

# the image itself
FROM common

# which indexes are asked, if not the default one: others may have other packages under the same names
ARG CALIBAN_INDEXES=

# what the project depends on: rebuilt when that list changes, not when the code does
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=cache,id=caliban-uv-alpine:3.20,target=/root/.cache/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    --mount=type=bind,from=wheel,source=/wheel/requirements.txt,target=/tmp/wheel-requirements.txt \
    HOME=/root UV_LINK_MODE=copy \
      UV_SYSTEM_CERTS=$([ -s /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki ] && echo 1 || echo 0) \
      uv pip install --python "$(command -v python)" --break-system-packages \
      ${PIP_CONSTRAINT:+--constraints "$PIP_CONSTRAINT"} \
      $(python -c 'from importlib.util import find_spec as find; exit(not find("torch"))' || echo --torch-backend=cpu) \
      --requirements /tmp/wheel-requirements.txt

# from here on the files belong to whoever runs them; the layers above are the same for everybody
ARG CALIBAN_UID=0
ARG CALIBAN_GID=0

# data, before the code
COPY --chown=$CALIBAN_UID:$CALIBAN_GID data /usr/app/data

# the code
COPY --chown=$CALIBAN_UID:$CALIBAN_GID pkg /usr/app/pkg

# the project itself, last because any file of the project may change it
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=bind,from=wheel,source=/wheel,target=/tmp/wheel \
    if ls /tmp/wheel/*.whl >/dev/null 2>&1; then HOME=/root UV_LINK_MODE=copy \
      UV_SYSTEM_CERTS=$([ -s /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/pki ] && echo 1 || echo 0) \
      UV_NO_INSTALLER_METADATA=1 uv pip install --no-cache --python "$(command -v python)" --break-system-packages \
      ${PIP_CONSTRAINT:+--constraints "$PIP_CONSTRAINT"} \
      --no-deps /tmp/wheel/*.whl; fi

# runs as: python -m pkg.go
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
  caliban/example:cpu -m pkg.go
