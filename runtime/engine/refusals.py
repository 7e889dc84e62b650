"""Classifies why the engine did not do what it was asked: the words of its client in, a `Refusal` out.

The words are those of Docker 20 to 29: github.com/moby/moby/blob/master/errdefs and
github.com/docker/cli/blob/master/cli/command.
"""

import re
from enum import Enum


class Refusal(Enum):
    """The reason for which the engine refused an order."""

    UNKNOWN_IMAGE = "unknown image"
    UNKNOWN_CONTAINER = "unknown container"
    FORBIDDEN = "forbidden"  # the socket belongs to somebody else
    UNREACHABLE = "unreachable"  # no engine answers at the address
    NO_GPU = "no GPU"  # the engine has nothing that hands a GPU to a container
    NO_INIT = "no init"  # the engine has no docker-init for `--init`
    NO_SETTINGS = "no settings"  # the client cannot use its own folder
    BAD_OPTION = "bad option"  # the client does not know it, or cannot read its value
    OTHER = "other"


# The first that matches counts: an address that cannot be resolved is "no such host", and a context "no such file".
_PATTERNS = (
    (Refusal.FORBIDDEN, r"permission denied while trying to connect|dial unix \S+ connect: permission denied"),
    (
        Refusal.UNREACHABLE,
        r"Cannot connect to the Docker daemon|error during connect|unable to resolve docker endpoint"
        r"|Failed to initialize|unable to parse docker host",
    ),
    (Refusal.UNKNOWN_IMAGE, r"No such image: "),
    (Refusal.UNKNOWN_CONTAINER, r"No such container: |is dead or marked for removal"),
    (Refusal.NO_GPU, r"could not select device driver|nvidia-container"),
    (Refusal.NO_INIT, r"docker-init\b"),
    # Of the client's own, ~/.docker or $DOCKER_CONFIG: no daemon is in it.
    (Refusal.NO_SETTINGS, r"Error loading config file|^ERROR: (mkdir|open|stat|lstat|rename) /"),
    # https://github.com/spf13/pflag/blob/master/errors.go
    (Refusal.BAD_OPTION, r"^(unknown (shorthand )?flag|invalid argument|flag needs an argument|bad flag syntax)\b"),
)


def classify(words: str) -> Refusal:
    """The kind of refusal in what a client printed on stderr, or in the error of a container's state."""
    return next((kind for kind, pattern in _PATTERNS if re.search(pattern, words)), Refusal.OTHER)
