docker buildx build \
  --build-arg CALIBAN_UID=1000 --build-arg CALIBAN_GID=1000 \
  --build-arg SOURCE_DATE_EPOCH=0 \
  --label caliban=image \
  --tag caliban/example:cpu \
  --provenance=false --output type=oci,rewrite-timestamp=true,dest=- \
  --file - \
  /home/me/example | docker load
