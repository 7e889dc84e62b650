"""Where the project lies in the container: the working directory of every run."""

WORKDIR = "/usr/app"
