"""The names of image stores."""

CONTAINERD = "containerd"  # https://docs.docker.com/engine/storage/containerd/
