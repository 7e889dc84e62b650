"""The project's place in the container: the working directory of every run."""

WORKDIR = "/usr/app"
