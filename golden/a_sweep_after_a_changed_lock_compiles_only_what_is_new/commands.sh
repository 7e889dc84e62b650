#!/bin/sh
set -eu

# A real run does more than this: it builds through a link of its own, so that BuildKit never takes old content for
# new, with an ignore file that leaves out caches, environments and keys; it brings uv along, and as secrets what
# this machine lends a build: certificates, the indexes of pip and uv, .netrc; it does not build at all when nothing
# changed.
# What these variables name is lent to the build, if they are set and exported:
# CALIBAN_UV: a folder with the program uv, where the registry of its image cannot be reached (pip install --target
# DIR uv==0.13.9, and CALIBAN_UV=DIR/bin)
docker buildx build \
  --build-arg CALIBAN_UID=1000 --build-arg CALIBAN_GID=1000 \
  --label caliban=image \
  --tag caliban/example:cpu \
  --file - \
  ${CALIBAN_UV:+--build-context} ${CALIBAN_UV:+"ghcr.io/astral-sh/uv:0.13.9=$CALIBAN_UV"} \
  /home/me/example <<'DOCKERFILE'
<the text of the file Dockerfile>
DOCKERFILE

# A real run starts the image by its id, under a name and labels, asks the engine how it ended, and then removes it.

failed=0

# run 1 of 6
docker run \
  --rm \
  --label caliban.group=xgroup \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --lr 0.1 --big || failed=$((failed + 1))

# run 2 of 6
docker run \
  --rm \
  --label caliban.group=xgroup \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --lr 0.1 || failed=$((failed + 1))

# run 3 of 6
docker run \
  --rm \
  --label caliban.group=xgroup \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --lr 0.2 --big || failed=$((failed + 1))

# run 4 of 6
docker run \
  --rm \
  --label caliban.group=xgroup \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --lr 0.2 || failed=$((failed + 1))

# run 5 of 6
docker run \
  --rm \
  --label caliban.group=xgroup \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --lr 0.3 --big || failed=$((failed + 1))

# run 6 of 6
docker run \
  --rm \
  --label caliban.group=xgroup \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --lr 0.3 || failed=$((failed + 1))

[ "$failed" -eq 0 ]
