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
  /home/me/example <<'DOCKERFILE'
<the text of the file Dockerfile>
DOCKERFILE

# A real run starts the image by its id, under a name and labels, asks the engine how it ended, and then removes it.

failed=0

# run 1 of 10
mkdir -p /home/me/example/results/night/1
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/night/1,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 0 || failed=$((failed + 1))

# run 2 of 10
mkdir -p /home/me/example/results/night/2
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/night/2,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 1 || failed=$((failed + 1))

# run 3 of 10
mkdir -p /home/me/example/results/night/3
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/night/3,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 2 || failed=$((failed + 1))

# run 4 of 10
mkdir -p /home/me/example/results/night/4
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/night/4,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 3 || failed=$((failed + 1))

# run 5 of 10
mkdir -p /home/me/example/results/night/5
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/night/5,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 4 || failed=$((failed + 1))

# run 6 of 10
mkdir -p /home/me/example/results/night/6
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/night/6,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 5 || failed=$((failed + 1))

# run 7 of 10
mkdir -p /home/me/example/results/night/7
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/night/7,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 6 || failed=$((failed + 1))

# run 8 of 10
mkdir -p /home/me/example/results/night/8
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/night/8,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 7 || failed=$((failed + 1))

# run 9 of 10
mkdir -p /home/me/example/results/night/9
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/night/9,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 8 || failed=$((failed + 1))

# run 10 of 10
mkdir -p /home/me/example/results/night/10
docker run \
  --rm \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env CALIBAN_OUTPUT_DIR=/usr/app/out \
  --mount type=bind,source=/home/me/example/results/night/10,target=/usr/app/out \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --a 9 || failed=$((failed + 1))

[ "$failed" -eq 0 ]
