"""Installing packages of Debian: a RUN line."""

from caliban.backends.docker.found_python import say
from caliban.backends.docker.words import comment, shell_words
from caliban.compiler.bases import BaseImage
from caliban.compiler.lacks import NO_APT
from caliban.compiler.steps import InstallSystemPackages

# Lists, archives, and what holds the time of the build: then two images of the same packages have the same files.
_LEFT = (
    "/var/lib/apt/lists/* /var/cache/apt/* /var/cache/ldconfig/aux-cache \\\n"
    "      /var/log/apt/* /var/log/dpkg.log /var/log/alternatives.log"
)


def spell_system_packages(step: InstallSystemPackages, base: BaseImage) -> str:
    """The packages, from the distribution's own index; a base that the user names may have none."""
    check = () if base.own else (f"    command -v apt-get > /dev/null || {say(NO_APT)}; \\",)
    return "\n".join(
        (
            *comment(step.reason),
            # Not over the base's own bundle, which the package ca-certificates replaces; apt reads it as its own user.
            "RUN --mount=type=secret,id=ca,mode=0444,target=/run/secrets/ca \\",
            "    --mount=type=secret,id=apt,target=/etc/apt/apt.conf.d/80caliban \\",
            *check,
            "    apt-get update && \\",
            "    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \\",
            f"      {shell_words(*step.packages)} && \\",
            f"    rm -rf {_LEFT}",
        )
    )
