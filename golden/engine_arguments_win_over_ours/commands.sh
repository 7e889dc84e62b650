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
  /home/me/example <<'DOCKERFILE'
<the text of the file Dockerfile>
DOCKERFILE

# A real run starts the image by its id, under a name and labels, asks the engine how it ended, and then removes it.

# run 1 of 1
docker run \
  --rm --interactive \
  --env USER=me --env LOGNAME=me \
  --init \
  --cap-drop ALL --security-opt no-new-privileges \
  --cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add FOWNER --cap-add FSETID --cap-add KILL --cap-add SETGID --cap-add SETUID \
  --gpus device=0 \
  --shm-size=1g \
  -v '/my data:/data' \
  --user 0 \
  --entrypoint python \
  caliban/example:gpu train.py
