#!/bin/sh
set -eu

: "${CALIBAN_SECRET_1:?value of --db_password}"

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

# run 1 of 3
docker run \
  --rm \
  --label caliban.group=xgroup \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --offset=-1e-05 --name=-x --db_password="${CALIBAN_SECRET_1:?value of --db_password}" || failed=$((failed + 1))

# run 2 of 3
docker run \
  --rm \
  --label caliban.group=xgroup \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --offset -1 --name=-x --db_password="${CALIBAN_SECRET_1:?value of --db_password}" || failed=$((failed + 1))

# run 3 of 3
docker run \
  --rm \
  --label caliban.group=xgroup \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --offset -2.5 --name=-x --db_password="${CALIBAN_SECRET_1:?value of --db_password}" || failed=$((failed + 1))

[ "$failed" -eq 0 ]
