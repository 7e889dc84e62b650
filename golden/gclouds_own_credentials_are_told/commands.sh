#!/bin/sh
set -eu

# A real run does more than this: it builds through a link of its own, so that BuildKit never takes old content for
# new, with an ignore file that leaves out caches, environments and keys; it brings uv along, and as secrets what
# this machine lends a build: certificates, the indexes of pip and uv, .netrc; it does not build at all when nothing
# changed.
# This script also copies, unless a .dockerignore names it: gcloud/application_default_credentials.json
docker buildx build \
  --build-arg CALIBAN_UID=1000 --build-arg CALIBAN_GID=1000 \
  --label caliban=image \
  --tag caliban/example:cpu \
  --file - \
  . <<'DOCKERFILE'
# caliban run --nogpu train.py

# CPU mode, nothing needs CUDA; Python 3.11: the interpreter that ran caliban
FROM python:3.11-slim-bookworm

# gcloud and gsutil: for the cloud credentials in use; one layer, the same for every project
COPY --from=gcr.io/google.com/cloudsdktool/google-cloud-cli:528.0.0-stable /usr/lib/google-cloud-sdk /opt/google-cloud-sdk
RUN test -e /etc/boto.cfg || printf '[GSUtil]\nuse_gcloud_storage = True\n' > /etc/boto.cfg
ENV PATH=$PATH:/opt/google-cloud-sdk/bin

RUN install --directory --mode=1777 /usr/app /home/caliban
WORKDIR /usr/app
ENV HOME=/home/caliban \
    PYTHONUNBUFFERED=1 \
    PYTHONPATH=/usr/app

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
  --env GOOGLE_APPLICATION_CREDENTIALS=/run/caliban/key.json \
  --env CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE=/run/caliban/key.json \
  --env CLOUDSDK_CORE_ACCOUNT=application-default \
  --env CLOUDSDK_CONFIG=/tmp/gcloud \
  --env GOOGLE_CLOUD_PROJECT=my-cloud-project \
  --env CLOUDSDK_CORE_PROJECT=my-cloud-project \
  --mount type=bind,source=/home/me/example/gcloud/application_default_credentials.json,target=/run/caliban/key.json,readonly \
  --entrypoint python \
  caliban/example:cpu train.py
