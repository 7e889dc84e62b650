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
# caliban run --nogpu --experiment_config e.json --xgroup night -o results:out trainer.train

# CPU mode, nothing needs CUDA; Python 3.11: the interpreter that ran caliban
FROM python:3.11-slim-bookworm

RUN install --directory --mode=1777 /usr/app /home/caliban
WORKDIR /usr/app
ENV HOME=/home/caliban \
    PYTHONUNBUFFERED=1 \
    PYTHONPATH=/usr/app

# from here on the files belong to whoever runs them; the layers above are the same for everybody
ARG CALIBAN_UID=0
ARG CALIBAN_GID=0

# the code last: an edit rebuilds this layer only
COPY --chown=$CALIBAN_UID:$CALIBAN_GID trainer /usr/app/trainer

# runs as: python -m trainer.train --a 0 (run 1 of 10)
DOCKERFILE

# A real run starts the image by its id, under a name and labels, asks the engine how it ended, and then removes it.

# run 1 of 10
mkdir -p /home/me/example/results/01
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/01,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 0

# run 2 of 10
mkdir -p /home/me/example/results/02
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/02,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 1

# run 3 of 10
mkdir -p /home/me/example/results/03
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/03,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 2

# run 4 of 10
mkdir -p /home/me/example/results/04
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/04,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 3

# run 5 of 10
mkdir -p /home/me/example/results/05
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/05,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 4

# run 6 of 10
mkdir -p /home/me/example/results/06
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/06,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 5

# run 7 of 10
mkdir -p /home/me/example/results/07
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/07,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 6

# run 8 of 10
mkdir -p /home/me/example/results/08
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/08,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 7

# run 9 of 10
mkdir -p /home/me/example/results/09
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/09,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 8

# run 10 of 10
mkdir -p /home/me/example/results/10
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/10,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 9
