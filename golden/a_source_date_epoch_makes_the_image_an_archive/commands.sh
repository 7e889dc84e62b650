#!/bin/sh
set -eu

# A real run does more than this: it builds through a link of its own, so that BuildKit never takes old content for
# new, with an ignore file that leaves out caches, environments and keys; it brings uv along, and as secrets what
# this machine lends a build: certificates, the indexes of pip and uv, .netrc; it does not build at all when nothing
# changed.
# SOURCE_DATE_EPOCH is set, so the image goes into the engine as an archive, in which no file that was added is
# later. Only an engine that keeps images in containerd's store can do that.
docker buildx build \
  --build-arg CALIBAN_UID=1000 --build-arg CALIBAN_GID=1000 \
  --build-arg SOURCE_DATE_EPOCH=315532800 \
  --label caliban=image \
  --tag caliban/example:cpu \
  --provenance=false --output type=oci,rewrite-timestamp=true,dest=- \
  --file - \
  /home/me/example <<'DOCKERFILE' | docker load
<the text of the file Dockerfile>
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
  caliban/example:cpu -m trainer.train
