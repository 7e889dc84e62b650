docker buildx build \
  --build-arg CALIBAN_UID=1000 --build-arg CALIBAN_GID=1000 \
  --label caliban=image \
  --tag caliban/example:cpu \
  --file - \
  /home/me/example
