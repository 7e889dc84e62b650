"""Real messages of Docker's client and daemon, and what each means."""

import pytest

from caliban.runtime.engine.refusals import Refusal, classify

MESSAGES = {
    "Error response from daemon: No such image: nosuch:latest": Refusal.UNKNOWN_IMAGE,
    "Error: No such image: nosuch": Refusal.UNKNOWN_IMAGE,
    "Error response from daemon: No such container: nosuch": Refusal.UNKNOWN_CONTAINER,
    "Error response from daemon: cannot kill container: x: No such container: x": Refusal.UNKNOWN_CONTAINER,
    "Cannot connect to the Docker daemon at unix:///nosuch. Is the docker daemon running?": Refusal.UNREACHABLE,
    'error during connect: Get "http://gpu.invalid:2375/v1.50/images/x/json": dial tcp: lookup gpu.invalid on '
    "10.0.0.1:53: no such host": Refusal.UNREACHABLE,
    'Failed to initialize: unable to resolve docker endpoint: context "nosuch": context not found: open '
    "/home/me/.docker/contexts/meta/0a/meta.json: no such file or directory": Refusal.UNREACHABLE,
    "permission denied while trying to connect to the docker API at unix:///var/run/docker.sock": Refusal.FORBIDDEN,
    "Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "
    '"http://%2Fvar%2Frun%2Fdocker.sock/v1.24/version": dial unix /var/run/docker.sock: connect: permission denied': (
        Refusal.FORBIDDEN
    ),
    'could not select device driver "" with capabilities: [[gpu]]': Refusal.NO_GPU,
    "OCI runtime create failed: nvidia-container-cli: initialization error: nvml error": Refusal.NO_GPU,
    'exec: "docker-init": executable file not found in $PATH': Refusal.NO_INIT,
    "ERROR: mkdir /home/me/.docker: read-only file system": Refusal.NO_SETTINGS,
    "WARNING: Error loading config file: open /dev/null/.docker/config.json: not a directory\ndocker: unknown command: "
    "docker buildx": Refusal.NO_SETTINGS,
    "unknown flag: --bogus\n\nUsage:  docker run [OPTIONS] IMAGE [COMMAND] [ARG...]": Refusal.BAD_OPTION,
    "unknown shorthand flag: 'z' in -z": Refusal.BAD_OPTION,
    'invalid argument "abc" for "-m, --memory" flag: invalid size: \'abc\'': Refusal.BAD_OPTION,
    "flag needs an argument: --memory": Refusal.BAD_OPTION,
    "docker: invalid argument": Refusal.OTHER,
    'OCI runtime create failed: error during container init: exec: "/x": permission denied': Refusal.OTHER,
    "Error response from daemon: invalid reference format": Refusal.OTHER,
    "": Refusal.OTHER,
}


@pytest.mark.parametrize("words", MESSAGES, ids=lambda words: words[:40])
def test_a_message_has_one_meaning(words: str) -> None:
    assert classify(words) is MESSAGES[words]
