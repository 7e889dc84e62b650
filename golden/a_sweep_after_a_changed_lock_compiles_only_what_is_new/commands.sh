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
# caliban run --nogpu --experiment_config e.json trainer.train

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

# uv.lock, the heavy ones: 3 packages exactly as locked, with hashes, 61.6 MB to download; rebuilt when one of these
# changes
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=cache,id=caliban-uv-bookworm,target=/root/.cache/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    mkdir -p /opt/caliban && printf '%s\n' \
      'numpy==2.4.6 --hash=sha256:89cd468399cfd2504718f0ba50e410dca55a170b61a02ad92bb18c8a65186e93' \
      'scikit-learn==1.9.1 --hash=sha256:52a0703bbc07ad27f560fa63fa68e4c54dd735bfbbf65b4dd3c225dc7547b6df' \
      'scipy==1.17.1 --hash=sha256:43af8d1f3bea642559019edfe64e9b11192a8978efbd1539d7bc2aaa23d92de4' \
      > /opt/caliban/uv.lock.pins.txt && \
    HOME=/root UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 uv pip install --no-deps --requirements /opt/caliban/uv.lock.pins.txt

# uv.lock, the others: 6 packages exactly as locked, with hashes, 1.8 MB to download; rebuilt when one of these
# changes
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=cache,id=caliban-uv-bookworm,target=/root/.cache/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    mkdir -p /opt/caliban && printf '%s\n' \
      'click==8.1.7 --hash=sha256:ae74fb96c20a0277a1d615f1e4d73c8414f5a98db8b799a7931d1582f3390c28' \
      'cloudpickle==3.1.3 --hash=sha256:1654f4f18e416447210a63c5c25a135d65a292156aa5fa519dfa4baf7726dddb' \
      'joblib==1.6.0 --hash=sha256:3dbbf9f6e4b592a2357b854608e980fe6390d131d7a82f011a377ef2ebef7aba' \
      'narwhals==2.29.0 --hash=sha256:1c69b3dc30240f6e848c5a673cafc86affa44184ecce721e25b7194663ad10dc' \
      'pyyaml==6.0.4 --hash=sha256:622aa875fa6533f25fedcffe23079357d65a690d462200afed5d8e9d0e01ebee' \
      'threadpoolctl==3.8.0 --hash=sha256:f1b49c82704d50f13ffae019c727b0fa4f6791a58f48f06a09c45face1be66da' \
      > /opt/caliban/uv.lock.pins2.txt && \
    HOME=/root UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 uv pip install --no-deps --requirements /opt/caliban/uv.lock.pins2.txt

# compiled once for 6 runs; what is meant for another Python cannot be, and stays as it is
RUN python -m compileall -qq -j 0 --invalidation-mode unchecked-hash /opt/venv || true

# uv.lock, what is different since the layers above were built: 2 packages exactly as locked, with hashes, 0.1 MB to
# download, 1 package removed; in a layer of its own until it grows, or --no_cache builds all anew
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=cache,id=caliban-uv-bookworm,target=/root/.cache/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    mkdir -p /opt/caliban && printf '%s\n' \
      'click==8.1.8 --hash=sha256:63c132bbbed01578a06712a2d1f497bb62d9c1c0d329b7903a866228027263b2' \
      'iniconfig==2.3.1 --hash=sha256:9121e2c1fdb355232495be3194c8dfe87ccc2d5dee45947b78e68f499790d7a7' \
      > /opt/caliban/uv.lock.pins3.txt && \
    HOME=/root UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 uv pip uninstall --no-cache pyyaml && \
    HOME=/root UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 uv pip install --no-deps --requirements /opt/caliban/uv.lock.pins3.txt

# the same for what came since; the layers above keep theirs
RUN python -c 'from importlib.util import cache_from_source, source_hash; from pathlib import Path; \
      from py_compile import PycInvalidationMode, compile; \
      sources = [path for path in Path("/opt/venv").rglob("*.py") if path.is_file()]; \
      pairs = [(path, Path(cache_from_source(str(path)))) for path in sources]; \
      same = lambda path, old: old.exists() and old.read_bytes()[8:16] == source_hash(path.read_bytes()); \
      new = [(path, old) for path, old in pairs if not same(path, old)]; \
      [old.unlink() for path, old in new if old.exists()]; \
      [compile(str(path), invalidation_mode=PycInvalidationMode.UNCHECKED_HASH, quiet=2) for path, old in new]'

# from here on the files belong to whoever runs them; the layers above are the same for everybody
ARG CALIBAN_UID=0
ARG CALIBAN_GID=0

# the code last: an edit rebuilds this layer only
COPY --chown=$CALIBAN_UID:$CALIBAN_GID trainer /usr/app/trainer

# runs as: python -m trainer.train --lr 0.1 --big (run 1 of 6)
DOCKERFILE

# A real run starts the image by its id, under a name and labels, asks the engine how it ended, and then removes it.

# run 1 of 6
docker run \
  --rm \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --lr 0.1 --big

# run 2 of 6
docker run \
  --rm \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --lr 0.1

# run 3 of 6
docker run \
  --rm \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --lr 0.2 --big

# run 4 of 6
docker run \
  --rm \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --lr 0.2

# run 5 of 6
docker run \
  --rm \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --lr 0.3 --big

# run 6 of 6
docker run \
  --rm \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --lr 0.3
