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
# CPU mode keeps the build of torch that the project names, with CUDA (cu128): gigabytes that nothing loads
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

# uv.lock, the heavy ones: 13 packages exactly as locked, with hashes, 3.0 GB to download; rebuilt when one of these
# changes
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=cache,id=caliban-uv-bookworm,target=/root/.cache/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    mkdir -p /opt/caliban && printf '%s\n' \
      'nvidia-cublas-cu12==12.8.4.1 --hash=sha256:8ac4e771d5a348c551b2a426eda6193c19aa630236b418086020df5ba9667142' \
      'nvidia-cuda-cupti-cu12==12.8.90 --hash=sha256:ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182' \
      'nvidia-cuda-nvrtc-cu12==12.8.93 --hash=sha256:a7756528852ef889772a84c6cd89d41dfa74667e24cca16bb31f8f061e3e9994' \
      'nvidia-cudnn-cu12==9.10.2.21 --hash=sha256:949452be657fa16687d0930933f032835951ef0892b37d2d53824d1a84dc97a8' \
      'nvidia-cufft-cu12==11.3.3.83 --hash=sha256:4d2dd21ec0b88cf61b62e6b43564355e5222e4a3fb394cac0db101f2dd0d4f74' \
      'nvidia-curand-cu12==10.3.9.90 --hash=sha256:b32331d4f4df5d6eefa0554c565b626c7216f87a06a4f56fab27c3b68a830ec9' \
      'nvidia-cusolver-cu12==11.7.3.90 --hash=sha256:4376c11ad263152bd50ea295c05370360776f8c3427b30991df774f9fb26c450' \
      'nvidia-cusparse-cu12==12.5.8.93 --hash=sha256:1ec05d76bbbd8b61b06a80e1eaf8cf4959c3d4ce8e711b65ebd0443bb0ebb13b' \
      'nvidia-cusparselt-cu12==0.7.1 --hash=sha256:f1bb701d6b930d5a7cea44c19ceb973311500847f81b634d802b7b539dc55623' \
      'nvidia-nccl-cu12==2.27.3 --hash=sha256:adf27ccf4238253e0b826bce3ff5fa532d65fc42322c8bfdfaf28024c0fbe039' \
      'nvidia-nvjitlink-cu12==12.8.93 --hash=sha256:81ff63371a7ebd6e6451970684f916be2eab07321b73c9d244dc2b4da7f73b88' \
      'torch @ https://download.pytorch.org/whl/cu128/torch-2.8.0%2Bcu128-cp311-cp311-manylinux_2_28_x86_64.whl --hash=sha256:039b9dcdd6bdbaa10a8a5cd6be22c4cb3e3589a341e5f904cbb571ca28f55bed' \
      'triton==3.4.0 --hash=sha256:7b70f5e6a41e52e48cfc087436c8a28c17ff98db369447bcaff3b887a3ab4467' \
      > /opt/caliban/uv.lock.pins.txt && \
    HOME=/root UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 uv pip install --no-deps --requirements /opt/caliban/uv.lock.pins.txt

# uv.lock, the others: 12 packages exactly as locked, with hashes, 12.7 MB to download; rebuilt when one of these
# changes
RUN --mount=from=ghcr.io/astral-sh/uv:0.13.9,source=/uv,target=/bin/uv \
    --mount=type=cache,id=caliban-uv-bookworm,target=/root/.cache/uv \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=uv,target=/etc/uv/uv.toml \
    --mount=type=secret,id=netrc,target=/root/.netrc \
    mkdir -p /opt/caliban && printf '%s\n' \
      'filelock==4.3.1 --hash=sha256:79e43df8e9fe509cd83a3899a7c186c8077cbbe4d200a1ed3705c2f3bb6bc487' \
      'fsspec==2026.9.0 --hash=sha256:8dd6e646e99ea382bd85f97a45e6b526a442d79423a7dc673f1e2756d05fcb5f' \
      'jinja2==3.1.6 --hash=sha256:85ece4451f492d0c13c5dd7c13a64681a86afae63a5f347908daf103ce6d2f67' \
      'markupsafe==3.0.4 --hash=sha256:6da83a088f8ef93b2d483a8232a4dbf4d69d3d8496b568a03c56becac43e1808' \
      'mpmath==1.3.0 --hash=sha256:a0b2b9fe80bbcd81a6647ff13108738cfb482d481d826cc0e02f5b35e5c88d2c' \
      'networkx==3.6.1 --hash=sha256:d47fbf302e7d9cbbb9e2555a0d267983d2aa476bac30e90dfbe5669bd57f3762' \
      'nvidia-cuda-runtime-cu12==12.8.90 --hash=sha256:adade8dcbd0edf427b7204d480d6066d33902cab2a4707dcfc48a2d0fd44ab90' \
      'nvidia-cufile-cu12==1.13.1.3 --hash=sha256:1d069003be650e131b21c932ec3d8969c1715379251f8d23a1860554b1cb24fc' \
      'nvidia-nvtx-cu12==12.8.90 --hash=sha256:5b17e2001cc0d751a5bc2c6ec6d26ad95913324a4adb86788c944f8ce9ba441f' \
      'setuptools==84.2.1 --hash=sha256:ca140b45d5325a9478f880e351484f62fef15f336462e449ca0c03c873d589c2' \
      'sympy==1.14.0 --hash=sha256:e091cc3e99d2141a0ba2847328f5479b05d94a6635cb96148ccb3f34671bd8f5' \
      'typing-extensions==4.16.0 --hash=sha256:481caa481374e813c1b176ada14e97f1f67a4539ce9cfeb3f350d78d6370c2e8' \
      > /opt/caliban/uv.lock.pins2.txt && \
    HOME=/root UV_LINK_MODE=copy UV_SYSTEM_CERTS=1 uv pip install --no-deps --requirements /opt/caliban/uv.lock.pins2.txt

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
