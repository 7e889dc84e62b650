#!/bin/sh
set -eu

: "${DB_PASSWORD?set and export it first: caliban prints no values}"
: "${HTTPS_PROXY?set and export it first: caliban prints no values}"
: "${WANDB_API_KEY?set and export it first: caliban prints no values}"
: "${CALIBAN_SECRET_1:?value of splunk-token}"
: "${CALIBAN_SECRET_2:?value of --password}"
: "${CALIBAN_SECRET_3:?value of --api-key}"
: "${CALIBAN_SECRET_4:?value of db.passwd}"
: "${CALIBAN_SECRET_5:?value of USER:PASSWORD in the URL}"
: "${CALIBAN_SECRET_6:?value of --hf_token}"

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

# run 1 of 2
docker run \
  --rm \
  --label caliban.group=xgroup \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env WANDB_MODE=offline \
  --env DB_PASSWORD \
  --env HTTPS_PROXY \
  --env WANDB_API_KEY \
  -e SIZE=3 \
  --log-opt splunk-token="${CALIBAN_SECRET_1:?value of splunk-token}" \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --password "${CALIBAN_SECRET_2:?value of --password}" --api-key="${CALIBAN_SECRET_3:?value of --api-key}" db.passwd="${CALIBAN_SECRET_4:?value of db.passwd}" --max_tokens 512 --db postgres://"${CALIBAN_SECRET_5:?value of USER:PASSWORD in the URL}"@db/x --lr 0.1 --hf_token "${CALIBAN_SECRET_6:?value of --hf_token}" || failed=$((failed + 1))

# run 2 of 2
docker run \
  --rm \
  --label caliban.group=xgroup \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --env WANDB_MODE=offline \
  --env DB_PASSWORD \
  --env HTTPS_PROXY \
  --env WANDB_API_KEY \
  -e SIZE=3 \
  --log-opt splunk-token="${CALIBAN_SECRET_1:?value of splunk-token}" \
  --entrypoint python \
  caliban/example:cpu -m trainer.train --password "${CALIBAN_SECRET_2:?value of --password}" --api-key="${CALIBAN_SECRET_3:?value of --api-key}" db.passwd="${CALIBAN_SECRET_4:?value of db.passwd}" --max_tokens 512 --db postgres://"${CALIBAN_SECRET_5:?value of USER:PASSWORD in the URL}"@db/x --lr 0.01 --hf_token "${CALIBAN_SECRET_6:?value of --hf_token}" || failed=$((failed + 1))

[ "$failed" -eq 0 ]
