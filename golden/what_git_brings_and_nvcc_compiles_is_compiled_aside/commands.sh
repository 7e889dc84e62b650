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

# apex and mamba-ssm>=2.2 call nvcc (requirements.txt:3): compiled aside, with the toolkit of torch's CUDA 12.6 and
# torch there first; the image gets the wheel and no compiler
FROM nvidia/cuda:12.6.3-devel-ubuntu22.04 AS cuda
ENV VIRTUAL_ENV=/opt/venv \
    PATH=/opt/venv/bin:$PATH \
    UV_PYTHON_INSTALL_DIR=/opt/python \
    TORCH_CUDA_ARCH_LIST="7.0;7.5;8.0;8.6;8.9;9.0+PTX"
# git, for a source that it fetches
RUN --mount=type=secret,id=ca,mode=0444,target=/run/secrets/ca \
    --mount=type=secret,id=apt,target=/etc/apt/apt.conf.d/80caliban \
    apt-get update && \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
      git ca-certificates && \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/ldconfig/aux-cache \
      /var/log/apt/* /var/log/dpkg.log /var/log/alternatives.log
# which indexes are asked, if not the default one: others may have other packages under the same names
ARG CALIBAN_INDEXES=
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=cache,id=caliban-uv-ubuntu22.04,target=/root/.cache/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    HOME=/root UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 uv venv --quiet --no-cache --python 3.11 /opt/venv && \
    HOME=/root UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 uv pip install --extra-index-url https://download.pytorch.org/whl/cu126 torch ninja numpy packaging psutil setuptools wheel && \
    mkdir /cuda && uv pip freeze | grep -E '^torch(==| @)' > /cuda/torch.txt

# compiled here, and again only when one of these or torch changes
FROM cuda AS cuda-wheels
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    HOME=/root UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 UV_CACHE_DIR=/tmp/uv-cache uv pip install --no-build-isolation --no-deps --extra-index-url https://download.pytorch.org/whl/cu126 'apex @ git+https://github.com/NVIDIA/apex@25.09' 'mamba-ssm[causal-conv1d]>=2.2' causal-conv1d && \
    mkdir /cuda-wheels && cp /cuda/torch.txt /cuda-wheels && \
    find /tmp/uv-cache -name '*.whl' -exec cp {} /cuda-wheels \; && \
    rm -r /tmp/uv-cache

# GPU mode: torch brings CUDA 12.6 in its wheels (requirements.txt:2), so no CUDA base; Python 3.11: the interpreter
# that ran caliban
# apex and mamba-ssm>=2.2 call nvcc (requirements.txt:3): compiling takes long, and is done again only when it must
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

# git, for requirements.txt:3
RUN --mount=type=secret,id=ca,mode=0444,target=/run/secrets/ca \
    --mount=type=secret,id=apt,target=/etc/apt/apt.conf.d/80caliban \
    apt-get update && \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
      git ca-certificates && \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/ldconfig/aux-cache \
      /var/log/apt/* /var/log/dpkg.log /var/log/alternatives.log

# which indexes are asked, if not the default one: others may have other packages under the same names
ARG CALIBAN_INDEXES=

# requirements.txt: 3 packages, apex and mamba-ssm and causal-conv1d as compiled above; rebuilt when the
# requirements change
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=cache,id=caliban-uv-bookworm,target=/root/.cache/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    --mount=type=bind,from=cuda-wheels,source=/cuda-wheels,target=/tmp/cuda-wheels \
    mkdir -p /opt/caliban && printf '%s\n' \
      '--extra-index-url https://download.pytorch.org/whl/cu126' \
      'apex @ git+https://github.com/NVIDIA/apex@25.09' \
      'mamba-ssm[causal-conv1d]>=2.2' \
      torch \
      > /opt/caliban/requirements.txt && \
    printf '%s\n' apex > /tmp/overrides.txt && \
    HOME=/root UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 uv pip install --requirements /opt/caliban/requirements.txt --overrides /tmp/overrides.txt --find-links /tmp/cuda-wheels --constraints /tmp/cuda-wheels/torch.txt --only-binary apex --only-binary mamba-ssm --only-binary causal-conv1d && \
    rm /tmp/overrides.txt

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
