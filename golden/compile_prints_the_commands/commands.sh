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
# caliban run --nogpu --xgroup night trainer.train -- 1

# CPU mode, nothing needs CUDA; Python 3.11: the interpreter that ran caliban
FROM python:3.11-slim-bookworm

# /usr/app comes last on the import path, so nothing in it hides a module or runs at each start
RUN install --directory --mode=1777 /usr/app /home/caliban && \
    python -c 'import importlib.util, os, site; places = site.getsitepackages(); \
      there = [*places[:1], *filter(os.path.isdir, places)][-1]; os.makedirs(there, exist_ok=True); \
      empty = [name for name in ("sitecustomize", "usercustomize") if not importlib.util.find_spec(name)]; \
      [open(there + "/" + name + ".py", "w").close() for name in empty]; \
      open(there + "/caliban.pth", "w").write("/usr/app\n")'
WORKDIR /usr/app
ENV HOME=/home/caliban \
    PYTHONUNBUFFERED=1

# from here on, files belong to the user who runs them; the layers above are the same for all users
ARG CALIBAN_UID=0
ARG CALIBAN_GID=0

# the code last: an edit rebuilds this layer only
COPY --chown=$CALIBAN_UID:$CALIBAN_GID trainer /usr/app/trainer

# runs as: python -m trainer.train 1
DOCKERFILE

# A real run starts the image by its id, under a name and labels, asks the engine how it ended, and then removes it.

# run 1 of 1
docker run \
  --rm --interactive \
  --label caliban.group=night \
  --user 1000:1000 \
  --env USER=me --env LOGNAME=me \
  --init \
  --shm-size 12g \
  --cap-drop ALL --security-opt no-new-privileges \
  --entrypoint python \
  caliban/example:cpu -m trainer.train 1
