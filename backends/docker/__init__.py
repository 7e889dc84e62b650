"""The Docker backend: a Dockerfile and the command lines of `docker`."""
