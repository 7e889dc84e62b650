"""Features that a user's base image may lack; the build finds out and reports it in these words."""

from msgspec import Struct


class MissingFeature(Struct, frozen=True, kw_only=True):
    """Something that caliban needs of a base. The words stand in the Dockerfile, the hint in the error."""

    code: str  # 'no-apt'
    words: str  # for a shell's single quotes
    hint: str


NO_APT = MissingFeature(
    code="no-apt",
    words="the base image has no apt-get, so the Debian packages cannot be installed into it",
    hint="install them in a Dockerfile of your own, by the package manager of that image, and name it: "
    "--base_image Dockerfile; or build on Debian or Ubuntu",
)
NO_UV = MissingFeature(
    code="no-uv",
    words="uv cannot run in the base image",
    hint="build on an image with glibc 2.17 or newer (Debian, Ubuntu, Fedora, Rocky, Amazon Linux), or once with a "
    "network, so that caliban can fetch the uv that needs no C library",
)
NO_PYTHON = MissingFeature(
    code="no-python",
    words="the base image has no Python that fits, and none could be brought",
    hint="name an image with such a Python, or install it in a Dockerfile of your own: --base_image Dockerfile; "
    "one that is brought needs a network, and glibc 2.17 or newer or musl",
)
NO_SHELL = MissingFeature(
    code="no-shell",
    words="the base image has no shell, so nothing can be installed into it",
    hint="name an image with /bin/sh: of distroless images the tag debug, or the image that they are made from",
)
MISSING_FEATURES = (NO_APT, NO_UV, NO_PYTHON, NO_SHELL)
