"""Installing packages of Debian: a RUN line."""

from caliban.backends.docker.found_python import say
from caliban.backends.docker.words import comment, shell_words
from caliban.compiler.facts.missing_features import NO_APT
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.steps.system import InstallSystemPackages

# Lists, archives, and what holds the time of the build: then two images of the same packages have the same files.
_LEFT = (
    "/var/lib/apt/lists/* /var/cache/apt/* /var/cache/ldconfig/aux-cache \\\n"
    "      /var/log/apt/* /var/log/dpkg.log /var/log/alternatives.log"
)


# Of Debian and Ubuntu; sources of others, as NVIDIA's, a mirror does not have.
_ARCHIVE = "https?://[a-z0-9.-]*(debian[.]org|ubuntu[.]com)/"
_SOURCES = "/tmp/apt-sources"
_FROM_SOURCES = f"-o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts={_SOURCES}"


def _mirrored(mirror: str) -> tuple[str, ...]:
    """Copies the image's own sources, with the mirror in them; the image keeps what it had."""
    rewrite = shell_words("sed", "-E", f"s,{_ARCHIVE},{mirror}/,g")
    return (
        f"    mkdir {_SOURCES} && \\",
        "    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do \\",
        f'      ! grep -q -E "{_ARCHIVE}" "$file" 2> /dev/null || {rewrite} "$file" > "{_SOURCES}/${{file##*/}}"; \\',
        "    done && \\",
    )


def render_system_packages(step: InstallSystemPackages, base: BaseImage) -> str:
    """The packages, from the distribution's own index; a base that the user names may have none."""
    mirror = base.apt_mirror
    check = () if base.own else (f"    command -v apt-get > /dev/null || {say(NO_APT)}; \\",)
    options = f" {_FROM_SOURCES}" if mirror else ""
    return "\n".join(
        (
            *comment(f"{step.reason}, from {mirror}" if mirror else step.reason),
            # Not over the base's own bundle, which the package ca-certificates replaces; apt reads it as its own user.
            "RUN --mount=type=secret,id=ca,mode=0444,target=/run/secrets/ca \\",
            "    --mount=type=secret,id=apt,target=/etc/apt/apt.conf.d/80caliban \\",
            *check,
            *(_mirrored(mirror) if mirror is not None else ()),
            f"    apt-get update{options} && \\",
            f"    DEBIAN_FRONTEND=noninteractive apt-get install{options} --yes --no-install-recommends \\",
            f"      {shell_words(*step.packages)} && \\",
            f"    rm -rf {_LEFT}{f' {_SOURCES}' if mirror else ''}",
        )
    )
